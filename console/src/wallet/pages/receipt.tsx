// One transaction: what it was, and what became of it, step by step.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowLeft, ChevronDown, Printer, Undo2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { toProblem } from '../../api/problem';
import { meQuery, timelineQuery, transactionQuery, walletsQuery } from '../../api/queries';
import type { TimelineEntry, Transaction } from '../../api/types';
import { chunk } from '../../chunk';
import { Amount, BigAmount } from '../../design/amount';
import { StatusBadge } from '../../design/badge';
import { Button, buttonClass } from '../../design/button';
import { Card, Fact, Facts } from '../../design/card';
import { CopyId } from '../../design/copy';
import { Message, View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { compare } from '../../money/decimal';
import { formatAmount } from '../../money/format';
import { fullTime, gap } from '../../time/format';
import { Letterhead } from '../letterhead';
import { canRefund, leftToRefund } from '../refundable';
import { RefundRequest } from '../refund-request';
import { useReceiptText } from '../texts/receipt';
import { hasNotMoved, signedAmount, useDescribe } from '../transactions';

const Refund = lazy(() => chunk(() => import('../refund')));

export function Receipt() {
  const { receipt } = useReceiptText();
  const t = useText();
  const { id } = useParams({ from: '/inside/activity/$id' });
  const asked = useQuery(transactionQuery(id));
  const isNowhere = asked.error && [400, 404, 422].includes(toProblem(asked.error).status);
  return (
    <div className="mx-auto max-w-[560px]">
      <Letterhead title={receipt.title} />
      <div className="mb-4 flex items-center justify-between print:hidden">
        <Link to="/activity" className={buttonClass('quiet', 'small', '-ml-3')}><ArrowLeft className="size-4" aria-hidden="true" />{t.nav.activity}</Link>
        {asked.data && <Button kind="quiet" size="small" className="-mr-3" onClick={() => print()}><Printer className="size-4" aria-hidden="true" />{receipt.print}</Button>}
      </div>
      {isNowhere ? (
        <Message isPage title={receipt.nobody} text={receipt.nobodyText} />
      ) : (
        <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />}>
          {(transaction) => <Shown transaction={transaction} />}
        </View>
      )}
    </div>
  );
}

function Shown({ transaction }: { transaction: Transaction }) {
  const { receipt } = useReceiptText();
  const t = useText();
  const locale = useLocale();
  const describe = useDescribe();
  const { direction, title, waitsForMe } = describe(transaction);
  const { data: wallets } = useQuery(walletsQuery);
  const { currency, failure } = transaction;
  // Which of the reader's own wallets it went from or to.
  const own = (id: string | null | undefined) => {
    const wallet = id && wallets?.data.find((one) => one.id === id);
    return wallet && <>{wallet.currency}{wallet.label && <> · <bdi>{wallet.label}</bdi></>}</>;
  };
  const [from, to] = [own(transaction.from_wallet), own(transaction.to_wallet)];
  const money = (amount: string) => <Amount amount={amount} currency={currency} code wraps />;
  const isMore = (amount: string) => compare(amount, '0') > 0;
  const means = transaction.source ?? transaction.destination;
  return (
    <>
      <Card className="p-6 sm:p-8 print:border-0 print:p-0">
        <h1 className="text-base font-medium text-ink-2"><bdi>{title}</bdi></h1>
        <p className="mt-2"><BigAmount amount={signedAmount(transaction, direction)} currency={currency} signed={direction === 'in'} className={hasNotMoved(transaction) ? 'text-ink-3 line-through' : ''} /></p>
        <div className="mt-3"><StatusBadge status={transaction.status} name={waitsForMe ? t.activity.yourCode : undefined} /></div>
        {(waitsForMe || transaction.status === 'in_review') && <Link to="/confirm/$id" params={{ id: transaction.id }} className={buttonClass(waitsForMe ? 'primary' : 'secondary', 'normal', 'mt-5 w-full print:hidden')}>{waitsForMe ? receipt.enterCode : receipt.whatNext}</Link>}
        {failure && <p className="mt-5 rounded-control bg-danger-tint px-4 py-3 text-sm text-danger">{failure.detail}</p>}
        <div className="mt-6 border-t border-line pt-2">
          <Facts>
            <Fact name={receipt.when}>{fullTime(locale, transaction.completed_at ?? transaction.created_at)}</Fact>
            <Fact name={t.activity.type}>{t.activity.types[transaction.type]}</Fact>
            {from && <Fact name={receipt.from}>{from}</Fact>}
            {to && <Fact name={receipt.to}>{to}</Fact>}
            <Fact name={t.money.amount}>{money(transaction.amount)}</Fact>
            <Fact name={receipt.fee}>{isMore(transaction.fee) ? money(transaction.fee) : receipt.noFee}</Fact>
            {transaction.type === 'payment' && <Fact name={receipt.captured}>{money(transaction.captured_amount)}</Fact>}
            {isMore(transaction.refunded_amount) && <Fact name={receipt.refunded}>{money(transaction.refunded_amount)}</Fact>}
            {means && <Fact name={receipt.method}><span className="font-mono text-xs">{means.token}</span></Fact>}
            {transaction.description && <Fact name={receipt.note}><bdi>{transaction.description}</bdi></Fact>}
            {transaction.original_transaction && (
              <Fact name={receipt.original}>
                <Link to="/activity/$id" params={{ id: transaction.original_transaction }} className="font-mono text-xs text-brand underline-offset-4 hover:underline">{transaction.original_transaction}</Link>
              </Fact>
            )}
            <Fact name={receipt.id}><CopyId id={transaction.id} /></Fact>
          </Facts>
        </div>
      </Card>
      <MoneyBack transaction={transaction} direction={direction} />
      <History id={transaction.id} />
    </>
  );
}

