import { expect, test } from 'vitest';

import { type MergedPlace, nextMerged } from '../src/api/merged';
import type { Transaction } from '../src/api/types';

const row = (at: number) => ({ id: `txn_${String(at).padStart(3, '0')}`, created_at: `2026-11-30T00:00:${String(at).padStart(3, '0')}` }) as Transaction;

/** Lists in pages of two; `null` is a page in which nothing was found. */
function lists(...all: (number | null)[][]) {
  return async (list: number, cursor: string) => {
    const from = Number(cursor || 0);
    const rows = all[list]!;
    const page = rows.slice(from, from + 2);
    return { data: page.filter((one) => one !== null).map(row), next_cursor: from + 2 < rows.length ? String(from + 2) : null };
  };
}

async function everything(count: number, limit: number, read: ReturnType<typeof lists>) {
  const pages: string[][] = [];
  let place: MergedPlace | '' | undefined = '';
  while (place !== undefined) {
    const page: Awaited<ReturnType<typeof nextMerged>> = await nextMerged(count, place, limit, read);
    pages.push(page.data.map((one) => one.id.slice(4)));
    place = page.next;
  }
  return pages;
}

test('lists are merged by time, and what is in two of them is shown once', async () => {
  const read = lists([9, 7, 4, 1], [8, 7, 2], []);
  expect(await everything(3, 3, read)).toEqual([['009', '008', '007'], ['004', '002', '001']]);
});

test('one list is given as it is', async () => {
  expect(await everything(1, 2, lists([5, 4, 3]))).toEqual([['005', '004'], ['003']]);
  expect(await everything(1, 5, lists([null, null, 1]))).toEqual([[], ['001']]);
});

test('an empty page is not the end of a list', async () => {
  expect(await everything(2, 5, lists([9, null, null, null, 3], [5, 4]))).toEqual([['009', '005', '004', '003']]);
});

test('a long search is given in parts', async () => {
  const pages = await everything(2, 5, lists([...Array.from({ length: 60 }, () => null), 1], []));
  expect(pages.flat()).toEqual(['001']);
  expect(pages.length).toBeGreaterThan(1);
});
