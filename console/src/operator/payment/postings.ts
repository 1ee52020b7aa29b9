// The postings of a payment: the sides of its transfers, and their sum. Pure.

import type { components } from '../../api/generated';
import { currencyDecimals } from '../../money/currencies';
import { fromMinor, toMinor } from '../../money/decimal';

export type Posting = components['schemas']['Posting'];

/** The postings of each transfer, oldest first. */
export function transfersOf(postings: readonly Posting[]): [Posting, ...Posting[]][] {
  const found = new Map<string, [Posting, ...Posting[]]>();
  for (const posting of postings) {
    const sides = found.get(posting.transfer_id);
    if (sides) sides.push(posting);
    else found.set(posting.transfer_id, [posting]);
  }
  return [...found.values()];
}

/** What all sides add up to. */
export function sumOf(postings: readonly Posting[], currency: string): string {
  const decimals = currencyDecimals(currency);
  return fromMinor(postings.reduce((sum, side) => sum + toMinor(side.amount, decimals), 0n), decimals);
}
