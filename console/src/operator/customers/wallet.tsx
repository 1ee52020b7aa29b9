// One wallet: what is in it, what moved, what may leave it, and what can be done with it.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Download } from 'lucide-react';
import { type ReactNode, useState } from 'react';

import { api, ask } from '../../api/client';
import { useRows } from '../../api/rows';
import type { Wallet } from '../../api/types';
import { Amount } from '../../design/amount';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { toMinor } from '../../money/decimal';
import { currencyDecimals } from '../../money/currencies';
import { formatAmount } from '../../money/format';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, List } from '../parts/data-table';
import { Back, Columns, LINK, Notice, PageHead, Pair, Pairs, Section } from '../parts/page';
import { Person } from '../parts/person';
import { useMayOperate, useMyRole } from '../parts/role';
import { typedAmount } from '../payment/acts';
import { Audit } from '../payment/related';
import { type StatementEntry, statementQuery, walletQuery } from '../queries';
import { useCommon } from '../text/common';
import { WalletOwner } from '../parts/wallet-owner';
import { useCustomersText } from '../text/customers';
import { usePaymentText } from '../text/payment';
import { WalletTag } from './tags';

export function WalletPage() {
  const text = useCustomersText();
  const { id } = useParams({ from: '/wallets/$id' });
  const asked = useQuery(walletQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to="/wallets">{text.walletBack}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(wallet) => <Shown wallet={wallet} />}</View>
    </>
  );
}

type Act = 'freeze' | 'unfreeze' | 'limits' | 'close';

function Shown({ wallet }: { wallet: Wallet }) {
  const text = useCustomersText();
  const payment = usePaymentText();
  const mayAct = useMayOperate();
  const [act, setAct] = useState<Act>();
  const money = (amount: string) => <Amount amount={amount} currency={wallet.currency} code />;
  const isEmpty = !/[1-9]/.test(wallet.balance.posted) && !/[1-9]/.test(wallet.balance.held);
  return (
    <>
      <PageHead
        name={`${text.wallet} ${wallet.currency}`}
        title={<span className="flex flex-wrap items-center gap-3"><span className="text-ink-2">{wallet.label ? <bdi>{wallet.label}</bdi> : text.wallet}</span><Amount amount={wallet.balance.available} currency={wallet.currency} code quietMinor /><WalletTag status={wallet.status} /></span>}
        text={<CopyId id={wallet.id} />}
        actions={
          mayAct && wallet.status !== 'closed' && (
            <>
              {wallet.status === 'active' ? <Button kind="danger" size="small" onClick={() => setAct('freeze')}>{text.freeze}</Button> : <Button size="small" onClick={() => setAct('unfreeze')}>{text.unfreeze}</Button>}
              <Button kind="secondary" size="small" onClick={() => setAct('limits')}>{text.setLimits}</Button>
              {isEmpty && <Button kind="secondary" size="small" onClick={() => setAct('close')}>{text.close}</Button>}
            </>
          )
        }
      />
      {wallet.frozen_by === 'owner' && <Notice>{text.frozenByOwner}</Notice>}
      <Columns
        aside={
          <>
            <Section title={text.balance}>
              <Pairs>
                <Pair name={text.available}><span className="font-medium">{money(wallet.balance.available)}</span></Pair>
                <Pair name={text.held}>{money(wallet.balance.held)}</Pair>
                <Pair name={text.posted}>{money(wallet.balance.posted)}</Pair>
                <Pair name={text.owner}><Person id={wallet.owner_id} /></Pair>
                <Pair name={text.opened}><At at={wallet.created_at} /></Pair>
              </Pairs>
              <Link to="/payments" search={{ q: `wallet:${wallet.id}` }} className={`mt-2 inline-block py-1 text-sm ${LINK}`}>{payment.showAll}</Link>
            </Section>
            <Section title={text.limits} text={text.limitsText}><div className="space-y-4 pt-2"><Limit name={text.daily} limit={wallet.limits.daily} currency={wallet.currency} /><Limit name={text.monthly} limit={wallet.limits.monthly} currency={wallet.currency} /></div></Section>
            <Audit id={wallet.id} />
          </>
        }
      >
        <Statement wallet={wallet} />
      </Columns>
      {act && <Acting act={act} wallet={wallet} onClose={() => setAct(undefined)} />}
    </>
  );
}

