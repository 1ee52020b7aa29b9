// A transaction as the owner of a wallet sees it: which way the money goes, with whom, and the row of a list.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowDownLeft, ArrowLeftRight, ArrowUpRight, Landmark, Plus, Undo2 } from 'lucide-react';
import { useMemo } from 'react';

import { meQuery, walletsQuery } from '../api/queries';
import type { Transaction } from '../api/types';
import { Amount } from '../design/amount';
import { StatusBadge } from '../design/badge';
import type { Messages } from '../i18n/en';
import { useLocale, useText } from '../i18n/language';
import { shortTime } from '../time/format';

type Direction = 'in' | 'out' | 'between';

/** Which way the money of a transaction goes, for the owner of these wallets. */
export function directionOf(transaction: Transaction, own: ReadonlySet<string>): Direction {
  const gives = !!transaction.from_wallet && own.has(transaction.from_wallet);
  const takes = !!transaction.to_wallet && own.has(transaction.to_wallet);
  return gives && takes ? 'between' : gives ? 'out' : 'in';
}

/** Whether the money is, or may be, where it was to go. */
const NOT_MOVED = new Set<Transaction['status']>(['failed', 'cancelled', 'expired', 'reversed']);
export const hasNotMoved = (transaction: Transaction): boolean => NOT_MOVED.has(transaction.status);

/** The amount with its sign. */
export function signedAmount(transaction: Transaction, direction: Direction): string {
  return direction === 'out' ? `-${transaction.amount}` : transaction.amount;
}

/** What a transaction is called, with the name of the other side. */
function namedTitle(transaction: Transaction, direction: Direction, name: string, t: Messages): string {
  const { with: texts } = t.activity;
  const isIn = direction === 'in';
  // Nothing is sent as long as it waits.
  if (!isIn && ['requires_verification', 'in_review'].includes(transaction.status)) return texts.to(name);
  if (transaction.type === 'refund') return isIn ? texts.refundFrom(name) : texts.refundTo(name);
  if (transaction.type === 'payment') return isIn ? texts.paymentFrom(name) : texts.paidTo(name);
  return isIn ? texts.from(name) : texts.sentTo(name);
}

/** What a transaction is called where nobody is known by name. */
function plainTitle(transaction: Transaction, direction: Direction, t: Messages): string {
  const texts = t.activity;
  // Nothing was added by a deposit that failed.
  if (transaction.status !== 'completed' && ['deposit', 'withdrawal'].includes(transaction.type)) return texts.types[transaction.type];
  if (transaction.type === 'deposit') return texts.deposited;
  if (transaction.type === 'withdrawal') return texts.withdrawn;
  if (direction === 'between') return texts.between;
  if (transaction.type === 'refund') return direction === 'in' ? texts.refundIn : texts.refundOut;
  if (transaction.type === 'payment') return direction === 'in' ? texts.gotPaid : texts.paid;
  return direction === 'in' ? texts.received : texts.sent;
}

/** What a transaction is called. */
export function titleOf(transaction: Transaction, direction: Direction, t: Messages): string {
  const name = transaction.counterparty?.name;
  return name ? namedTitle(transaction, direction, name, t) : plainTitle(transaction, direction, t);
}

/** What the pages say of transactions, for the owner of the wallets. */
export function useDescribe() {
  const t = useText();
  const { data: wallets } = useQuery(walletsQuery);
  const { data: me } = useQuery(meQuery);
  return useMemo(() => {
    const own = new Set(wallets?.data.map((wallet) => wallet.id));
    return (transaction: Transaction) => {
      const direction = directionOf(transaction, own);
      const waitsForMe = transaction.status === 'requires_verification' && transaction.created_by === me?.id;
      return { direction, title: titleOf(transaction, direction, t), waitsForMe };
    };
  }, [wallets, me, t]);
}

export function DirectionIcon({ transaction, direction }: { transaction: Transaction; direction: Direction }) {
  const Icon =
    transaction.type === 'deposit' ? Plus : transaction.type === 'withdrawal' ? Landmark : transaction.type === 'refund' ? Undo2 : direction === 'between' ? ArrowLeftRight : direction === 'in' ? ArrowDownLeft : ArrowUpRight;
  return (
    <span className="grid size-10 shrink-0 place-items-center rounded-full bg-sunken text-ink-2 max-[340px]:hidden">
      <Icon className="size-[18px]" aria-hidden="true" />
    </span>
  );
}

export function TransactionRow({ transaction, describe, hidden = false }: { transaction: Transaction; describe: ReturnType<typeof useDescribe>; hidden?: boolean }) {
  const t = useText();
  const locale = useLocale();
  const { direction, title, waitsForMe } = describe(transaction);
  const stands = transaction.status !== 'completed';
  return (
    <li>
      <Link to={waitsForMe ? '/confirm/$id' : '/activity/$id'} params={{ id: transaction.id }} className="flex min-h-[72px] items-center gap-4 px-4 py-3 hover:bg-sunken focus-visible:-outline-offset-2 sm:px-5">
        <DirectionIcon transaction={transaction} direction={direction} />
        <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-4 gap-y-1">
          <span className="min-w-0 flex-1 basis-28">
            <span className="block truncate text-sm font-medium"><bdi>{title}</bdi></span>
            <span className="block truncate text-sm text-ink-3">
              {shortTime(locale, transaction.created_at)}
              {transaction.description && <> · <bdi>{transaction.description}</bdi></>}
            </span>
          </span>
          <span className="ml-auto flex max-w-full flex-col items-end gap-1 text-right text-sm">
            {hidden ? (
              <span role="img" aria-label={t.money.hidden}>•••</span>
            ) : (
              <Amount
                amount={signedAmount(transaction, direction)}
                currency={transaction.currency}
                code
                wraps
                signed={direction === 'in'}
                className={`font-semibold ${hasNotMoved(transaction) ? 'text-ink-3 line-through' : transaction.status !== 'completed' ? 'text-ink-2' : direction === 'in' ? 'text-success' : ''}`}
              />
            )}
            {stands && <StatusBadge status={transaction.status} name={waitsForMe ? t.activity.yourCode : undefined} />}
          </span>
        </span>
      </Link>
    </li>
  );
}
