// What the pages of alerts ask the server.

import { queryOptions } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import { type Filters, paged } from '../queries';
import type { Alert, Reason } from './types';

/** The live stream does not tell of them: they are asked for again. */
const AGAIN_MS = 10_000;

export const alertsQuery = (filters: Filters<'list_alerts'>) => ({
  ...paged(['alerts', 'list', filters], (page, signal) => ask(api.GET('/api/v1/alerts', { params: { query: { ...filters, ...page } }, signal })), 50),
  refetchInterval: AGAIN_MS,
});
export const alertQuery = (id: string) => queryOptions({ queryKey: ['alerts', 'one', id], queryFn: () => ask(api.GET('/api/v1/alerts/{id}', { params: { path: { id } } })), refetchInterval: AGAIN_MS });

const of = (id: string) => ({ params: { path: { id } } });
const said = (comment: string) => (comment ? { comment } : {});

export const acknowledge = (id: string, comment: string) => ask(api.POST('/api/v1/alerts/{id}/acknowledge', { ...of(id), body: said(comment) }));
export const resolve = (id: string, reason: Reason, comment: string) => ask(api.POST('/api/v1/alerts/{id}/resolve', { ...of(id), body: { reason: reason as never, ...said(comment) } }));
export const snooze = (id: string, until: string | null, comment = '') => ask(api.POST('/api/v1/alerts/{id}/snooze', { ...of(id), body: { until, ...said(comment) } }));
export const assign = (id: string, owner: string | null) => ask(api.POST('/api/v1/alerts/{id}/assign', { ...of(id), body: { owner } }));
export const comment = (id: string, text: string) => ask(api.POST('/api/v1/alerts/{id}/comment', { ...of(id), body: { comment: text } }));

/** The page on which what is amiss is to be seen; none for what has no page. */
export function pageOf({ kind, subject }: Pick<Alert, 'kind' | 'subject'>): { to: string; search?: Record<string, string> } | null {
  if (kind === 'queue_age' || kind === 'queue_paused') return { to: '/queues' };
  if (kind === 'dead_letters') return { to: '/dead-letters', search: { consumer: subject.split(':')[0] ?? '' } };
  if (kind === 'health_check' || kind === 'services_silent' || kind === 'ledger_check') return { to: '/health' };
  if (kind === 'failure_rate' || kind === 'decline_spike') return { to: '/payments', search: { q: 'status:failed' } };
  if (kind === 'unresolved') return { to: '/payments', search: { q: 'status:unresolved' } };
  if (kind === 'rule_breaker') return { to: `/rules/${subject}` };
  return kind === 'cases_overdue' ? { to: '/cases' } : null;
}
