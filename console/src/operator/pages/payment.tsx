// One payment: where it is, how it came there, whom it concerns, and what can be done with it.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { meQuery, timelineQuery, transactionQuery, walletOwnerQuery } from '../../api/queries';
import { useRequestKey } from '../../api/request-key';
import type { TimelineEntry, Transaction } from '../../api/types';
import { Amount } from '../../design/amount';
import { StatusBadge } from '../../design/badge';
import { Button, buttonClass } from '../../design/button';
import { Card, Fact, Facts } from '../../design/card';
import { CopyId } from '../../design/copy';
import { Field, Select } from '../../design/field';
import { View } from '../../design/states';
import { toastDone } from '../../design/toast';
import { useLocale, useText } from '../../i18n/language';
import { compare, subtract } from '../../money/decimal';
import { formatAmount } from '../../money/format';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { gap } from '../../time/format';
import { At } from '../table';
import { text } from '../text';

const Dialog = lazy(() => import('../../design/dialog'));
type Act = 'refund' | 'cancel' | 'resolve';

export function Payment() {
  const { id } = useParams({ from: '/payments/$id' });
  const asked = useQuery(transactionQuery(id));
  const { data: me } = useQuery(meQuery);
  return (
    <>
      <Link to="/payments" className={buttonClass('quiet', 'small', '-ml-3 mb-3')}><ArrowLeft className="size-4" aria-hidden="true" />{text.back}</Link>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={me?.role}>{(payment) => <Shown payment={payment} mayAct={me?.role !== 'auditor'} />}</View>
    </>
  );
}

/** What an operator can do with it now; the server decides in the end. */
function actsOf(payment: Transaction): Act[] {
  if (payment.status === 'unresolved') return ['resolve'];
  if (payment.status === 'authorised') return ['cancel'];
  const isRefundable = payment.status === 'completed' && payment.type === 'payment' && compare(payment.captured_amount, payment.refunded_amount) > 0;
  return isRefundable ? ['refund'] : [];
}

function Shown({ payment, mayAct }: { payment: Transaction; mayAct: boolean }) {
  const t = useText();
  const [act, setAct] = useState<Act>();
  const money = (amount: string) => <Amount amount={amount} currency={payment.currency} code />;
  const acts = mayAct ? actsOf(payment) : [];
  return (
    <>
      <header className="mb-6 flex flex-wrap items-center gap-x-6 gap-y-4">
        <div>
          <h1 className="text-sm font-medium text-ink-2">{t.activity.types[payment.type]}</h1>
          <p className="mt-1 flex flex-wrap items-center gap-3 text-xl font-semibold"><Amount amount={payment.amount} currency={payment.currency} code quietMinor /><StatusBadge status={payment.status} /></p>
        </div>
        <div className="flex gap-2 sm:ml-auto">
          {acts.map((one) => <Button key={one} kind={one === 'resolve' ? 'primary' : 'secondary'} onClick={() => setAct(one)}>{text[one]}</Button>)}
        </div>
      </header>
      {payment.failure && <p className="mb-6 rounded-control bg-danger-tint px-4 py-3 text-sm text-danger"><code className="font-mono">{payment.failure.code}</code>: {payment.failure.detail}</p>}
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_380px]">
        <div className="min-w-0 space-y-6">
          <Section title={text.timeline}><Timeline id={payment.id} /></Section>
          <Section title={text.raw}><pre tabIndex={0} aria-label={text.raw} className="max-h-96 overflow-auto font-mono text-xs leading-5">{JSON.stringify(payment, null, 2)}</pre></Section>
        </div>
        <div className="space-y-6">
          <Section title={text.parties}>
            <div className="space-y-4"><Party name={text.from} wallet={payment.from_wallet} /><Party name={text.to} wallet={payment.to_wallet} /></div>
          </Section>
          <Section title={text.details}>
            <Facts>
              <Fact name={t.money.amount}>{money(payment.amount)}</Fact>
              <Fact name={t.receipt.captured}>{money(payment.captured_amount)}</Fact>
              <Fact name={t.receipt.refunded}>{money(payment.refunded_amount)}</Fact>
              <Fact name={t.receipt.fee}>{money(payment.fee)}</Fact>
              {payment.description && <Fact name={text.columns.description}><bdi>{payment.description}</bdi></Fact>}
              {payment.external_id && <Fact name="External id"><bdi>{payment.external_id}</bdi></Fact>}
              {payment.original_transaction && <Fact name={t.receipt.original}><Link to="/payments/$id" params={{ id: payment.original_transaction }} className="font-mono text-xs text-brand hover:underline">{payment.original_transaction}</Link></Fact>}
              <Fact name={text.columns.time}><At at={payment.created_at} /></Fact>
              <Fact name={text.columns.id}><CopyId id={payment.id} /></Fact>
            </Facts>
          </Section>
        </div>
      </div>
      {act && (
        <Suspense>
          <Acting act={act} payment={payment} onClose={() => setAct(undefined)} />
        </Suspense>
      )}
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return <Card className="p-5"><h2 className="mb-3 text-sm font-semibold">{title}</h2>{children}</Card>;
}

