// The explorer of payments: one query bar, whose text is in the address; what is new waits until it is asked for, so that no row moves
// under the pointer.

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { UserRound } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';

import type { TransactionFilters } from '../../api/queries';
import { useRows } from '../../api/rows';
import type { Transaction } from '../../api/types';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { Message, NothingFound, View } from '../../design/states';
import { useLocale } from '../../i18n/language';
import { useKeys } from '../keys';
import { TableSkeleton } from '../parts/data-table';
import { PageHead } from '../parts/page';
import { useMyRole } from '../parts/role';
import { parseQuery, type Query, tidyQuery } from '../query';
import { usePaymentsText } from '../text/payments';
import { Chips, Facets } from './facets';
import { columnsOf, columnsText } from './columns';
import { countNewer, explorerQuery, homeCurrencyQuery, newestQuery, type Person, personQuery } from './data';
import { Export } from './export';
import { QueryBar } from './query-bar';
import { PaymentTable } from './table';
import { ColumnChoice, Views } from './views';

export function Payments() {
  const text = usePaymentsText();
  const { q = '', columns } = useSearch({ from: '/payments' });
  const navigate = useNavigate({ from: '/payments' });
  const { data: currencies = [] } = useQuery(homeCurrencyQuery);
  const home = currencies[0];
  // `after:24h` is meant from the moment it is asked for.
  const query = useMemo(() => parseQuery(q, { home }), [q, home]);
  const go = (next: { q?: string; columns?: string | undefined }) => {
    const search = { q: tidyQuery(next.q ?? q), columns: 'columns' in next ? next.columns : columns };
    void navigate({ search: { ...(search.q && { q: search.q }), ...(search.columns && { columns: search.columns }) }, replace: true });
  };
  const set = (words: string) => go({ q: words });
  const person = useQuery({ ...personQuery(query.person ?? ''), enabled: query.person !== null });
  const found = query.person === null ? null : person.data?.person;
  const sources = useMemo(() => sourcesOf(query, found), [query, found]);
  const shown = columnsOf(columns);
  return (
    <>
      <PageHead title={text.title} actions={<ColumnChoice columns={shown} onChange={(next) => go({ columns: columnsText(next) })} />} />
      <QueryBar value={q} onChange={set} />
      <Views q={q} columns={columns} onView={(view) => go(view)} />
      <Chips q={q} query={query} currencies={currencies} onChange={set} />
      {query.person !== null && !found && <View asked={person} skeleton={<div className="skeleton mt-4 h-16 rounded-card" />}>{({ users }) => <Who query={query} people={users} onChoose={(email) => set(q.split(/\s+/).map((word) => (word.includes('@') ? email : word)).join(' '))} />}</View>}
      {found && <OfPerson person={found} />}
      {sources && sources.length > 0 && <Rows sources={sources} q={q} query={query} columns={shown} onChange={set} />}
    </>
  );
}

/** The lists that a query asks for: one, or one for each wallet of a person. Nothing while it is not known whose. */
function sourcesOf(query: Query, person: Person | null | undefined): TransactionFilters[] | null {
  if (query.person === null) return [query.filters];
  if (!person) return null;
  const { currency, wallet_id } = query.filters;
  const wallets = person.wallets.filter((wallet) => (!currency || wallet.currency === currency) && (!wallet_id || wallet.id === wallet_id));
  return wallets.map((wallet) => ({ ...query.filters, wallet_id: wallet.id }));
}

