// What of a payment can be given back, and by whom.

import type { Transaction } from '../api/types';
import { compare, subtract } from '../money/decimal';

/** What of a payment can still be given back. */
export const leftToRefund = (payment: Transaction): string => subtract(payment.captured_amount, payment.refunded_amount);

/** Whether the owner of this wallet can give back some of a payment. */
export function canRefund(transaction: Transaction, own: ReadonlySet<string>): boolean {
  return transaction.type === 'payment' && !!transaction.to_wallet && own.has(transaction.to_wallet) && compare(leftToRefund(transaction), '0') > 0;
}
