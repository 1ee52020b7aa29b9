// What pages of the console ask for, where the wallet does not.

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, ask } from '../api/client';
import type { components, operations } from '../api/generated';
import { freshInterval } from '../api/live';
import { ApiProblem } from '../api/problem';

type Schemas = components['schemas'];
export type Queue = Schemas['Queue'];
export type DeadLetter = Schemas['DeadLetter'];
export type Endpoint = Schemas['WebhookEndpoint'];
export type Delivery = Schemas['WebhookDelivery'];
export type AuditEntry = Schemas['AuditEntry'];
export type ManagedUser = Schemas['ManagedUser'];
export type Message = Schemas['Page_Message']['data'][number];
export type StatementEntry = Schemas['StatementEntry'];
export type SystemSummary = Schemas['SystemSummary'];
export type Organisation = Schemas['Organisation'];
export type Setting = Schemas['Setting'];

interface Page<Row> {
  data: Row[];
  has_more: boolean;
  next_cursor?: string | null | undefined;
}

/** A list that comes in pages, by its key and how a page of it is asked for. */
export function paged<Row>(queryKey: readonly unknown[], read: (page: { limit: number; cursor?: string }, signal: AbortSignal) => Promise<Page<Row>>, limit = 50) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => read({ limit, ...(pageParam && { cursor: pageParam }) }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The filters that a list takes. */
export type Filters<Name extends keyof operations> = operations[Name]['parameters']['query'] extends infer Query ? Omit<NonNullable<Query>, 'limit' | 'cursor'> : never;

/** How the whole installation does. Nobody of another organisation than the first may see it: for them it is not asked for again. */
export const summaryQuery = queryOptions({
  queryKey: ['system', 'summary'],
  queryFn: () => ask(api.GET('/api/v1/system/summary')),
  refetchInterval: ({ state }) => (state.error instanceof ApiProblem && state.error.status === 403 ? false : 10_000),
});
/** The settings that the node has started with. */
export const configQuery = queryOptions({ queryKey: ['system', 'config'], queryFn: () => ask(api.GET('/api/v1/system/config')), staleTime: 60_000 });
export const queuesQuery = queryOptions({ queryKey: ['queues'], queryFn: () => ask(api.GET('/api/v1/admin/queues')), refetchInterval: 5_000 });

export type DeadLetterFilters = Filters<'list_dead_letters'>;
export const deadLettersQuery = (filters: DeadLetterFilters) => paged(['dead-letters', 'list', filters], (page, signal) => ask(api.GET('/api/v1/admin/dead-letters', { params: { query: { ...filters, ...page } }, signal })));
export const deadLetterGroupsQuery = (filters: DeadLetterFilters) =>
  queryOptions({ queryKey: ['dead-letters', 'groups', filters], queryFn: () => ask(api.GET('/api/v1/admin/dead-letters/groups', { params: { query: filters } })), refetchInterval: freshInterval });
export const deadLetterQuery = (id: string) => queryOptions({ queryKey: ['dead-letters', id], queryFn: () => ask(api.GET('/api/v1/admin/dead-letters/{id}', { params: { path: { id } } })) });
export const replayQuery = (id: string) =>
  queryOptions({
    queryKey: ['dead-letters', 'replays', id],
    queryFn: () => ask(api.GET('/api/v1/admin/dead-letters/replays/{id}', { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.ended_at ? false : 700),
  });

export const endpointsQuery = paged(['webhooks', 'list'], (page, signal) => ask(api.GET('/api/v1/webhook-endpoints', { params: { query: page }, signal })), 100);
export const endpointQuery = (id: string) => queryOptions({ queryKey: ['webhooks', id], queryFn: () => ask(api.GET('/api/v1/webhook-endpoints/{id}', { params: { path: { id } } })), refetchInterval: freshInterval });
export const deliveriesQuery = (id: string, filters: Filters<'list_webhook_deliveries'>) => ({
  ...paged(['webhooks', id, 'deliveries', filters], (page, signal) => ask(api.GET('/api/v1/webhook-endpoints/{id}/deliveries', { params: { path: { id }, query: { ...filters, ...page } }, signal }))),
  refetchInterval: 4_000,
});
export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['webhooks', 'deliveries', id],
    queryFn: () => ask(api.GET('/api/v1/webhook-endpoints/deliveries/{id}', { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.ended_at ? freshInterval() : 1_500),
  });

export type AuditFilters = Filters<'list_audit'>;
export const auditQuery = (filters: AuditFilters) =>
  paged(['audit', filters], async (page, signal) => (await ask(api.GET('/api/v1/audit', { params: { query: { ...filters, ...page } }, signal }))) as Schemas['Page_AuditEntry']);

export type UserFilters = Filters<'list_users'>;
export const usersQuery = (filters: UserFilters) => paged(['users', 'list', filters], (page, signal) => ask(api.GET('/api/v1/users', { params: { query: { ...filters, ...page } }, signal })));
export const sessionsOfQuery = (id: string) => queryOptions({ queryKey: ['users', id, 'sessions'], queryFn: () => ask(api.GET('/api/v1/users/{id}/sessions', { params: { path: { id }, query: { limit: 100 } } })) });
export const userQuery = (id: string) => queryOptions({ queryKey: ['users', id], queryFn: () => ask(api.GET('/api/v1/users/{id}', { params: { path: { id } } })), staleTime: 30_000 });

export type WalletFilters = Filters<'list_wallets'>;
export const allWalletsQuery = (filters: WalletFilters) => paged(['wallets', 'all', filters], (page, signal) => ask(api.GET('/api/v1/wallets', { params: { query: { ...filters, ...page } }, signal })));
export const walletQuery = (id: string) => queryOptions({ queryKey: ['wallets', id], queryFn: () => ask(api.GET('/api/v1/wallets/{id}', { params: { path: { id } } })) });
export const statementQuery = (id: string) =>
  paged(['wallets', id, 'statement'], async (page, signal) => (await ask(api.GET('/api/v1/wallets/{id}/statement', { params: { path: { id }, query: { include_holds: true, ...page } }, signal }))) as Schemas['Statement'], 30);

export type MessageFilters = Filters<'list_messages'>;
export const messagesQuery = (filters: MessageFilters) => paged(['messages', filters], (page, signal) => ask(api.GET('/api/v1/admin/notifications/messages', { params: { query: { ...filters, ...page } }, signal })));

export const organisationsQuery = paged(['organisations'], (page, signal) => ask(api.GET('/api/v1/organisations', { params: { query: page }, signal })), 100);
