// Everything that happened, by day. What is searched for and filtered by is in the address.

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { FileText, Search } from 'lucide-react';
import { useEffect, useState } from 'react';

import { meQuery, stillTransactionsQuery, walletsQuery } from '../../api/queries';
import { useNewer, useRows } from '../../api/rows';
import type { Transaction } from '../../api/types';
import { Button, buttonClass } from '../../design/button';
import { Card, PageTitle } from '../../design/card';
import { Select } from '../../design/field';
import { Message, NothingFound, RowsSkeleton, View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { dayKey, dayName } from '../../time/format';
import { useActivityText } from '../texts/activity';
import { TransactionRow, useDescribe } from '../transactions';

const STATUSES = ['completed', 'requires_verification', 'in_review', 'processing', 'authorised', 'unresolved', 'failed', 'cancelled', 'expired', 'reversed'] as const;

export function Activity() {
  const t = useText();
  const texts = useActivityText();
  const filters = useSearch({ from: '/inside/activity' });
  const navigate = useNavigate({ from: '/activity' });
  const describe = useDescribe();
  const { data: me } = useQuery(meQuery);
  const options = stillTransactionsQuery(filters, 25);
  const asked = useInfiniteQuery(options);
  const rows = useRows(asked);
  const newer = useNewer(filters, rows);
  const queries = useQueryClient();
  const isFiltered = Object.keys(filters).length > 0;
  const clear = () => void navigate({ search: {}, replace: true });
  return (
    <div className="mx-auto max-w-[760px]">
      <PageTitle action={<Link to="/statement" className={buttonClass('quiet', 'small', '-mr-3')}><FileText className="size-4" aria-hidden="true" />{t.home.statement}</Link>}>{texts.title}</PageTitle>
      <Filters />
      {/* Above the rows, in a place of its own: nothing moves when it comes. */}
      <div className="relative z-10 mx-auto -mb-3 h-3 w-fit" aria-live="polite">
        {newer > 0 && <Button size="small" className="enter shadow-overlay" onClick={() => void queries.resetQueries({ queryKey: options.queryKey })}>{t.activity.newer(newer)}</Button>}
      </div>
      <View asked={{ ...asked, data: rows }} skeleton={<Card className="mt-6"><RowsSkeleton rows={8} /></Card>} role={me?.role}>
        {(rows) => {
          if (rows.length === 0) {
            return (
              <Card className="mt-6">
                {isFiltered ? (
                  <NothingFound title={texts.filtered} text={texts.filteredText} onClear={clear} />
                ) : (
                  <Message title={texts.empty} text={texts.emptyText} action={<Link to="/add" className={buttonClass('primary', 'small')}>{t.home.add}</Link>} />
                )}
              </Card>
            );
          }
          return (
            <>
              {byDay(rows).map(([day, ofDay]) => (
                <Day key={day} rows={ofDay} describe={describe} />
              ))}
              {asked.hasNextPage && (
                <div className="mt-6 text-center">
                  <Button kind="secondary" busy={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>{t.act.more}</Button>
                </div>
              )}
            </>
          );
        }}
      </View>
    </div>
  );
}

/** Rows in the order in which they came, by the viewer's day. */
function byDay(rows: Transaction[]): [string, Transaction[]][] {
  const days = new Map<string, Transaction[]>();
  for (const row of rows) {
    const day = dayKey(new Date(row.created_at));
    days.set(day, [...(days.get(day) ?? []), row]);
  }
  return [...days];
}

function Day({ rows, describe }: { rows: Transaction[]; describe: ReturnType<typeof useDescribe> }) {
  const locale = useLocale();
  return (
    <section className="mt-6">
      <h2 className="mb-2 px-1 text-sm font-semibold text-ink-2">{dayName(locale, rows[0]!.created_at)}</h2>
      <Card className="overflow-hidden">
        <ul className="divide-y divide-line">{rows.map((row) => <TransactionRow key={row.id} transaction={row} describe={describe} />)}</ul>
      </Card>
    </section>
  );
}

function Filters() {
  const t = useText();
  const texts = useActivityText();
  const filters = useSearch({ from: '/inside/activity' });
  const navigate = useNavigate({ from: '/activity' });
  const { data: wallets } = useQuery(walletsQuery);
  const currencies = [...new Set(wallets?.data.map((wallet) => wallet.currency))].sort();
  const set = (changed: Partial<typeof filters>) =>
    void navigate({ search: (before) => Object.fromEntries(Object.entries({ ...before, ...changed }).filter(([, value]) => value)), replace: true });
  const select = (name: 'type' | 'status' | 'currency', label: string, options: [string, string][]) => (
    <Select hideLabel label={label} value={filters[name] ?? ''} onChange={(event) => set({ [name]: event.target.value })} className={`h-10 text-sm ${filters[name] ? 'border-brand font-medium' : 'text-ink-2'}`}>
      <option value="">{label}</option>
      {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
    </Select>
  );
  return (
    <div className="flex flex-col gap-2 sm:flex-row">
      <SearchField value={filters.q ?? ''} onChange={(q) => set({ q })} />
      <div className={`grid gap-2 ${currencies.length > 1 ? 'grid-cols-3' : 'grid-cols-2'} sm:w-auto`}>
        {select('type', t.activity.type, Object.entries(t.activity.types))}
        {select('status', texts.status, STATUSES.map((status) => [status, t.status[status]]))}
        {currencies.length > 1 && select('currency', texts.currency, currencies.map((one) => [one, one]))}
      </div>
    </div>
  );
}

/** What is typed is searched for once nothing more is typed for a moment. */
function SearchField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const texts = useActivityText();
  const [typed, setTyped] = useState(value);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onChange(typed.trim()), 250);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div className="relative flex-1">
      <Search className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-ink-3" aria-hidden="true" />
      <input
        type="search"
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        aria-label={texts.search}
        placeholder={texts.search}
        maxLength={200}
        className="h-10 w-full rounded-control border border-control bg-surface pr-3 pl-9 text-base placeholder:text-ink-3 hover:border-ink-3 focus:outline-2 focus:outline-focus sm:text-sm"
      />
    </div>
  );
}
