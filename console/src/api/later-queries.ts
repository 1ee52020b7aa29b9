// What pages of the wallet ask that nobody begins on: apart from the others, which every page loads.

import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { api, ask } from './client';
import type { components } from './generated';
import { freshInterval } from './live';
import { meQuery } from './queries';

/** Whether somebody has ever added money and sent some: asked for until both are so. */
export const firstStepsQuery = queryOptions({
  queryKey: ['transactions', 'first-steps'],
  queryFn: async ({ client }) => {
    const me = await client.ensureQueryData(meQuery);
    const [deposits, transfers] = await Promise.all([
      ask(api.GET('/api/v1/transactions', { params: { query: { type: 'deposit', status: 'completed', limit: 1 } } })),
      ask(api.GET('/api/v1/transactions', { params: { query: { type: 'transfer', limit: 50 } } })),
    ]);
    return { added: deposits.data.length > 0, sent: transfers.data.some((one) => one.created_by === me.id) };
  },
});

/** What moved on a wallet in a period, with the balance after each entry. */
export const statementQuery = (id: string, period: { from?: string; to?: string }) =>
  infiniteQueryOptions({
    queryKey: ['wallets', id, 'statement', period],
    queryFn: ({ pageParam }) =>
      // As JSON, which is what is asked for; it could also be a file.
      ask(api.GET('/api/v1/wallets/{id}/statement', { params: { path: { id }, query: { ...period, limit: 100, ...(pageParam && { cursor: pageParam }) } } })) as Promise<components['schemas']['Statement']>,
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });

/** What its maker may know of the code that a transaction waits for. Until one was sent it is asked for again and again. */
export const codeQuery = (id: string) =>
  queryOptions({
    queryKey: ['transactions', id, 'code'],
    queryFn: () => ask(api.GET('/api/v1/transactions/{id}/code', { params: { path: { id } } })),
    refetchInterval: (query) => (query.state.data?.sent ? 30_000 : 2_000),
  });

/** What waits for a code of the reader's. */
export const waitingQuery = queryOptions({
  queryKey: ['transactions', 'waiting'],
  queryFn: async ({ client }) => {
    const me = await client.ensureQueryData(meQuery);
    const { data } = await ask(api.GET('/api/v1/transactions', { params: { query: { status: 'requires_verification', limit: 20 } } }));
    return data.filter((one) => one.created_by === me.id);
  },
  refetchInterval: freshInterval,
});

export const notificationPreferencesQuery = queryOptions({
  queryKey: ['notification-preferences'],
  queryFn: () => ask(api.GET('/api/v1/users/me/notification-preferences')),
});

/** The verified phone number, or null. */
export const phoneQuery = queryOptions({
  queryKey: ['phone'],
  queryFn: () => ask(api.GET('/api/v1/users/me/phone')),
});

export const passkeysQuery = queryOptions({ queryKey: ['factors', 'passkeys'], queryFn: () => ask(api.GET('/api/v1/auth/passkeys')) });

/** A list to read: its rows stay where they are until they are asked for anew. */
export const notificationsQuery = (unread: boolean) =>
  infiniteQueryOptions({
    queryKey: ['notifications', 'list', unread, 'still'],
    queryFn: ({ pageParam }) =>
      ask(
        api.GET('/api/v1/notifications', {
          params: { query: { limit: 30, ...(unread && { unread: true }), ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
