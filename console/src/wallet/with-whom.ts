// With whom a transaction was. The transaction names wallets only; what the owner was told of it names the other side, in one of the
// languages of services/notifications/texts. Where an installation has other texts, nobody is named.

import type { Notification, Transaction } from '../api/types';

/** The first sentence that is told of each kind: `{amount}` with its currency, and `{name}`. */
export const SENTENCES: Record<string, readonly string[]> = {
  money_sent: ['Your transfer of {amount} to {name} is completed.', 'Ihre Überweisung von {amount} an {name} ist ausgeführt.'],
  money_received: ['You received {amount} from {name}.', 'Sie haben {amount} von {name} erhalten.'],
  payment_made: ['Your payment of {amount} to {name} is completed.', 'Ihre Zahlung von {amount} an {name} ist ausgeführt.'],
  payment_received: ['You received a payment of {amount} from {name}.', 'Sie haben eine Zahlung von {amount} von {name} erhalten.'],
  refund_received: ['{name} has refunded {amount} to you.', '{name} hat Ihnen {amount} erstattet.'],
  refund_sent: ['You have refunded {amount} to {name}.', 'Sie haben {name} {amount} erstattet.'],
};

/** The name of the other side, as a notification of the transaction says it. */
export function withWhom({ amount, currency }: Transaction, told: Notification | undefined): string | null {
  for (const sentence of (told && SENTENCES[told.type]) ?? []) {
    for (const written of [amount, amount.replace('.', ',')]) {
      const [before, after] = sentence.replace('{amount}', `${written} ${currency}`).split('{name}') as [string, string];
      const { body } = told!;
      if (body.length > before.length + after.length && body.startsWith(before) && body.endsWith(after)) return body.slice(before.length, body.length - after.length);
    }
  }
  return null;
}
