// What the pages of cases ask the server, and what follows from a decision.

import { queryOptions } from '@tanstack/react-query';

import { api, ask, newKey } from '../../api/client';
import type { components } from '../../api/generated';
import { type Filters, paged } from '../queries';
import type { Case, EvidenceRow, Queue, Verdict, WholeCase, Word } from './types';

type Key = { 'Idempotency-Key': string };

/** The live stream does not tell of them: they are asked for again. */
const AGAIN_MS = 10_000;

export const casesQuery = (filters: Filters<'list_cases'>) => ({
  ...paged(['cases', 'list', filters], (page, signal) => ask(api.GET('/api/v1/cases', { params: { query: { ...filters, ...page } }, signal })), 50),
  refetchInterval: AGAIN_MS,
});
export const caseQuery = (id: string) =>
  queryOptions({ queryKey: ['cases', 'one', id], queryFn: async () => (await ask(api.GET('/api/v1/cases/{id}', { params: { path: { id } } }))) as WholeCase, refetchInterval: AGAIN_MS });

const of = (id: string) => ({ path: { id } });

/** The most urgent case that nobody has is one's own from then on. */
export const takeNext = (queues: Queue[]) => ask(api.POST('/api/v1/cases/next', { params: { header: { 'Idempotency-Key': newKey() } }, body: { queues } }));
export const assign = (id: string, owner: string | null) => ask(api.POST('/api/v1/cases/{id}/assign', { params: of(id), body: { owner } }));
export const assignAll = (cases: string[], owner: string | null) => ask(api.POST('/api/v1/cases/assign', { body: { cases, owner } }));
export const decide = (id: string, decision: components['schemas']['DecideCase']) => ask(api.POST('/api/v1/cases/{id}/decide', { params: of(id), body: decision }));
export const comment = (id: string, text: string, header: Key) => ask(api.POST('/api/v1/cases/{id}/comment', { params: { ...of(id), header }, body: { text } }));
export const snooze = (id: string, until: string | null, reason: string) => ask(api.POST('/api/v1/cases/{id}/snooze', { params: of(id), body: { until, reason } }));
export const pin = (id: string, priority: number | null, reason: string) => ask(api.POST('/api/v1/cases/{id}/pin', { params: of(id), body: { priority, reason } }));
export const reopen = (id: string, reason: string) => ask(api.POST('/api/v1/cases/{id}/reopen', { params: of(id), body: { reason } }));
export const attach = (id: string, file: { name: string; content: string }, header: Key) => ask(api.POST('/api/v1/cases/{id}/attachments', { params: { ...of(id), header }, body: file }));
export const attachment = (id: string) => ask(api.GET('/api/v1/case-attachments/{id}', { params: of(id) }));

/** Whether a transaction waits for this case. */
export const isWaiting = ({ transaction_status }: Pick<WholeCase, 'transaction_status'>): boolean => transaction_status === 'in_review';

/** What may become of the transaction that waits, by what was found: one thing, or a choice. */
export const wordsFor = (verdict: Verdict): readonly Word[] => (verdict === 'confirmed' ? ['decline'] : verdict === 'false_positive' ? ['approve'] : ['approve', 'decline']);

/** Whether a decision counts only when a second operator says the same. */
export const takesTwo = (of: Pick<Case, 'needs_two' | 'queue' | 'proposal'>, verdict: Verdict): boolean => of.needs_two || (of.queue === 'sanctions' && verdict === 'confirmed') || (!!of.proposal && of.proposal.outcome !== verdict);

/** What a decision comes to: it counts, is a proposal, or ends one. */
export function stepOf(of: Pick<Case, 'needs_two' | 'queue' | 'proposal'>, decision: { outcome: Verdict; transaction?: Word | undefined }, me: string): 'counts' | 'proposes' | 'agrees' | 'replaces' | 'own' {
  const { proposal } = of;
  if (!proposal) return takesTwo(of, decision.outcome) ? 'proposes' : 'counts';
  if (proposal.outcome !== decision.outcome || (proposal.transaction ?? undefined) !== decision.transaction) return 'replaces';
  return proposal.by === me ? 'own' : 'agrees';
}

const same = (a: unknown, b: unknown): boolean => (typeof a === 'string' && typeof b === 'string' ? a.toLowerCase() === b.toLowerCase() : JSON.stringify(a) === JSON.stringify(b));

/** Whether two things that are known stand side by side and differ. Of several, one that is the same is enough. */
export function differs({ value, compared_with: other }: EvidenceRow): boolean {
  if (value === null || value === undefined || other === null || other === undefined) return false;
  return !same(value, other) && !(Array.isArray(other) && other.some((one) => same(value, one)));
}

/** The page of what a case is about. */
export function subjectPage(subject: string): string | null {
  if (subject.startsWith('txn_')) return `/payments/${subject}`;
  return subject.startsWith('usr_') ? `/customers/${subject}` : null;
}

/** A file as base64. */
export async function contentOf(file: Blob): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
