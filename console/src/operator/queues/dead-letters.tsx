// Dead letters by their cause: what was given up, and a way to handle it again or to let it be.

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { useRows } from '../../api/rows';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { View } from '../../design/states';
import { Field } from '../../design/field';
import { useLocale } from '../../i18n/language';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, COVER, PagedList } from '../parts/data-table';
import { Notice, PageHead } from '../parts/page';
import { FilterChips, Segments } from '../parts/filters';
import { useMayOperate, useMyRole } from '../parts/role';
import { type DeadLetter, deadLetterGroupsQuery, deadLettersQuery, replayQuery } from '../queries';
import { useQueuesText } from '../text/queues';

type Group = components['schemas']['DeadLetterGroup'];
type Waiting = components['schemas']['WaitingLetters'];
const STATES = ['waiting', 'replayed', 'discarded'] as const;

export function DeadLetters() {
  const text = useQueuesText();
  const navigate = useNavigate({ from: '/dead-letters' });
  const search = useSearch({ from: '/dead-letters' });
  const { state = 'waiting', replay, ...filters } = search;
  const role = useMyRole();
  const mayAct = useMayOperate() && state === 'waiting';
  const groups = useQuery({ ...deadLetterGroupsQuery({ state }), refetchInterval: 5_000 });
  const asked = useInfiniteQuery(deadLettersQuery({ ...filters, state }));
  const rows = useRows(asked);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [act, setAct] = useState<{ kind: 'replay'; filter: Waiting; count: number } | { kind: 'discard'; what: Waiting | DeadLetter[]; count: number }>();
  const go = (next: typeof search) => {
    setSelected(new Set());
    void navigate({ search: next, replace: true });
  };
  const inGroup = (groups.data?.data ?? []).filter((group) => (!filters.consumer || group.consumer === filters.consumer) && (!filters.cause || group.cause === filters.cause));
  const matching = filters.type || filters.feed ? undefined : inGroup.reduce((sum, group) => sum + group.count, 0);
  const chosen = rows?.filter((row) => selected.has(row.id)) ?? [];
  const toggle = (id: string) => {
    const next = new Set(selected);
    if (!next.delete(id)) next.add(id);
    setSelected(next);
  };
  const columns: Column<DeadLetter>[] = [
    ...(mayAct ? [{ key: 'box', head: '', cell: (row: DeadLetter) => <input type="checkbox" checked={selected.has(row.id)} onChange={() => toggle(row.id)} aria-label={text.select(row.id)} className="relative z-10 size-4 align-middle accent-brand" /> }] : []),
    { key: 'type', head: text.type, phone: 'a', cell: (row) => <Link to="/dead-letters/$id" params={{ id: row.id }} className={`font-mono text-xs ${COVER}`}>{row.type}</Link> },
    { key: 'subject', head: text.subject, cell: (row) => <span className="font-mono text-xs text-ink-2">{row.subject}</span> },
    { key: 'error', head: text.error, phone: 'c', wide: true, cell: (row) => <bdi className="text-ink-2" title={row.error}>{row.error}</bdi> },
    { key: 'consumer', head: text.consumer, cell: (row) => <span className="font-mono text-xs text-ink-2">{row.consumer}:{row.feed}</span> },
    { key: 'attempts', head: text.attempts, align: 'end', cell: (row) => <span className="tabular">{row.attempts}</span> },
    { key: 'last', head: text.last, phone: 'b', align: 'end', cell: (row) => <span className="text-ink-2"><At at={row.last_at} relative /></span> },
  ];
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <>
      <PageHead
        title={text.deadTitle}
        text={text.deadAbout}
        actions={
          mayAct && !!rows?.length && (
            <>
              <Button size="small" kind="quiet" onClick={() => setAct({ kind: 'discard', what: filters, count: matching ?? rows.length })}>{text.discardAll}</Button>
              <Button size="small" kind="secondary" onClick={() => setAct({ kind: 'replay', filter: filters, count: matching ?? rows.length })}>{text.replayAll}{matching !== undefined && ` (${matching})`}</Button>
            </>
          )
        }
      />
      {replay && <Progress id={replay} />}
      <Segments label={text.state} options={STATES.map((one) => [one, text.states[one]])} chosen={state} onChange={(next) => go(next === 'waiting' ? {} : { state: next })} />
      <View asked={groups} skeleton={<div className="skeleton mb-5 h-24 rounded-card" />} role={role}>
        {({ data }) => data.length > 0 && <Groups groups={data} chosen={filters} onChoose={(group) => go({ ...(state !== 'waiting' && { state }), consumer: group.consumer, cause: group.cause })} />}
      </View>
      <FilterChips filters={filters} onRemove={(name) => go({ ...search, [name]: undefined })} />
      {chosen.length > 0 && (
        <div className="mb-3 flex items-center gap-3 text-sm">
          <span className="text-ink-2">{text.selected(chosen.length)}</span>
          <Button size="small" kind="danger" onClick={() => setAct({ kind: 'discard', what: chosen, count: chosen.length })}>{text.discard}</Button>
        </div>
      )}
      <PagedList
        asked={asked}
        label={text.deadTitle}
        columns={columns}
        keyOf={(row) => row.id}
        onOpen={(row) => void navigate({ to: '/dead-letters/$id', params: { id: row.id } })}
        empty={{ title: text.noDead, text: text.noDeadText }}
        filtered={isFiltered || state !== 'waiting' ? { title: text.noDeadMatch, text: text.noDeadMatchText, onClear: () => go({}) } : undefined}
      />
      {act?.kind === 'replay' && <ReplayMany filter={act.filter} count={act.count} onStarted={(id) => go({ ...search, replay: id })} onClose={() => setAct(undefined)} />}
      {act?.kind === 'discard' && <Discard what={act.what} count={act.count} onClose={() => { setAct(undefined); setSelected(new Set()); }} />}
    </>
  );
}

