// What moved on a wallet in a period, with the balance after each entry: to read, to print, or as a file.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowLeft, Download, Printer } from 'lucide-react';
import { useState } from 'react';

import { statementQuery } from '../../api/later-queries';
import { walletsQuery } from '../../api/queries';
import type { StatementEntry, Wallet } from '../../api/types';
import { Amount } from '../../design/amount';
import { Button, buttonClass } from '../../design/button';
import { Card, PageTitle } from '../../design/card';
import { Field, Select } from '../../design/field';
import { Message, NothingFound, RowsSkeleton, View } from '../../design/states';
import { toastProblem } from '../../design/toast';
import { useLocale, useText } from '../../i18n/language';
import { add, compare, decimalsOf, fromMinor } from '../../money/decimal';
import { currencyName } from '../../money/format';
import { inOrder } from '../wallets';
import { Letterhead } from '../letterhead';
import { downloadStatement, lastMonths, type Period, periodOf } from '../statement';
import { useStatementText } from '../texts/statement';

/** More than that is for a file, not for paper. */
const MOST_PRINTED = 5_000;

export function Statement() {
  const t = useText();
  const s = useStatementText();
  const wallets = useQuery(walletsQuery);
  const { wallet: wanted } = useSearch({ from: '/inside/statement' });
  return (
    <div className="mx-auto max-w-[760px]">
      <Letterhead title={s.title} />
      <View asked={wallets} skeleton={<div className="skeleton h-96 rounded-card" />}>
        {({ data }) => {
          // A closed wallet has a statement, too.
          const all = [...inOrder(data), ...data.filter((wallet) => wallet.status === 'closed')];
          const shown = all.find((wallet) => wallet.id === wanted) ?? all[0];
          if (!shown) return <Message isPage title={s.noWallet} text={s.noWalletText} action={<Link to="/" className={buttonClass('secondary', 'small')}>{t.nav.home}</Link>} />;
          return <OfWallet wallet={shown} wallets={all} />;
        }}
      </View>
    </div>
  );
}

