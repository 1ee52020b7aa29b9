import { QueryClient } from '@tanstack/react-query';
import { expect, test } from 'vitest';

import { putTransaction, take } from '../src/api/live-events';
import type { Transaction } from '../src/api/types';

const payment = (id: string, status: string, updated_at: string) => ({ id, status, updated_at }) as Transaction;
const still = ['transactions', 'list', {}, 25, 'still'];

function filled(): QueryClient {
  const queries = new QueryClient();
  queries.setQueryData(still, { pages: [{ data: [payment('txn_2', 'processing', 'b'), payment('txn_1', 'completed', 'a')] }], pageParams: [''] });
  queries.setQueryData(['transactions', 'txn_2'], payment('txn_2', 'processing', 'b'));
  return queries;
}

const rows = (queries: QueryClient) => queries.getQueryData<{ pages: { data: Transaction[] }[] }>(still)!.pages.flatMap((page) => page.data.map((row) => `${row.id} ${row.status}`));

test('what changes in a row is shown in its place', () => {
  const queries = filled();
  putTransaction(queries, payment('txn_2', 'completed', 'c'));
  expect(rows(queries)).toEqual(['txn_2 completed', 'txn_1 completed']);
  expect(queries.getQueryData<Transaction>(['transactions', 'txn_2'])!.status).toBe('completed');
});

test('an older event changes nothing, and a new transaction moves no row', () => {
  const queries = filled();
  putTransaction(queries, payment('txn_2', 'failed', 'a'));
  putTransaction(queries, payment('txn_3', 'completed', 'd'));
  expect(rows(queries)).toEqual(['txn_2 processing', 'txn_1 completed']);
  expect(queries.getQueryData(['transactions', 'txn_3'])).toBeUndefined();
});

test('lists that hold still are not asked for anew, others are', () => {
  const queries = filled();
  queries.setQueryData(['transactions', 'newer', {}], { data: [] });
  take(queries, 'transaction.completed', payment('txn_3', 'completed', 'd'));
  expect(queries.getQueryState(still)!.isInvalidated).toBe(false);
  expect(queries.getQueryState(['transactions', 'newer', {}])!.isInvalidated).toBe(true);
});
