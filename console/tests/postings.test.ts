import { expect, test } from 'vitest';

import { type Posting, sumOf, transfersOf } from '../src/operator/payment/postings';

const side = (transfer_id: string, amount: string, wallet_id: string | null = null) => ({ transfer_id, amount, wallet_id, currency: 'USD' }) as Posting;

test('the sides of a transfer stand together, in their order', () => {
  const postings = [side('a', '-5.00', 'wal_a'), side('a', '5.00', 'wal_b'), side('b', '-1.00', 'wal_b'), side('b', '1.00')];
  expect(transfersOf(postings).map((sides) => sides.map((one) => one.wallet_id))).toEqual([['wal_a', 'wal_b'], ['wal_b', null]]);
});

test('what they add up to is exact, and shown with all decimals', () => {
  expect(sumOf([side('a', '-9007199254740993.01'), side('a', '9007199254740993.01')], 'USD')).toBe('0.00');
  expect(sumOf([side('a', '-75.000'), side('a', '75.001')], 'KWD')).toBe('0.001');
  expect(sumOf([], 'JPY')).toBe('0');
});
