import { expect, test } from 'vitest';

import { bookedFor, sumOf } from '../src/operator/payment/postings';
import type { StatementEntry } from '../src/operator/queries';

const entry = (over: Partial<StatementEntry>) => ({ seq: 1, time: 't', transfer_id: 'trf_1', transaction_id: 'txn_1', type: 'payment', entry: 'post', counterparty_wallet: null, direction: 'debit', amount: '-5.00', balance: '1.00', held: '0.00', hold_amount: null, description: null, ...over }) as StatementEntry;

test('a payment between wallets is read from both statements, once', () => {
  const payer = [entry({ seq: 2, counterparty_wallet: 'wal_b' }), entry({ seq: 3, transaction_id: 'txn_2' })];
  const payee = [entry({ seq: 2, direction: 'credit', amount: '5.00', counterparty_wallet: 'wal_a', balance: '9.00' })];
  const booked = bookedFor({ id: 'txn_1' }, [{ wallet: 'wal_a', entries: payer }, { wallet: 'wal_b', entries: payee }]);
  expect(booked).toHaveLength(1);
  expect(booked[0]!.sides).toEqual([
    { wallet: 'wal_a', amount: '-5.00', held: null, balance: '1.00' },
    { wallet: 'wal_b', amount: '5.00', held: null, balance: '9.00' },
  ]);
  expect(sumOf(booked, 'USD')).toBe('0.00');
});

test('the other side of a deposit is the account that settles with the acquirer', () => {
  const [booked] = bookedFor({ id: 'txn_1' }, [{ wallet: 'wal_a', entries: [entry({ direction: 'credit', amount: '75.000' })] }]);
  expect(booked!.sides[0]).toEqual({ wallet: null, amount: '-75.000', held: null, balance: null });
  expect(sumOf([booked!], 'KWD')).toBe('0.000');
});

test('what is held and freed moves nothing', () => {
  const entries = [entry({ seq: 5, entry: 'release', amount: '0.00', hold_amount: '5.00' }), entry({ seq: 4, entry: 'hold', amount: '0.00', hold_amount: '5.00' })];
  const booked = bookedFor({ id: 'txn_1' }, [{ wallet: 'wal_a', entries }]);
  expect(booked.map((one) => [one.entry, one.sides[0].held, one.sides[1].amount])).toEqual([['hold', '5.00', '0.00'], ['release', '-5.00', '0.00']]);
});
