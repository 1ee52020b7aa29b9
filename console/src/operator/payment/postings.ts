// What was booked for a payment, from the statements of its wallets: each entry of a statement names one side, and the account at the
// other end is the other. Pure.

import type { Transaction } from '../../api/types';
import { fromMinor, toMinor } from '../../money/decimal';
import { currencyDecimals } from '../../money/currencies';
import type { StatementEntry } from '../queries';

/** One side of an entry. */
export interface Posting {
  /** The wallet; null for the account that settles with the acquirer. */
  wallet: string | null;
  /** Above zero where the account receives. */
  amount: string;
  /** Above zero where more is held, below where it is freed; null where money moves. */
  held: string | null;
  /** The balance after it, where it is known. */
  balance: string | null;
}

export interface Booked {
  seq: number;
  time: string;
  transfer: string;
  entry: StatementEntry['entry'];
  sides: [debit: Posting, credit: Posting];
}

const negated = (amount: string): string => (amount.startsWith('-') ? amount.slice(1) : /[1-9]/.test(amount) ? `-${amount}` : amount);

/** The entries of a payment, oldest first, each with both of its sides. */
export function bookedFor(payment: Pick<Transaction, 'id'>, statements: readonly { wallet: string; entries: readonly StatementEntry[] }[]): Booked[] {
  const found = new Map<number, Booked>();
  for (const { wallet, entries } of statements) {
    for (const entry of entries) {
      if (entry.transaction_id !== payment.id) continue;
      const isDebit = entry.direction === 'debit';
      const freed = entry.entry === 'release' || entry.entry === 'expire';
      const held = entry.hold_amount == null ? null : freed ? negated(entry.hold_amount) : entry.hold_amount;
      const own: Posting = { wallet, amount: entry.amount, held: isDebit ? held : null, balance: entry.balance };
      const known = found.get(entry.seq);
      const other = known?.sides[isDebit ? 1 : 0] ?? { wallet: entry.counterparty_wallet ?? null, amount: negated(entry.amount), held: isDebit ? null : held, balance: null };
      found.set(entry.seq, { seq: entry.seq, time: entry.time, transfer: entry.transfer_id, entry: entry.entry, sides: isDebit ? [own, other] : [other, own] });
    }
  }
  return [...found.values()].toSorted((a, b) => a.seq - b.seq);
}

/** What all sides add up to. */
export function sumOf(booked: readonly Booked[], currency: string): string {
  const decimals = currencyDecimals(currency);
  return fromMinor(booked.flatMap((one) => one.sides).reduce((sum, side) => sum + toMinor(side.amount, decimals), 0n), decimals);
}
