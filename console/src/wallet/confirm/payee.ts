// Whom the money of a waiting transaction is for, in the words of the page.

import type { Transaction } from '../../api/types';
import { useDescribe } from '../transactions';
import { useConfirmText } from '../texts/confirm';

/** What receives of one's own, as the message with a code names it. */
function ownPayee({ type, destination }: Transaction): string | undefined {
  if (type === 'deposit') return 'your own wallet';
  if (type === 'withdrawal') return destination?.kind === 'card' ? 'your card' : 'your bank account';
  return undefined;
}

/** Who receives: as the message with the code names them, where that is known; what is one's own, in the reader's language. */
export function usePayee(transaction: Transaction, named?: string): string {
  const c = useConfirmText();
  const { title } = useDescribe()(transaction);
  const name = named ?? transaction.counterparty?.name ?? ownPayee(transaction);
  return name ? (c.own[name] ?? name) : title;
}
