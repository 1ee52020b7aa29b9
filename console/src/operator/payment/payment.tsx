// One payment: where it is, how it came there, whom it concerns, what was booked and sent for it, and what can be done with it.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ChevronDown } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { meQuery, timelineQuery, transactionQuery, walletOwnerQuery } from '../../api/queries';
import type { Transaction } from '../../api/types';
import { chunk } from '../../chunk';
import { Amount } from '../../design/amount';
import { StatusBadge } from '../../design/badge';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { CopyId } from '../../design/copy';
import { View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { formatAmount } from '../../money/format';
import { exactTime } from '../../time/format';
import { At } from '../parts/at';
import { Back, Columns, LINK, Notice, PageHead, Pair, Pairs, Raw, Section } from '../parts/page';
import { Person } from '../parts/person';
import { useMayOperate, useMyRole } from '../parts/role';
import { useCommon } from '../text/common';
import { usePaymentText } from '../text/payment';
import { type Act, Acting, actsOf } from './acts';
import { Attempts, Postings } from './booked';
import { caseOfQuery } from './data';
import { Audit, Messages, Refunds, Webhooks } from './related';
import { Timeline } from './timeline';

const PaymentRisk = lazy(() => chunk(() => import('./risk')));
const Proposed = lazy(() => chunk(() => import('./risk').then(({ Proposed }) => ({ default: Proposed }))));

export function Payment() {
  const text = usePaymentText();
  const { id } = useParams({ from: '/payments/$id' });
  const asked = useQuery(transactionQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to="/payments">{text.back}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(payment) => <Shown payment={payment} />}</View>
    </>
  );
}

function Shown({ payment }: { payment: Transaction }) {
  const t = useText();
  const text = usePaymentText();
  const common = useCommon();
  const locale = useLocale();
  const mayAct = useMayOperate();
  const { data: me } = useQuery(meQuery);
  const [act, setAct] = useState<Act>();
  const acts = mayAct ? actsOf(payment) : [];
  const type = t.activity.types[payment.type];
  return (
    <>
      <PageHead
        name={`${type} ${formatAmount(locale, payment.amount, payment.currency, { code: true })}`}
        title={<span className="flex flex-wrap items-center gap-x-3 gap-y-2"><span className="text-ink-2">{type}</span><Amount amount={payment.amount} currency={payment.currency} code quietMinor /><StatusBadge status={payment.status} /></span>}
        text={<CopyId id={payment.id} />}
        actions={acts.map((one, at) => <Button key={one} kind={at === 0 ? 'primary' : 'secondary'} size="small" onClick={() => setAct(one)}>{text.act[one]}</Button>)}
      />
      {payment.failure && <Notice tone="danger"><code className="font-mono">{payment.failure.code}</code>: {payment.failure.detail}</Notice>}
      <Next payment={payment} />
      {payment.risk?.proposed && <Suspense><Proposed proposed={payment.risk.proposed} me={me?.id} /></Suspense>}
      {payment.refund_request && <Asked request={payment.refund_request} currency={payment.currency} />}
      <Columns
        aside={
          <>
            <Section title={text.parties}><div className="space-y-4"><Party name={text.from} wallet={payment.from_wallet} /><Party name={text.to} wallet={payment.to_wallet} /></div></Section>
            <Details payment={payment} />
            <Refunds payment={payment} />
            <Audit id={payment.id} />
          </>
        }
      >
        {payment.risk?.outcome && <Suspense fallback={<div className="skeleton h-48 rounded-card" />}><PaymentRisk risk={payment.risk} /></Suspense>}
        <Section title={text.timeline} tour="timeline"><Timeline id={payment.id} /></Section>
        <Postings payment={payment} />
        <Attempts payment={payment} />
        <Webhooks payment={payment} />
        <Messages payment={payment} />
        <Card>
          <details className="group">
            <summary className="flex list-none items-center justify-between gap-4 px-5 py-4 text-sm font-semibold">{common.raw}<ChevronDown className="size-4 text-ink-3 group-open:rotate-180" aria-hidden="true" /></summary>
            <div className="px-5 pb-5"><Raw label={common.raw}>{payment}</Raw></div>
          </details>
        </Card>
      </Columns>
      {act && <Acting act={act} payment={payment} onClose={() => setAct(undefined)} />}
    </>
  );
}

/** A refund that its payer has asked for: answered by the receiving side; a refund of as much answers it, too. */
function Asked({ request, currency }: { request: NonNullable<Transaction['refund_request']>; currency: string }) {
  const text = usePaymentText();
  const locale = useLocale();
  const isOpen = request.status === 'open';
  return (
    <Notice tone={isOpen ? 'warning' : 'info'}>
      <p><Person id={request.requested_by} /> {text.asksFor(formatAmount(locale, request.amount, currency, { code: true }))}: <bdi>“{request.reason}”</bdi></p>
      <p>{text.asked[request.status]}{isOpen && <> (<At at={request.expires_at} />)</>}{request.answer && <>: <bdi>“{request.answer}”</bdi></>}</p>
    </Notice>
  );
}

