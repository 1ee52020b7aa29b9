import { expect, test } from 'vitest';

import type { Transaction } from '../src/api/types';
import { en } from '../src/i18n/en';
import { titleOf } from '../src/wallet/transactions';

const made = (over: Partial<Transaction>) => ({ type: 'transfer', status: 'completed', counterparty: { kind: 'user', name: 'Bob', wallet_id: 'wal_b' }, ...over }) as Transaction;

test('the other side is named as the server names it', () => {
  expect(titleOf(made({}), 'out', en)).toBe('Sent to Bob');
  expect(titleOf(made({}), 'in', en)).toBe('From Bob');
  expect(titleOf(made({ status: 'requires_verification' }), 'out', en)).toBe('To Bob');
  expect(titleOf(made({ type: 'payment' }), 'out', en)).toBe('Paid to Bob');
  expect(titleOf(made({ type: 'refund' }), 'in', en)).toBe('Refund from Bob');
});

test('where nobody is known by name, what happened is said', () => {
  expect(titleOf(made({ counterparty: null }), 'out', en)).toBe('Transfer sent');
  expect(titleOf(made({ counterparty: { kind: 'own_wallet', name: null, wallet_id: 'wal_b' } }), 'between', en)).toBe('Between your wallets');
  expect(titleOf(made({ type: 'deposit', counterparty: { kind: 'deposit', name: null, wallet_id: null } }), 'in', en)).toBe('Money added');
});