function Limit({ name, limit, currency }: { name: string; limit: Wallet['limits']['daily']; currency: string }) {
  const text = useCustomersText();
  const locale = useLocale();
  if (!limit) return <div className="flex justify-between text-sm"><span className="text-ink-2">{name}</span><span>{text.noLimit}</span></div>;
  const decimals = currencyDecimals(currency);
  // Per mille, as whole numbers: no amount becomes a float.
  const [used, all] = [toMinor(limit.used, decimals), toMinor(limit.limit, decimals)];
  const part = all > 0n ? Number((used * 1_000n) / all) : 1_000;
  const shown = (amount: string) => formatAmount(locale, amount, currency, { code: true });
  return (
    <div className="text-sm">
      <div className="flex flex-wrap justify-between gap-x-3"><span className="text-ink-2">{name}</span><span className="tabular font-medium">{text.left(shown(limit.remaining))}</span></div>
      <div className="mt-1.5 h-1.5 overflow-hidden rounded-full bg-sunken" role="meter" aria-label={name} aria-valuemin={0} aria-valuemax={1_000} aria-valuenow={Math.min(part, 1_000)} aria-valuetext={text.used(shown(limit.used), shown(limit.limit))}><div className={`h-full rounded-full ${part > 900 ? 'bg-warning' : 'bg-brand'}`} style={{ width: `${Math.min(part / 10, 100)}%` }} /></div>
      <p className="tabular mt-1 text-xs text-ink-3">{text.used(shown(limit.used), shown(limit.limit))}</p>
    </div>
  );
}

