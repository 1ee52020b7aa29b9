// What the explorer asks the server for: one list, or those of all wallets of a person as one.

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import { freshInterval } from '../../api/live';
import { type MergedPlace, nextMerged } from '../../api/merged';
import type { TransactionFilters } from '../../api/queries';
import type { Transaction, User, Wallet } from '../../api/types';

/** The most that the server gives at once. */
export const PAGE = 100;

const read = (filters: TransactionFilters, limit: number, cursor: string, signal?: AbortSignal) =>
  ask(api.GET('/api/v1/transactions', { params: { query: { ...filters, limit, ...(cursor && { cursor }) } }, ...(signal && { signal }) }));

/** A list to read: its rows stay where they are until they are asked for anew. What changes in a row is shown in it. */
export const explorerQuery = (sources: readonly TransactionFilters[]) =>
  infiniteQueryOptions({
    queryKey: ['transactions', 'list', sources, PAGE, 'still'],
    queryFn: ({ pageParam, signal }) => nextMerged(sources.length, pageParam, PAGE, (list, cursor) => read(sources[list]!, PAGE, cursor, signal)),
    initialPageParam: '' as MergedPlace | '',
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    // Comparing 100,000 rows with each page that comes would take longer than drawing them.
    structuralSharing: false,
    staleTime: Infinity,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });

/** The newest of the same, to count those that are not shown yet. */
export const newestQuery = (sources: readonly TransactionFilters[]) =>
  queryOptions({
    queryKey: ['transactions', 'newer', sources],
    queryFn: async ({ signal }) => {
      const pages = await Promise.all(sources.map((filters) => read(filters, 50, '', signal)));
      return pages.flatMap((page) => page.data);
    },
    refetchInterval: freshInterval,
  });

/** How many came since the rows that are shown were asked for. */
export function countNewer(newest: readonly Transaction[] | undefined, rows: readonly Transaction[] | undefined): number {
  if (!newest || !rows) return 0;
  const shown = new Set(rows.slice(0, 200).map((row) => row.id));
  const since = rows[0]?.created_at ?? '';
  return new Set(newest.filter((row) => !shown.has(row.id) && row.created_at >= since).map((row) => row.id)).size;
}

/** The currency that most of the newest payments are in. */
export const homeCurrencyQuery = queryOptions({
  queryKey: ['transactions', 'home-currency', 'still'],
  queryFn: async ({ signal }) => {
    const counts = new Map<string, number>();
    for (const { currency } of (await read({}, PAGE, '', signal)).data) counts.set(currency, (counts.get(currency) ?? 0) + 1);
    return [...counts].toSorted((a, b) => b[1] - a[1]).map(([currency]) => currency);
  },
  staleTime: 600_000,
});

export interface Person {
  user: User;
  wallets: Wallet[];
}

/** People by a part of their e-mail or name; with their wallets where it is one, or one's whole address. */
export const personQuery = (q: string) =>
  queryOptions({
    queryKey: ['people', 'one', q],
    queryFn: async ({ signal }): Promise<{ users: User[]; person: Person | null }> => {
      const { data } = await ask(api.GET('/api/v1/users', { params: { query: { q, limit: 20 } }, signal }));
      const user = data.length === 1 ? data[0] : data.find((one) => one.email.toLowerCase() === q.toLowerCase());
      if (!user) return { users: data, person: null };
      const wallets = await ask(api.GET('/api/v1/wallets', { params: { query: { owner_id: user.id, limit: 100 } }, signal }));
      return { users: data, person: { user, wallets: wallets.data } };
    },
    staleTime: 30_000,
  });

/** Every row of the lists, page by page; `onRows` says how many there are so far. */
export async function readAll(sources: readonly TransactionFilters[], signal: AbortSignal, onRows: (rows: Transaction[]) => void): Promise<void> {
  let place: MergedPlace | '' | undefined = '';
  while (place !== undefined && !signal.aborted) {
    const page: Awaited<ReturnType<typeof nextMerged>> = await nextMerged(sources.length, place, PAGE, (list, cursor) => read(sources[list]!, PAGE, cursor, signal));
    onRows(page.data);
    place = page.next;
  }
}
