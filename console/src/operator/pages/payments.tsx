// The explorer of payments: one query bar, whose text is in the address; what is new waits until it is asked for, so that no row moves
// under the pointer.

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { meQuery, peopleQuery, stillTransactionsQuery } from '../../api/queries';
import { useNewer, useRows } from '../../api/rows';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { Message, NothingFound, View } from '../../design/states';
import { parseQuery, type Query, withWord } from '../query';
import { PaymentTable, TableSkeleton } from '../table';
import { text } from '../text';

const VIEWS: [keyof typeof text.views, string][] = [
  ['all', ''],
  ['unresolved', 'status:unresolved'],
  ['failed', 'status:failed'],
  ['processing', 'status:processing,authorised'],
  ['refunds', 'type:refund'],
  ['deposits', 'type:deposit'],
];

export function Payments() {
  const { q = '' } = useSearch({ from: '/payments' });
  const navigate = useNavigate({ from: '/payments' });
  const query = parseQuery(q);
  const set = (text: string) => void navigate({ search: text ? { q: text } : {}, replace: true });
  return (
    <>
      <h1 className="mb-5 text-xl font-semibold">{text.payments}</h1>
      <QueryBar value={q} onChange={set} />
      <div className="mt-3 flex flex-wrap items-center gap-1.5">
        {VIEWS.map(([name, preset]) => (
          <button key={name} type="button" aria-pressed={q === preset} onClick={() => set(preset)} className="h-8 rounded-full border border-line px-3 text-sm text-ink-2 hover:border-control aria-pressed:border-brand aria-pressed:bg-brand-tint aria-pressed:font-medium aria-pressed:text-brand">
            {text.views[name]}
          </button>
        ))}
      </div>
      <Wrong query={query} />
      {query.person && <People person={query.person} onWallet={(wallet) => set(withWord(q.split(/\s+/).filter((word) => !word.includes('@')).join(' '), 'wallet', wallet))} />}
      <Rows query={query} isFiltered={q !== ''} onClear={() => set('')} />
    </>
  );
}

function QueryBar({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || isTyping(event)) return;
      event.preventDefault();
      input.current?.select();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(typed.trim());
      }}
    >
      <div className="relative">
        <Search className="pointer-events-none absolute top-1/2 left-3.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden="true" />
        <input
          ref={input}
          type="search"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            if (event.target.value === '') onChange('');
          }}
          aria-label={text.query}
          aria-describedby="query-help"
          placeholder={text.queryHint}
          spellCheck={false}
          autoCapitalize="none"
          maxLength={400}
          className="h-11 w-full rounded-control border border-control bg-surface pr-3 pl-10 font-mono text-sm placeholder:text-ink-3 hover:border-ink-3 focus:outline-2 focus:outline-focus"
        />
      </div>
      <p id="query-help" className="mt-1.5 text-xs text-ink-3">{text.help} <span className="max-lg:hidden">{text.keys}.</span></p>
    </form>
  );
}

const isTyping = (event: KeyboardEvent) => event.target instanceof Element && event.target.matches('input, textarea, select, [contenteditable]');

function Wrong({ query }: { query: Query }) {
  const wrong = query.words.filter((word) => word.wrong);
  if (wrong.length === 0) return null;
  return (
    <div role="alert" className="mt-3 space-y-1 text-sm text-danger">
      {wrong.map((word) => <p key={word.text}><code className="font-mono">{word.text}</code>: {word.wrong}</p>)}
    </div>
  );
}

function People({ person, onWallet }: { person: string; onWallet: (wallet: string) => void }) {
  const asked = useQuery(peopleQuery(person));
  return (
    <section className="mt-4">
      <h2 className="mb-2 text-sm font-semibold">{text.people}</h2>
      <Card className="divide-y divide-line">
        <View asked={asked} skeleton={<div className="skeleton m-4 h-8" />}>
          {(found) =>
            found.length === 0 ? (
              <p className="p-4 text-sm text-ink-2">{text.noPeople}</p>
            ) : (
              found.map(({ user, wallets }) => (
                <div key={user.id} className="flex flex-wrap items-center gap-x-6 gap-y-2 px-5 py-3 text-sm">
                  <span className="min-w-0"><bdi className="font-medium">{user.name}</bdi> <span className="text-ink-2">{user.email}</span></span>
                  <span className="ml-auto flex flex-wrap gap-1.5">
                    {wallets.map((wallet) => (
                      <Button key={wallet.id} kind="secondary" size="small" onClick={() => onWallet(wallet.id)}>{wallet.currency}{wallet.label && <bdi className="text-ink-3">{wallet.label}</bdi>}</Button>
                    ))}
                  </span>
                </div>
              ))
            )
          }
        </View>
      </Card>
    </section>
  );
}

function Rows({ query, isFiltered, onClear }: { query: Query; isFiltered: boolean; onClear: () => void }) {
  const navigate = useNavigate({ from: '/payments' });
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  const options = stillTransactionsQuery(query.filters, 50);
  const asked = useInfiniteQuery(options);
  const rows = useRows(asked);
  const [at, setAt] = useState<number>();
  const newer = useNewer(query.filters, rows);
  useEffect(() => setAt(undefined), [rows?.[0]?.id]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!rows || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return;
      const row = rows[at ?? -1];
      if (event.key === 'j') setAt(Math.min((at ?? -1) + 1, rows.length - 1));
      else if (event.key === 'k') setAt(Math.max((at ?? 1) - 1, 0));
      else if (event.key === 'Enter' && row && event.target === document.body) void navigate({ to: '/payments/$id', params: { id: row.id } });
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [rows, at, navigate]);
  return (
    <>
      {/* Above the rows, in a place of its own: nothing moves when it comes. */}
      <div className="relative z-10 mx-auto h-5 w-fit" aria-live="polite">
        {newer > 0 && <Button size="small" className="enter shadow-overlay" onClick={() => void queries.resetQueries({ queryKey: options.queryKey })}>{text.newer(newer)}</Button>}
      </div>
      <Card className="overflow-hidden">
        <View asked={{ ...asked, data: rows }} skeleton={<TableSkeleton />} role={me?.role}>
          {(rows) =>
            rows.length > 0 ? (
              <PaymentTable rows={rows} {...(at !== undefined && { at })} />
            ) : isFiltered ? (
              <NothingFound title={text.noneMatch} text={text.noneMatchText} onClear={onClear} />
            ) : (
              <Message title={text.nonePayments} text={text.nonePaymentsText} />
            )
          }
        </View>
      </Card>
      {asked.hasNextPage && <div className="mt-5 text-center"><Button kind="secondary" busy={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>{text.loadMore}</Button></div>}
    </>
  );
}