function Groups({ groups, chosen, onChoose }: { groups: Group[]; chosen: { consumer?: string; cause?: string }; onChoose: (group: Group) => void }) {
  const text = useQueuesText();
  const locale = useLocale();
  return (
    <section className="mb-5" aria-label={text.causes}>
      <h2 className="mb-2 text-sm font-semibold">{text.causes}</h2>
      <Card className="overflow-hidden">
        <ul className="divide-y divide-line">
          {groups.map((group) => (
            <li key={`${group.consumer} ${group.cause}`}>
              <button type="button" aria-pressed={chosen.cause === group.cause && chosen.consumer === group.consumer} onClick={() => onChoose(group)} className="flex w-full flex-wrap items-center gap-x-5 gap-y-1 px-5 py-3 text-left text-sm hover:bg-sunken aria-pressed:bg-brand-tint">
                <span className="tabular w-12 text-base font-semibold">{new Intl.NumberFormat(locale).format(group.count)}</span>
                <bdi className="min-w-0 flex-1 basis-64 break-words">{group.cause}</bdi>
                <span className="font-mono text-xs text-ink-3">{group.consumer}</span>
                <span className="text-xs text-ink-3"><At at={group.first_at} /> – <At at={group.last_at} /></span>
              </button>
            </li>
          ))}
        </ul>
      </Card>
    </section>
  );
}

/** How far a replay is, until it has ended. */
function Progress({ id }: { id: string }) {
  const text = useQueuesText();
  const locale = useLocale();
  const { data } = useQuery(replayQuery(id));
  const queries = useQueryClient();
  const [seen, setSeen] = useState('');
  if (!data) return null;
  const done = data.replayed + data.failed;
  // The list shows what is left, as it becomes less.
  const mark = `${done} ${data.ended_at ?? ''}`;
  if (seen !== mark) {
    setSeen(mark);
    void queries.invalidateQueries({ queryKey: ['dead-letters'], predicate: (query) => query.queryKey[1] !== 'replays' });
  }
  const number = (value: number) => new Intl.NumberFormat(locale).format(value);
  return (
    <Notice tone={data.ended_at ? (data.failed > 0 ? 'warning' : 'success') : 'info'}>
      <div role="status">
        <p className="font-medium">{data.ended_at ? text.progressDone : text.progress}</p>
        <p className="tabular">{text.progressText(number(done), number(data.total))}{data.failed > 0 && ` · ${text.failedAgain(number(data.failed))}`}</p>
      </div>
      {!data.ended_at && <progress value={done} max={Math.max(data.total, 1)} aria-label={text.progress} className="mt-2 h-1.5 w-full max-w-sm accent-brand" />}
    </Notice>
  );
}

/** What of a filter is set. */
const named = ({ cause, consumer, feed, type }: Waiting) => ({ ...(cause && { cause }), ...(consumer && { consumer }), ...(feed && { feed }), ...(type && { type }) });

function ReplayMany({ filter, count, onStarted, onClose }: { filter: Waiting; count: number; onStarted: (id: string) => void; onClose: () => void }) {
  const text = useQueuesText();
  const body = { filter: named(filter) };
  return (
    <ActDialog
      title={text.replayManyTitle(count)}
      effects={text.replayManyEffects(count)}
      confirm={text.replay}
      stale={[['dead-letters'], ['queues']]}
      onClose={onClose}
      run={async (_, keyOf) => onStarted((await ask(api.POST('/api/v1/admin/dead-letters/replay', { params: { header: keyOf(body) }, body }))).id)}
    />
  );
}

/** Those that were chosen, one after the other, or all that wait and fit, a thousand at once. What is done stays done where one fails. */
function Discard({ what, count, onClose }: { what: DeadLetter[] | Waiting; count: number; onClose: () => void }) {
  const text = useQueuesText();
  const ended = useRef(0);
  const [done, setDone] = useState(0);
  const add = (more: number) => setDone((ended.current += more));
  return (
    <ActDialog
      title={text.discardManyTitle(count)}
      effects={text.discardEffects}
      confirm={text.discard}
      kind="danger"
      done={text.discarded}
      stale={[['dead-letters'], ['queues']]}
      onClose={onClose}
      run={async (form) => {
        const reason = String(form.get('reason')).trim();
        if (Array.isArray(what)) {
          for (const { id } of what.slice(ended.current)) {
            await ask(api.POST('/api/v1/admin/dead-letters/{id}/discard', { params: { path: { id } }, body: { reason } }));
            add(1);
          }
          return;
        }
        for (let more = true; more; ) {
          const answer = await ask(api.POST('/api/v1/admin/dead-letters/discard', { body: { filter: named(what), reason } }));
          add(answer.discarded);
          more = answer.has_more;
        }
      }}
    >
      <Field label={text.discardReason} name="reason" maxLength={500} required autoComplete="off" />
      {done > 0 && done < count && (
        <div>
          <p className="mb-1 text-sm text-ink-2" role="status">{text.discardingMany(done, count)}</p>
          <progress value={done} max={count} aria-label={text.discard} className="h-1.5 w-full accent-brand" />
        </div>
      )}
    </ActDialog>
  );
}
