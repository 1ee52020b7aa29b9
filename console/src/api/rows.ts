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

/** How many of the latest rows came since others of the list were asked for. */
export function countNewer(latest: readonly Row[], rows: readonly Row[]): number {
  const known = new Set(rows.map((row) => row.id));
  const newest = rows[0]?.created_at ?? '';
  return latest.filter((row) => !known.has(row.id) && row.created_at >= newest).length;
}

interface Row {
  id: string;
  created_at: string;
}

/** How many transactions came since a still list was asked for: they are counted, and not shown yet. */
export function useNewer(filters: TransactionFilters, rows: readonly Row[] | undefined): number {
  const { data } = useQuery({ ...newerTransactionsQuery(filters), enabled: rows !== undefined });
  return data && rows ? countNewer(data.data, rows) : 0;
}
