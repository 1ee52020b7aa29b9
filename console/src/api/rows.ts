// The rows of a list that comes in pages. Where few of very many rows pass a filter, the server may answer a page without any and
// go on from there: the search ends when it says so.

import { useEffect } from 'react';

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