function Party({ name, wallet }: { name: string; wallet: string | null | undefined }) {
  const { data } = useQuery({ ...walletOwnerQuery(wallet ?? ''), enabled: !!wallet });
  return (
    <div className="text-sm">
      <p className="text-xs text-ink-3">{name}</p>
      {wallet ? (
        <>
          {data && <p className="font-medium"><bdi>{data.owner.name}</bdi> <span className="font-normal text-ink-2">{data.owner.email}</span></p>}
          <CopyId id={wallet} />
          <p><Link to="/payments" search={{ q: `wallet:${wallet}` }} className="inline-block py-1 text-brand underline-offset-4 hover:underline">{text.showAll}</Link></p>
        </>
      ) : (
        <p className="text-ink-2">{text.outside}</p>
      )}
    </div>
  );
}

function Timeline({ id }: { id: string }) {
  const asked = useQuery(timelineQuery(id));
  return (
    <View asked={asked} skeleton={<div className="skeleton h-24" />}>
      {({ data }) => <ol>{data.map((entry, at) => <Step key={at} entry={entry} before={data[at - 1]} isLast={at === data.length - 1} />)}</ol>}
    </View>
  );
}

function Step({ entry, before, isLast }: { entry: TimelineEntry; before: TimelineEntry | undefined; isLast: boolean }) {
  const t = useText();
  const locale = useLocale();
  return (
    <li className="relative flex gap-4 pb-5 text-sm last:pb-0">
      {!isLast && <span className="absolute top-4 bottom-0 left-[4.5px] w-px bg-line" aria-hidden="true" />}
      <span className={`relative mt-1.5 size-2.5 shrink-0 rounded-full ${isLast ? 'bg-brand' : 'bg-control'}`} aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium">{entry.to ? t.status[entry.to] : entry.type} <code className="font-mono text-xs font-normal text-ink-3">{entry.type}</code></p>
        <p className="tabular text-ink-3"><At at={entry.at} />{before && <> · +{gap(locale, before.at, entry.at)}</>} · <span className="font-mono text-xs">{entry.actor}</span></p>
        {entry.reason && <p className="mt-1 text-ink-2"><bdi>{entry.reason}</bdi></p>}
      </div>
    </li>
  );
}

/** The question before something is done: what it does, and why it is done. */
function Acting({ act, payment, onClose }: { act: Act; payment: Transaction; onClose: () => void }) {
  const locale = useLocale();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const keyOf = useRequestKey();
  const left = subtract(payment.captured_amount, payment.refunded_amount);
  const [amount, setAmount] = useState(left);
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const shown = (value: string) => formatAmount(locale, value, payment.currency, { code: true });
  const effect = act === 'refund' ? text.refundEffect(/^\d+(\.\d+)?$/.test(amount) ? shown(amount) : '…') : act === 'cancel' ? text.cancelEffect : text.resolveEffect;
  const done = { refund: text.refunded, cancel: text.cancelled, resolve: text.proposed }[act];
  const run = (form: FormData) => {
    const reason = String(form.get('reason') ?? '').trim();
    const path = { id: payment.id };
    if (act === 'cancel') return ask(api.POST('/api/v1/transactions/{id}/cancel', { params: { path, header: keyOf(act) }, body: {} }));
    if (act === 'resolve') {
      const body = { outcome: String(form.get('outcome')) as 'completed' | 'failed', reason };
      return ask(api.POST('/api/v1/transactions/{id}/resolve', { params: { path, header: keyOf(body) }, body }));
    }
    const body = { amount, ...(reason && { reason }) };
    return ask(api.POST('/api/v1/transactions/{id}/refund', { params: { path, header: keyOf(body) }, body }));
  };
  const submit = async (form: FormData) => {
    setBusy(true);
    setWrong(undefined);
    try {
      await stepUp(() => run(form));
      await queries.invalidateQueries({ queryKey: ['transactions'] });
      toastDone(done);
      return onClose();
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  return (
    <Dialog open onClose={onClose} title={text[act]} text={effect}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(new FormData(event.currentTarget));
        }}
      >
        {act === 'refund' && <Field label={text.columns.amount} value={amount} onChange={(event) => setAmount(event.target.value.replace(',', '.'))} inputMode="decimal" hint={text.refundAmount(shown(left))} className="tabular" required />}
        {act === 'resolve' && <Select label={text.outcome} name="outcome">{Object.entries(text.outcomes).map(([value, name]) => <option key={value} value={value}>{name}</option>)}</Select>}
        {act !== 'cancel' && <Field label={act === 'resolve' ? text.evidence : text.reason} name="reason" maxLength={500} required={act === 'resolve'} hint={act === 'resolve' ? text.evidenceHint : text.reasonHint} />}
        {wrong && <p role="alert" className="rounded-control bg-danger-tint px-3.5 py-2.5 text-sm text-danger">{wrong}</p>}
        <Button type="submit" kind={act === 'resolve' ? 'primary' : 'danger'} className="w-full" busy={busy}>{text[act]}</Button>
      </form>
    </Dialog>
  );
}