function Statement({ wallet }: { wallet: Wallet }) {
  const t = useText();
  const text = useCustomersText();
  const common = useCommon();
  const payment = usePaymentText();
  const asked = useInfiniteQuery(statementQuery(wallet.id));
  const rows = useRows(asked);
  const amount = (row: StatementEntry): ReactNode => (row.hold_amount ? <span className="text-ink-3"><Amount amount={row.hold_amount} currency={wallet.currency} /></span> : <span className="font-medium"><Amount amount={row.amount} currency={wallet.currency} signed /></span>);
  const columns: Column<StatementEntry>[] = [
    { key: 'time', head: text.entryColumns.time, phone: 'c', cell: (row) => <span className="text-ink-2"><At at={row.time} /></span> },
    { key: 'what', head: text.entryColumns.what, phone: 'a', wide: true, cell: (row) => <Entry row={row} name={`${t.activity.types[row.type as keyof typeof t.activity.types] ?? row.type} · ${payment.entries[row.entry]}`} /> },
    { key: 'with', head: text.entryColumns.with, cell: (row) => (row.counterparty_wallet ? <WalletOwner wallet={row.counterparty_wallet} className="relative z-10" /> : <span className="text-ink-3">{text.outside}</span>) },
    { key: 'amount', head: text.entryColumns.amount, phone: 'b', align: 'end', cell: amount },
    { key: 'balance', head: text.entryColumns.balance, phone: 'd', align: 'end', cell: (row) => <span className="text-ink-2"><Amount amount={row.balance} currency={wallet.currency} /></span> },
  ];
  return (
    <Section flush title={text.statement} action={<StatementCsv wallet={wallet} />}>
      <List asked={{ ...asked, data: rows }} label={text.statement} columns={columns} keyOf={(row) => String(row.seq)} empty={{ title: text.noEntries }} />
      {asked.hasNextPage && <div className="border-t border-line p-2 text-center"><Button kind="quiet" size="small" busy={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>{common.loadMore}</Button></div>}
    </Section>
  );
}

function Entry({ row, name }: { row: StatementEntry; name: string }) {
  if (!row.transaction_id) return <span>{name}</span>;
  return <Link to="/payments/$id" params={{ id: row.transaction_id }} className="after:absolute after:inset-0">{name}{row.description && <bdi className="ml-2 text-ink-3">{row.description}</bdi>}</Link>;
}

function StatementCsv({ wallet }: { wallet: Wallet }) {
  const text = useCustomersText();
  const save = async () => {
    const { saveText } = await import('../save');
    await saveText(`/api/v1/wallets/${wallet.id}/statement`, 'text/csv', `statement-${wallet.id}.csv`);
  };
  return <button type="button" onClick={() => void save()} className={`inline-flex items-center gap-1.5 text-sm font-medium whitespace-nowrap ${LINK}`}><Download className="size-4" aria-hidden="true" />{text.statementCsv}</button>;
}

function Acting({ act, wallet, onClose }: { act: Act; wallet: Wallet; onClose: () => void }) {
  const text = useCustomersText();
  const common = useCommon();
  const payment = usePaymentText();
  const [limits, setLimits] = useState({ daily: wallet.limits.daily?.limit ?? '', monthly: wallet.limits.monthly?.limit ?? '' });
  const path = { id: wallet.id };
  const shared = { stale: [['wallets'], ['people'], ['audit']], onClose };
  if (act === 'limits') {
    const read = (typed: string) => (typed.trim() === '' ? null : (typedAmount(typed, wallet.currency) ?? undefined));
    const body = { daily: read(limits.daily), monthly: read(limits.monthly) };
    const field = (name: 'daily' | 'monthly') => (
      <Field label={`${text[name]} (${wallet.currency})`} inputMode="decimal" value={limits[name]} onChange={(event) => setLimits({ ...limits, [name]: event.target.value })} hint={text.limitHint} error={body[name] === undefined ? payment.invalidAmount : undefined} className="tabular" autoComplete="off" />
    );
    const { daily, monthly } = body;
    return (
      <ActDialog
        title={text.setLimits}
        effects={text.limitsEffects}
        confirm={text.setLimits}
        done={text.limitsDone}
        disabled={daily === undefined || monthly === undefined}
        {...shared}
        run={(_, keyOf) => ask(api.POST('/api/v1/wallets/{id}/limits', { params: { path, header: keyOf(body) }, body: { daily: daily ?? null, monthly: monthly ?? null } }))}
      >
        {field('daily')}
        {field('monthly')}
      </ActDialog>
    );
  }
  if (act === 'close') return <ActDialog title={text.closeTitle} effects={text.closeEffects} confirm={text.close} kind="danger" done={text.closedDone} {...shared} run={(_, keyOf) => ask(api.POST('/api/v1/wallets/{id}/close', { params: { path, header: keyOf('close') }, body: {} }))} />;
  const isFreeze = act === 'freeze';
  return (
    <ActDialog
      title={isFreeze ? text.freezeTitle : text.unfreezeTitle}
      effects={isFreeze ? text.freezeEffects : text.unfreezeEffects}
      confirm={isFreeze ? text.freeze : text.unfreeze}
      kind={isFreeze ? 'danger' : 'primary'}
      done={isFreeze ? text.frozenDone : text.unfrozenDone}
      {...shared}
      run={(form, keyOf) => {
        const reason = String(form.get('reason')).trim();
        const body = reason ? { reason } : {};
        const params = { path, header: keyOf([act, body]) };
        return ask<Wallet>(isFreeze ? api.POST('/api/v1/wallets/{id}/freeze', { params, body }) : api.POST('/api/v1/wallets/{id}/unfreeze', { params, body }));
      }}
    >
      <Field label={common.reason} name="reason" maxLength={500} hint={text.reasonHint} autoComplete="off" />
    </ActDialog>
  );
}
