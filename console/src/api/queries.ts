// What the pages ask the server for, each under its key; and the cache that keeps the answers.

import { infiniteQueryOptions, keepPreviousData, notifyManager, QueryCache, QueryClient, queryOptions } from '@tanstack/react-query';

import { api, ask } from './client';
import type { components, operations } from './generated';
import { freshInterval } from './live';
import { ApiProblem, toProblem, unreachable } from './problem';

/** Whether a failed question is asked again: only where another try can help, twice at most. */
export function shouldRetry(failures: number, error: Error): boolean {
  return failures < 2 && toProblem(error).retryable;
}

/** Milliseconds before the next try: what the server asks for, or 1 s, 2 s, … */
export function retryDelay(failures: number, error: Error): number {
  const asked = toProblem(error).retryAfter;
  return asked === null ? 1000 * 2 ** failures : Math.min(asked, 30) * 1000;
}

/** The cache. `onSessionEnd` is called when any question is answered with 401. */
export function makeQueryClient(onSessionEnd: () => void): QueryClient {
  // What is changed in the cache is drawn with the press that changed it: a switch does not jump back and forth.
  notifyManager.setScheduler(queueMicrotask);
  const onError = (error: Error) => {
    if (error instanceof ApiProblem && error.status === 401) onSessionEnd();
  };
  return new QueryClient({
    queryCache: new QueryCache({ onError }),
    defaultOptions: { queries: { retry: shouldRetry, retryDelay, staleTime: 5_000, throwOnError: false }, mutations: { retry: false } },
  });
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: () => ask(api.GET('/api/v1/auth/me')),
  staleTime: 60_000,
});

export const preferencesQuery = queryOptions({
  queryKey: ['preferences'],
  queryFn: () => ask(api.GET('/api/v1/users/me/preferences')),
  staleTime: 60_000,
});

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: () => ask(api.GET('/api/v1/auth/oauth')),
  staleTime: Infinity,
});

/** One's own wallets: who may see those of others asks for them by their owner. */
export const walletsQuery = queryOptions({
  queryKey: ['wallets'],
  queryFn: async ({ client }) => {
    const me = await client.ensureQueryData(meQuery);
    return ask(api.GET('/api/v1/wallets', { params: { query: { owner_id: me.id, limit: 100 } } }));
  },
  refetchInterval: freshInterval,
});

/** The filters of a list of transactions. */
export type TransactionFilters = Omit<NonNullable<operations['list_transactions']['parameters']['query']>, 'limit' | 'cursor'>;

export const transactionsQuery = (filters: TransactionFilters, limit = 25) =>
  infiniteQueryOptions({
    queryKey: ['transactions', 'list', filters, limit],
    queryFn: ({ pageParam }) =>
      ask(api.GET('/api/v1/transactions', { params: { query: { ...filters, limit, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: freshInterval,
  });

/** The last few. */
export const recentQuery = queryOptions({
  queryKey: ['transactions', 'recent'],
  queryFn: () => ask(api.GET('/api/v1/transactions', { params: { query: { limit: 5 } } })),
  refetchInterval: freshInterval,
});

/** The same as a list to read: its rows stay where they are until they are asked for anew. What changes in a row is shown in it. */
export const stillTransactionsQuery = (filters: TransactionFilters, limit: number) =>
  infiniteQueryOptions({
    ...transactionsQuery(filters, limit),
    queryKey: ['transactions', 'list', filters, limit, 'still'],
    refetchInterval: false,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** The newest of the same, to count those that a still list does not show yet. */
export const newerTransactionsQuery = (filters: TransactionFilters) =>
  queryOptions({
    queryKey: ['transactions', 'newer', filters],
    queryFn: () => ask(api.GET('/api/v1/transactions', { params: { query: { ...filters, limit: 50 } } })),
    refetchInterval: freshInterval,
  });

export const transactionQuery = (id: string) =>
  queryOptions({
    queryKey: ['transactions', id],
    queryFn: () => ask(api.GET('/api/v1/transactions/{id}', { params: { path: { id } } })),
    refetchInterval: (query) => (isSettled(query.state.data?.status) ? false : 2_000),
  });

export const timelineQuery = (id: string) =>
  queryOptions({
    queryKey: ['transactions', id, 'timeline'],
    queryFn: () => ask(api.GET('/api/v1/transactions/{id}/timeline', { params: { path: { id } } })),
  });

/** Whether nothing more happens by itself. */
function isSettled(status: string | undefined): boolean {
  return status !== undefined && !['processing', 'requires_verification', 'in_review'].includes(status);
}

/** The newest notifications, and the bell's number. */
export const newestNotificationsQuery = queryOptions({
  queryKey: ['notifications', 'newest'],
  queryFn: () => ask(api.GET('/api/v1/notifications', { params: { query: { limit: 50 } } })),
  refetchInterval: freshInterval,
});

export const factorsQuery = queryOptions({ queryKey: ['factors'], queryFn: () => ask(api.GET('/api/v1/auth/2fa')) });
export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: () => ask(api.GET('/api/v1/auth/sessions', { params: { query: { limit: 100 } } })),
});
/** A wallet and its owner, for those who may see those of others. */
export const walletOwnerQuery = (id: string) =>
  queryOptions({
    queryKey: ['wallets', id, 'owner'],
    queryFn: async () => {
      const wallet = await ask(api.GET('/api/v1/wallets/{id}', { params: { path: { id } } }));
      const owner = await ask(api.GET('/api/v1/users/{id}', { params: { path: { id: wallet.owner_id } } }));
      return { wallet, owner };
    },
    staleTime: 60_000,
  });

/** People by a part of their e-mail or name, with their wallets. */
export const peopleQuery = (q: string) =>
  queryOptions({
    queryKey: ['people', q],
    queryFn: async () => {
      const users = await ask(api.GET('/api/v1/users', { params: { query: { q, limit: 5 } } }));
      const wallets = users.data.map((user) => ask(api.GET('/api/v1/wallets', { params: { query: { owner_id: user.id, limit: 20 } } })));
      const found = await Promise.all(wallets);
      return users.data.map((user, at) => ({ user, wallets: found[at]?.data ?? [] }));
    },
  });

export const trialBalanceQuery = queryOptions({ queryKey: ['trial-balance'], queryFn: () => ask(api.GET('/api/v1/ledger/trial-balance')), refetchInterval: 30_000 });

/** How the parts of the program are. A failing part answers 503 with the same body. */
export const healthQuery = queryOptions({
  queryKey: ['health'],
  queryFn: async () => {
    const { data, error } = await api.GET('/health');
    const health = data ?? (error as unknown);
    if (typeof health !== 'object' || health === null || !('checks' in health)) throw unreachable();
    return health as components['schemas']['Health'];
  },
  refetchInterval: freshInterval,
});

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: () => ask(api.GET('/api/v1/api-keys', { params: { query: { limit: 100 } } })),
});
