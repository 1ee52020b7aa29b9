// What the pages of cases ask the server, and what follows from a decision.

import { queryOptions } from '@tanstack/react-query';

import { api, ask, newKey } from '../../api/client';
import { freshInterval } from '../../api/live';
import { paged } from '../queries';
import type { Case, CaseFilters, CasePage, DecideCase, EvidenceRow, Queue, Verdict, WholeCase, Word } from './types';

type Answer = Promise<{ data?: unknown; error?: unknown; response: Response }>;
type Key = { 'Idempotency-Key': string };
const calls = api as unknown as Record<'GET' | 'POST', (path: string, init?: object) => Answer>;
const get = <T>(path: string, init: object): Promise<T> => ask(calls.GET(path, init)) as Promise<T>;
const post = <T = Case>(id: string, act: string, body: object, header: Partial<Key> = {}): Promise<T> => ask(calls.POST(`/api/v1/cases/{id}/${act}`, { params: { path: { id }, header }, body })) as Promise<T>;

export const casesQuery = (filters: CaseFilters) => ({
  ...paged(['cases', 'list', filters], (page, signal) => get<CasePage>('/api/v1/cases', { params: { query: { ...filters, ...page } }, signal }), 50),
  refetchInterval: freshInterval,
});
export const caseQuery = (id: string) => queryOptions({ queryKey: ['cases', 'one', id], queryFn: () => get<WholeCase>('/api/v1/cases/{id}', { params: { path: { id } } }), refetchInterval: freshInterval });

/** The most urgent case that nobody has is one's own from then on. */
export const takeNext = (queues: readonly Queue[]): Promise<Case> => ask(calls.POST('/api/v1/cases/next', { params: { header: { 'Idempotency-Key': newKey() } }, body: { queues } })) as Promise<Case>;
export const assign = (id: string, owner: string | null) => post(id, 'assign', { owner });
export const assignAll = (cases: readonly string[], owner: string | null) => ask(calls.POST('/api/v1/cases/assign', { body: { cases, owner } })) as Promise<{ assigned: string[]; refused: { id: string; code: string; detail: string }[] }>;
export const decide = (id: string, decision: DecideCase) => post(id, 'decide', decision);
export const comment = (id: string, text: string, key: Key) => post<void>(id, 'comment', { text }, key);
export const snooze = (id: string, until: string | null, reason: string) => post(id, 'snooze', { until, reason });
export const pin = (id: string, priority: number | null, reason: string) => post(id, 'pin', { priority, reason });
export const reopen = (id: string, reason: string) => post(id, 'reopen', { reason });
export const attach = (id: string, file: { name: string; content: string }, key: Key) => post<{ id: string }>(id, 'attachments', file, key);
export const attachment = (id: string) => get<{ name: string; kind: string; content: string }>('/api/v1/case-attachments/{id}', { params: { path: { id } } });

/** Whether a transaction waits for this case. */
export const isWaiting = (of: Pick<WholeCase, 'transaction_status'>): boolean => of.transaction_status === 'in_review';

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