function OfWallet({ wallet, wallets }: { wallet: Wallet; wallets: Wallet[] }) {
  const t = useText();
  const s = useStatementText();
  const locale = useLocale();
  const search = useSearch({ from: '/inside/statement' });
  const navigate = useNavigate({ from: '/statement' });
  const period = periodOf(search);
  const isBackwards = !!period.from && !!period.to && period.from >= period.to;
  const asked = useInfiniteQuery({ ...statementQuery(wallet.id, period), enabled: !isBackwards });
  const [busy, setBusy] = useState(false);
  const entries = asked.data?.pages.flatMap((page) => page.data);
  const printAll = async () => {
    setBusy(true);
    let now = asked;
    for (let count = entries?.length ?? 0; now.hasNextPage && !now.isError && count < MOST_PRINTED; count += 100) now = (await asked.fetchNextPage()) as typeof asked;
    setBusy(false);
    // The rows are drawn first.
    requestAnimationFrame(() => requestAnimationFrame(() => print()));
  };
  return (
    <>
      <div className="print:hidden">
        <Link to="/activity" className={buttonClass('quiet', 'small', '-ml-3')}><ArrowLeft className="size-4" aria-hidden="true" />{t.nav.activity}</Link>
        <PageTitle action={<div className="flex gap-2 max-sm:hidden"><Actions wallet={wallet} period={period} busy={busy} onPrint={() => void printAll()} /></div>}>{s.title}</PageTitle>
        <Choices wallet={wallet} wallets={wallets} />
      </div>
      <p className="hidden text-sm print:block"><span className="font-semibold">{currencyName(locale, wallet.currency)}{wallet.label && <> · <bdi>{wallet.label}</bdi></>}</span> · {periodText(locale, period, s.all)} · <span className="font-mono text-xs">{wallet.id}</span></p>
      {isBackwards ? (
        <p role="alert" className="mt-5 rounded-control bg-danger-tint px-4 py-3 text-sm text-danger">{s.badPeriod}</p>
      ) : (
        <View asked={{ ...asked, data: entries }} skeleton={<Card className="mt-5"><RowsSkeleton rows={6} /></Card>}>
          {(entries) => (
            <>
              <Sums asked={asked.data!.pages} currency={wallet.currency} isWhole={!asked.hasNextPage} />
              <Card className="mt-4 overflow-hidden print:rounded-none print:border-x-0">
                {entries.length === 0 ? (
                  <NothingFound title={s.empty} text={s.emptyText} onClear={() => void navigate({ search: { ...(search.wallet && { wallet: search.wallet }), period: 'all' }, replace: true })} />
                ) : (
                  <Entries entries={entries} currency={wallet.currency} />
                )}
              </Card>
              {asked.hasNextPage && (
                <div className="mt-6 text-center print:hidden">
                  <Button kind="secondary" busy={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>{t.act.more}</Button>
                </div>
              )}
            </>
          )}
        </View>
      )}
      <div className="mt-6 grid gap-2 sm:hidden print:hidden"><Actions wallet={wallet} period={period} busy={busy} onPrint={() => void printAll()} /></div>
    </>
  );
}

function Actions({ wallet, period, busy, onPrint }: { wallet: Wallet; period: Period; busy: boolean; onPrint: () => void }) {
  const s = useStatementText();
  return (
    <>
      <Button kind="secondary" size="small" onClick={() => void downloadStatement(wallet, period).catch(toastProblem)} className="max-sm:h-11"><Download className="size-4" aria-hidden="true" />{s.csv}</Button>
      <Button kind="secondary" size="small" busy={busy} onClick={onPrint} className="max-sm:h-11"><Printer className="size-4" aria-hidden="true" />{s.print}</Button>
    </>
  );
}

/** Which wallet and when; both are in the address. */
function Choices({ wallet, wallets }: { wallet: Wallet; wallets: Wallet[] }) {
  const s = useStatementText();
  const locale = useLocale();
  const search = useSearch({ from: '/inside/statement' });
  const navigate = useNavigate({ from: '/statement' });
  const set = (changed: typeof search) => void navigate({ search: { wallet: wallet.id, ...changed }, replace: true });
  const isOwn = search.from !== undefined || search.to !== undefined;
  const months = lastMonths(18);
  const chosen = isOwn ? 'own' : (search.period ?? months[0]!);
  const name = (month: string) => new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' }).format(new Date(`${month}-15T12:00`));
  const today = new Date().toLocaleDateString('sv');
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <Select label={s.wallet} value={wallet.id} onChange={(event) => void navigate({ search: { ...search, wallet: event.target.value }, replace: true })}>
        {wallets.map((one) => <option key={one.id} value={one.id}>{one.currency}{one.label ? ` · ${one.label}` : ''}</option>)}
      </Select>
      <Select label={s.period} value={chosen} onChange={(event) => set(event.target.value === 'own' ? { from: `${months[0]}-01`, to: today } : { period: event.target.value })}>
        {months.map((month) => <option key={month} value={month}>{name(month)}</option>)}
        {!months.includes(chosen) && /^\d{4}-\d\d$/.test(chosen) && <option value={chosen}>{name(chosen)}</option>}
        <option value="all">{s.all}</option>
        <option value="own">{s.own}</option>
      </Select>
      {isOwn && (
        <>
          <Field label={s.from} type="date" value={search.from ?? ''} max={today} onChange={(event) => set({ ...search, from: event.target.value })} />
          <Field label={s.to} type="date" value={search.to ?? ''} onChange={(event) => set({ ...search, to: event.target.value })} />
        </>
      )}
    </div>
  );
}

function periodText(locale: string, { from, to }: Period, all: string): string {
  const day = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
  const last = to && new Date(new Date(to).getTime() - 1);
  if (from && last) return day.formatRange(new Date(from), last);
  return from ? `${day.format(new Date(from))} –` : last ? `– ${day.format(last)}` : all;
}

