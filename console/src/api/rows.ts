// The rows of a list that comes in pages. Where few of very many rows pass a filter, the server may answer a page without any and
// go on from there: the search ends when it says so.

import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';

import { newerTransactionsQuery, type TransactionFilters } from './queries';

interface Paged<T> {
  data: { pages: { data: T[] }[] } | undefined;
  hasNextPage: boolean;
  isFetching: boolean;
  isError: boolean;
  fetchNextPage: () => unknown;
}

/** The rows so far; undefined while none is found and the search goes on. */
export function useRows<T>(asked: Paged<T>): T[] | undefined {
  const rows = asked.data?.pages.flatMap((page) => page.data);
  const goesOn = rows?.length === 0 && asked.hasNextPage;
  useEffect(() => {
    if (goesOn && !asked.isFetching && !asked.isError) asked.fetchNextPage();
  });
  return goesOn ? undefined : rows;
}

/** How many transactions came since a still list was asked for: they are counted, and not shown yet. */
export function useNewer(filters: TransactionFilters, rows: readonly { id: string }[] | undefined): number {
  const { data } = useQuery({ ...newerTransactionsQuery(filters), enabled: rows !== undefined });
  if (!data || !rows) return 0;
  const newest = rows[0]?.id;
  const place = newest === undefined ? -1 : data.data.findIndex((row) => row.id === newest);
  return place < 0 ? data.data.length : place;
}
