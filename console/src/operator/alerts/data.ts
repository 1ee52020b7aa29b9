// What the pages of alerts ask the server.

import { queryOptions } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import { freshInterval } from '../../api/live';
import { paged } from '../queries';
import type { Alert, AlertDetail, AlertFilters, AlertPage, Reason } from './types';

type Answer = Promise<{ data?: unknown; error?: unknown; response: Response }>;
const calls = api as unknown as Record<'GET' | 'POST', (path: string, init?: object) => Answer>;
const get = <T>(path: string, init: object): Promise<T> => ask(calls.GET(path, init)) as Promise<T>;
const post = (id: string, act: string, body: object): Promise<Alert> => ask(calls.POST(`/api/v1/alerts/{id}/${act}`, { params: { path: { id } }, body })) as Promise<Alert>;

export const alertsQuery = (filters: AlertFilters) => ({
  ...paged(['alerts', 'list', filters], (page, signal) => get<AlertPage>('/api/v1/alerts', { params: { query: { ...filters, ...page } }, signal }), 50),
  refetchInterval: freshInterval,
});
export const alertQuery = (id: string) => queryOptions({ queryKey: ['alerts', 'one', id], queryFn: () => get<AlertDetail>('/api/v1/alerts/{id}', { params: { path: { id } } }), refetchInterval: freshInterval });

export const acknowledge = (id: string, comment: string) => post(id, 'acknowledge', { ...(comment && { comment }) });
export const resolve = (id: string, reason: Reason, comment: string) => post(id, 'resolve', { reason, ...(comment && { comment }) });
export const snooze = (id: string, until: string | null, comment = '') => post(id, 'snooze', { until, ...(comment && { comment }) });
export const assign = (id: string, owner: string | null) => post(id, 'assign', { owner });
export const comment = (id: string, text: string) => post(id, 'comment', { comment: text });

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