interface SumsProps {
  asked: { opening_balance: string; closing_balance: string; data: StatementEntry[] }[];
  currency: string;
  /** Whether all entries are here: only then is it known what came and went. */
  isWhole: boolean;
}

function Sums({ asked, currency, isWhole }: SumsProps) {
  const s = useStatementText();
  const { opening_balance, closing_balance } = asked[0]!;
  const zero = fromMinor(0n, decimalsOf(opening_balance));
  const sumOf = (sign: number) =>
    asked
      .flatMap((page) => page.data)
      .filter((entry) => compare(entry.amount, '0') * sign > 0)
      .reduce((sum, entry) => add(sum, entry.amount), zero);
  const sums: [string, string, boolean][] = [
    [s.opening, opening_balance, false],
    ...(isWhole ? ([[s.moneyIn, sumOf(1), true], [s.moneyOut, sumOf(-1), false]] as [string, string, boolean][]) : []),
    [s.closing, closing_balance, false],
  ];
  return (
    <dl className="mt-5 grid grid-cols-2 gap-px max-[359px]:grid-cols-1 overflow-hidden rounded-card border border-line bg-line sm:auto-cols-[minmax(max-content,1fr)] sm:grid-flow-col sm:grid-cols-none print:mt-6 print:grid-flow-col print:grid-cols-none">
      {sums.map(([name, amount, signed]) => (
        <div key={name} className="min-w-0 bg-surface px-4 py-3.5 sm:px-5">
          <dt className="text-sm text-ink-2">{name}</dt>
          <dd className="mt-0.5 font-semibold"><Amount amount={amount} currency={currency} signed={signed} wraps /></dd>
        </div>
      ))}
    </dl>
  );
}

function Entries({ entries, currency }: { entries: StatementEntry[]; currency: string }) {
  const s = useStatementText();
  const locale = useLocale();
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line text-left text-ink-2">
        <tr>
          <th scope="col" className="py-3 pl-4 font-medium sm:pl-5"><span className="sm:hidden print:hidden">{s.what}</span><span className="max-sm:hidden print:inline">{s.date}</span></th>
          <th scope="col" className="px-4 py-3 font-medium max-sm:hidden print:table-cell">{s.what}</th>
          <th scope="col" className="px-4 py-3 text-right font-medium">{s.amount}</th>
          <th scope="col" className="py-3 pr-5 text-right font-medium max-sm:hidden print:table-cell">{s.balance}</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {entries.map((entry) => {
          const what = <What entry={entry} />;
          const at = date.format(new Date(entry.time));
          return (
            <tr key={`${entry.seq}-${entry.entry}`} className="break-inside-avoid align-top">
              <td className="py-3 pl-4 sm:pl-5 sm:whitespace-nowrap">
                <div className="sm:hidden print:hidden">{what}</div>
                <span className="text-ink-3 sm:text-ink-2">{at}</span>
              </td>
              <td className="px-4 py-3 max-sm:hidden print:table-cell">{what}</td>
              <td className="px-4 py-3 text-right">
                <Amount amount={entry.amount} currency={currency} signed className={`font-medium ${compare(entry.amount, '0') > 0 ? 'text-success' : ''}`} />
                <span className="block text-ink-3 sm:hidden print:hidden"><Amount amount={entry.balance} currency={currency} /></span>
              </td>
              <td className="py-3 pr-5 text-right text-ink-2 max-sm:hidden print:table-cell"><Amount amount={entry.balance} currency={currency} /></td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function What({ entry }: { entry: StatementEntry }) {
  const s = useStatementText();
  const title = s.types[entry.type] ?? entry.type;
  return (
    <>
      {entry.transaction_id ? <Link to="/activity/$id" params={{ id: entry.transaction_id }} className="font-medium underline-offset-4 hover:underline">{title}</Link> : <span className="font-medium">{title}</span>}
      {entry.description && <bdi className="block wrap-anywhere text-ink-2">{entry.description}</bdi>}
    </>
  );
}