/** How some of it comes back: by whom, and what the other side can do. */
function MoneyBack({ transaction, direction }: { transaction: Transaction; direction: 'in' | 'out' | 'between' }) {
  const r = useReceiptText();
  const { data: wallets } = useQuery(walletsQuery);
  const [refunding, setRefunding] = useState(false);
  const { type } = transaction;
  if (!wallets || hasNotMoved(transaction) || !['payment', 'transfer'].includes(type) || direction === 'between') return null;
  const own = new Set(wallets.data.map((wallet) => wallet.id));
  if (type === 'payment' && (direction === 'out' || transaction.refund_request?.status === 'open')) return <RefundRequest payment={transaction} isPayer={direction === 'out'} />;
  if (canRefund(transaction, own)) {
    return (
      <Card className="mt-4 flex flex-wrap items-center justify-between gap-4 p-5 print:hidden">
        <p className="flex-1 basis-32 text-sm text-ink-2"><LeftToRefund payment={transaction} /></p>
        <Button kind="secondary" size="small" onClick={() => setRefunding(true)}><Undo2 className="size-4" aria-hidden="true" />{r.give}</Button>
        {refunding && (
          <Suspense>
            <Refund payment={transaction} wallet={wallets.data.find((wallet) => wallet.id === transaction.to_wallet)} onClose={() => setRefunding(false)} />
          </Suspense>
        )}
      </Card>
    );
  }
  if (type === 'transfer' && direction === 'in') {
    return (
      <Card className="mt-4 flex flex-wrap items-center justify-between gap-4 p-5 print:hidden">
        <p className="flex-1 basis-32 text-sm text-ink-2">{r.backText}</p>
        <Link to="/send" search={{ back: transaction.id, amount: transaction.amount, ...(transaction.to_wallet && { wallet: transaction.to_wallet }) }} className={buttonClass('secondary', 'small')}><Undo2 className="size-4" aria-hidden="true" />{r.back}</Link>
      </Card>
    );
  }
  if (direction !== 'out' || transaction.status !== 'completed') return null;
  return (
    <details className="group mt-4 rounded-card border border-line bg-surface p-5 text-sm print:hidden">
      <summary className="flex list-none items-center justify-between gap-4 font-medium">{r.wrongTitle}<ChevronDown className="size-4 shrink-0 text-ink-3 group-open:rotate-180" aria-hidden="true" /></summary>
      <p className="mt-2 text-ink-2">{r.wrongText}</p>
    </details>
  );
}

function LeftToRefund({ payment }: { payment: Transaction }) {
  const r = useReceiptText();
  const locale = useLocale();
  return r.left(formatAmount(locale, leftToRefund(payment), payment.currency));
}

function History({ id }: { id: string }) {
  const { receipt } = useReceiptText();
  const asked = useQuery(timelineQuery(id));
  return (
    <section className="mt-8">
      <h2 className="mb-3 px-1 text-sm font-semibold text-ink-2">{receipt.history}</h2>
      <Card className="p-6 print:border-0 print:p-0">
        <View asked={asked} skeleton={<div className="skeleton h-24" />}>
          {({ data }) => <ol>{data.map((entry, at) => <Step key={at} entry={entry} before={data[at - 1]} isLast={at === data.length - 1} />)}</ol>}
        </View>
      </Card>
    </section>
  );
}

function Step({ entry, before, isLast }: { entry: TimelineEntry; before: TimelineEntry | undefined; isLast: boolean }) {
  const { receipt } = useReceiptText();
  const t = useText();
  const locale = useLocale();
  const { data: me } = useQuery(meQuery);
  const by = entry.actor === 'acquirer' || entry.actor === 'system' ? receipt.by[entry.actor] : entry.actor === me?.id ? receipt.by.you : receipt.by.other;
  const color = entry.to === 'completed' ? 'bg-success' : entry.to === 'failed' ? 'bg-danger' : 'bg-ink-3';
  return (
    <li className="relative flex gap-4 pb-6 last:pb-0">
      {!isLast && <span className="absolute top-4 bottom-0 left-[4.5px] w-px bg-line" aria-hidden="true" />}
      <span className={`relative mt-1.5 size-2.5 shrink-0 rounded-full ${isLast ? color : 'bg-control'}`} aria-hidden="true" />
      <div className="min-w-0 flex-1 text-sm">
        <p className="font-medium">{(receipt.events as Record<string, string>)[entry.type] ?? (entry.to ? t.status[entry.to] : receipt.created)}</p>
        <p className="text-ink-3">
          {fullTime(locale, entry.at)} · {by}
          {before && <> · +{gap(locale, before.at, entry.at)}</>}
        </p>
        {entry.reason && <p className="mt-1 text-ink-2"><bdi>{entry.reason}</bdi></p>}
      </div>
    </li>
  );
}