function Who({ query, people, onChoose }: { query: Query; people: Person['user'][]; onChoose: (email: string) => void }) {
  const text = usePaymentsText();
  const who = query.person ?? '';
  if (people.length === 0) return <Card className="mt-4"><Message title={text.nobody(who)} text={text.nobodyText} /></Card>;
  return (
    <Card className="mt-4 overflow-hidden">
      <div className="border-b border-line px-5 py-3"><h2 className="text-sm font-semibold">{text.people(who)}</h2><p className="text-sm text-ink-2">{text.peopleText}</p></div>
      <ul className="divide-y divide-line">
        {people.map((user) => (
          <li key={user.id}>
            <button type="button" onClick={() => onChoose(user.email)} className="flex w-full flex-wrap items-center gap-x-3 gap-y-0.5 px-5 py-3 text-left text-sm hover:bg-sunken">
              <UserRound className="size-4 text-ink-3" aria-hidden="true" />
              <bdi className="font-medium">{user.name}</bdi>
              <span className="text-ink-2">{user.email}</span>
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function OfPerson({ person: { user, wallets } }: { person: Person }) {
  const text = usePaymentsText();
  const navigate = useNavigate();
  return (
    <p className="mt-4 flex flex-wrap items-center gap-x-2 gap-y-1 text-sm text-ink-2">
      <UserRound className="size-4 text-ink-3" aria-hidden="true" />
      <button type="button" onClick={() => void navigate({ to: `/customers/${user.id}` as '/' })} className="font-medium text-ink underline-offset-4 hover:underline"><bdi>{user.name}</bdi></button>
      <span>{user.email}</span>
      <span className="text-ink-3">{wallets.length === 0 ? text.noWallets : wallets.map((wallet) => wallet.currency).join(', ')}</span>
    </p>
  );
}

interface RowsProps {
  sources: readonly TransactionFilters[];
  q: string;
  query: Query;
  columns: ReturnType<typeof columnsOf>;
  onChange: (words: string) => void;
}

function Rows({ sources, q, query, columns, onChange }: RowsProps) {
  const text = usePaymentsText();
  const locale = useLocale();
  const role = useMyRole();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const options = explorerQuery(sources);
  const asked = useInfiniteQuery(options);
  const pages = asked.data?.pages;
  const flat = useMemo(() => pages?.flatMap((page) => page.data), [pages]);
  const rows = useRows({ ...asked, data: asked.data && { pages: [{ data: flat ?? [] }] } });
  const { data: newest } = useQuery({ ...newestQuery(sources), enabled: rows !== undefined && sources.length <= 5 });
  const newer = asked.isPlaceholderData ? 0 : countNewer(newest, flat);
  const [at, setAt] = useState<number>();
  const [selected, setSelected] = useState<ReadonlyMap<string, Transaction>>(new Map());
  useEffect(() => {
    setAt(undefined);
    setSelected(new Map());
  }, [q]);
  const toggle = useMemo(
    () => (row: Transaction) =>
      setSelected((before) => {
        const after = new Map(before);
        if (!after.delete(row.id)) after.set(row.id, row);
        return after;
      }),
    [],
  );
  const count = rows?.length ?? 0;
  useKeys({
    j: () => setAt((now) => Math.min((now ?? -1) + 1, count - 1)),
    k: () => setAt((now) => Math.max((now ?? 1) - 1, 0)),
    x: () => at !== undefined && rows?.[at] && toggle(rows[at]),
    Enter: (event) => {
      if (event.target === document.body && at !== undefined && rows?.[at]) void navigate({ to: '/payments/$id', params: { id: rows[at].id } });
    },
  });
  const { hasNextPage, isFetching, isError, fetchNextPage } = asked;
  const onEnd = useMemo(() => (hasNextPage && !isFetching && !isError ? () => void fetchNextPage() : undefined), [hasNextPage, isFetching, isError, fetchNextPage]);
  const areAll = count > 0 && selected.size === count;
  const head = <input type="checkbox" checked={areAll} onChange={() => setSelected(areAll ? new Map() : new Map(rows?.map((row) => [row.id, row])))} aria-label={text.selectAll} className="size-4 align-middle accent-brand" />;
  return (
    <>
      <div className="mt-4 mb-2 flex min-h-9 flex-wrap items-center gap-x-3 gap-y-2">
        <Facets q={q} rows={flat ?? []} onChange={onChange} />
        <div className="ml-auto flex items-center gap-3">
          {selected.size > 0 && (
            <span className="flex items-center gap-2 text-sm text-ink-2">
              {text.selected(selected.size)}
              <button type="button" onClick={() => setSelected(new Map())} className="rounded-md px-1 py-0.5 font-medium text-brand hover:underline">{text.clearSelection}</button>
            </span>
          )}
          <Export sources={sources} selected={[...selected.values()]} />
        </div>
      </div>
      <Card className="relative">
        {/* Above the rows, in a place of its own: nothing moves when it comes. */}
        <div className="absolute inset-x-0 -top-4 z-10 flex justify-center" aria-live="polite">
          {newer > 0 && <Button size="small" aria-label={`${text.newer(newer)}: ${text.showNewer}`} className="enter shadow-overlay" onClick={() => { window.scrollTo({ top: 0 }); void queries.resetQueries({ queryKey: options.queryKey }); }}>{text.newer(newer)}</Button>}
        </div>
        <View asked={{ ...asked, data: rows }} skeleton={<TableSkeleton />} role={role}>
          {(rows) =>
            rows.length > 0 ? (
              <PaymentTable rows={rows} columns={columns} {...(at !== undefined && { at })} selection={{ has: (id) => selected.has(id), toggle, head }} onEnd={onEnd} />
            ) : q ? (
              <NothingFound title={text.noMatch} text={text.noMatchText} onClear={() => onChange('')} />
            ) : (
              <Message title={text.none} text={text.noneText} />
            )
          }
        </View>
      </Card>
      {count > 0 && (
        <p className="mt-3 text-center text-xs text-ink-3" role="status">
          {isFetching && hasNextPage ? text.searching : text.loaded(new Intl.NumberFormat(locale).format(count), !hasNextPage)}
        </p>
      )}
      {query.words.length > 0 && count === 0 && isFetching && <p className="mt-3 text-center text-xs text-ink-3" role="status">{text.searching}</p>}
    </>
  );
}