/** What it waits for. */
function Next({ payment }: { payment: Transaction }) {
  const text = usePaymentText();
  const locale = useLocale();
  const timeline = useQuery({ ...timelineQuery(payment.id), enabled: payment.status === 'unresolved' });
  const { data: its } = useQuery({ ...caseOfQuery(payment), enabled: payment.status === 'in_review' || payment.status === 'unresolved' });
  if (!(payment.status in text.next)) return null;
  const proposal = payment.status === 'unresolved' ? timeline.data?.data.findLast((entry) => entry.type === 'transaction.resolution_proposed') : undefined;
  return (
    <Notice tone={payment.status === 'unresolved' || payment.status === 'in_review' ? 'warning' : 'info'}>
      {text.next[payment.status as keyof Omit<typeof text.next, 'authorisedUntil' | 'until' | 'openCase'>]}
      {payment.status === 'authorised' && payment.expires_at && ` ${text.next.authorisedUntil(exactTime(locale, payment.expires_at))}`}
      {(payment.status === 'in_review' || payment.status === 'requires_verification') && payment.expires_at && ` ${text.next.until(exactTime(locale, payment.expires_at))}`}
      {its && <p className="mt-1"><Link to={`/cases/${its.id}` as '/'} className={`inline-block py-1 ${LINK}`}>{text.next.openCase}</Link></p>}
      {proposal && <span className="mt-1 block"><Person id={proposal.actor} />: <bdi>{proposal.reason}</bdi></span>}
    </Notice>
  );
}

function Party({ name, wallet }: { name: string; wallet: string | null | undefined }) {
  const text = usePaymentText();
  const { data } = useQuery({ ...walletOwnerQuery(wallet ?? ''), enabled: !!wallet });
  return (
    <div className="text-sm">
      <p className="text-xs text-ink-3">{name}</p>
      {wallet ? (
        <>
          {data && <p><Link to={`/customers/${data.owner.id}` as '/'} className={`font-medium ${LINK}`}><bdi>{data.owner.name}</bdi></Link> <span className="break-all text-ink-2">{data.owner.email}</span></p>}
          <p className="flex flex-wrap gap-x-3"><Link to={`/wallets/${wallet}` as '/'} className={`py-1 font-mono text-xs ${LINK}`}>{wallet}</Link></p>
          <p><Link to="/payments" search={{ q: `wallet:${wallet}` }} className={`inline-block py-1 ${LINK}`}>{text.showAll}</Link></p>
        </>
      ) : (
        <p className="text-ink-2">{text.outside}</p>
      )}
    </div>
  );
}

function Details({ payment }: { payment: Transaction }) {
  const text = usePaymentText();
  const money = (amount: string) => <span className="font-medium"><Amount amount={amount} currency={payment.currency} code /></span>;
  const instrument = payment.source ?? payment.destination;
  const metadata = Object.entries(payment.metadata ?? {});
  return (
    <Section title={text.details}>
      <Pairs>
        <Pair name={text.amount}>{money(payment.amount)}</Pair>
        <Pair name={text.captured}>{money(payment.captured_amount)}</Pair>
        <Pair name={text.refunded}>{money(payment.refunded_amount)}</Pair>
        <Pair name={text.fee}>{money(payment.fee)}</Pair>
        {instrument && <Pair name={text.instrument}>{text.kinds[instrument.kind]} <code className="font-mono text-xs text-ink-2">{instrument.token}</code></Pair>}
        {payment.description && <Pair name={text.description}><bdi>{payment.description}</bdi></Pair>}
        {payment.external_id && <Pair name={text.external}><bdi className="font-mono text-xs">{payment.external_id}</bdi></Pair>}
        {payment.original_transaction && <Pair name={text.original}><Link to="/payments/$id" params={{ id: payment.original_transaction }} className={`font-mono text-xs ${LINK}`}>{payment.original_transaction}</Link></Pair>}
        <Pair name={text.createdBy}><Person id={payment.created_by} /></Pair>
        <Pair name={text.created}><At at={payment.created_at} /></Pair>
        <Pair name={text.updated}><At at={payment.updated_at} /></Pair>
        {payment.completed_at && <Pair name={text.completed}><At at={payment.completed_at} /></Pair>}
        {payment.expires_at && <Pair name={text.expires}><At at={payment.expires_at} /></Pair>}
        {metadata.map(([key, value]) => <Pair key={key} name={<bdi className="font-mono text-xs">{key}</bdi>}><bdi className="break-all">{typeof value === 'string' ? value : JSON.stringify(value)}</bdi></Pair>)}
      </Pairs>
    </Section>
  );
}
