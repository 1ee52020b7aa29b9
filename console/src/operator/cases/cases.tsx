// The inbox of cases: what an operator has to look at, the most urgent first.

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { toProblem } from '../../api/problem';
import { meQuery } from '../../api/queries';
import { Amount } from '../../design/amount';
import { Button } from '../../design/button';
import { toastDone, toastProblem, toastText } from '../../design/toast';
import { useKeys } from '../keys';
import { type Column, COVER, PagedList } from '../parts/data-table';
import { Segments } from '../parts/filters';
import { AssignDialog } from '../parts/owner';
import { PageHead } from '../parts/page';
import { Person } from '../parts/person';
import { useMayOperate } from '../parts/role';
import { useCasesText } from '../text/cases';
import { useCommon } from '../text/common';
import { useWorkText } from '../text/work';
import { assignAll, casesQuery, takeNext } from './data';
import { CaseTag, Due, Priority } from './tags';
import { type Case, QUEUES, type Queue, STATES } from './types';

/** Takes the next case and goes to it; says so where none waits. */
export function useNext(queue: Queue | undefined): () => Promise<void> {
  const text = useCasesText();
  const navigate = useNavigate();
  const queries = useQueryClient();
  return async () => {
    try {
      const next = await takeNext(queue ? [queue] : []);
      void queries.invalidateQueries({ queryKey: ['cases', 'list'] });
      await navigate({ to: `/cases/${next.id}` as '/', search: (queue ? { queue } : {}) as never });
    } catch (error) {
      if (toProblem(error).status === 404) toastText(text.nothingWaits);
      else toastProblem(error);
    }
  };
}

export const queueOf = (name: string | undefined): Queue | undefined => QUEUES.find((one) => one === name);

export function Cases() {
  const text = useCasesText();
  const common = useCommon();
  const work = useWorkText();
  const navigate = useNavigate({ from: '/cases' });
  const search = useSearch({ from: '/cases' });
  const mayAct = useMayOperate();
  const { data: me } = useQuery(meQuery);
  const queue = queueOf(search.queue);
  const show = search.show === 'mine' ? 'mine' : (STATES.find((one) => one === search.show) ?? 'open');
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [assigning, setAssigning] = useState(false);
  const filters = { ...(queue && { queue }), ...(show === 'mine' ? { ...(me && { owner: me.id }), status: 'assigned' as const } : { status: show }) };
  const asked = useInfiniteQuery(casesQuery(filters));
  const next = useNext(queue);
  const go = (changed: Record<string, string>) => {
    setChosen(new Set());
    void navigate({ search: Object.fromEntries(Object.entries({ ...search, ...changed }).filter(([, value]) => value)), replace: true });
  };
  const open = (id: string) => void navigate({ to: `/cases/${id}` as '/', search: (queue ? { queue } : {}) as never });
  const toggle = (id: string) => setChosen((before) => new Set(before.has(id) ? [...before].filter((one) => one !== id) : [...before, id]));
  useKeys(mayAct ? { n: () => void next() } : {});
  const columns: Column<Case>[] = [
    ...(mayAct && show !== 'closed' ? [{ key: 'choose', head: text.choose, cell: (row: Case) => <input type="checkbox" checked={chosen.has(row.id)} onChange={() => toggle(row.id)} aria-label={text.chooseOne(row.title)} className="relative z-10 size-4 accent-brand" /> }] : []),
    { key: 'priority', head: text.columns.priority, cell: (row) => <Priority priority={row.priority} /> },
    { key: 'title', head: text.columns.title, phone: 'a', wide: true, cell: (row) => <><Link to={`/cases/${row.id}` as '/'} search={(queue ? { queue } : {}) as never} className={COVER}><bdi>{row.title}</bdi></Link><span className="block truncate text-xs text-ink-2">{text.queues[row.queue]}{row.hits > 1 && ` · ${text.hits(row.hits)}`}{row.proposal && ` · ${text.waitsForSecond}`}</span></> },
    { key: 'amount', head: text.columns.amount, phone: 'd', align: 'end', cell: (row) => (row.amount && row.currency ? <Amount amount={row.amount} currency={row.currency} code /> : <span className="text-ink-3">–</span>) },
    { key: 'due', head: text.columns.due, phone: 'c', cell: (row) => <Due of={row} /> },
    { key: 'owner', head: work.owner, cell: (row) => (row.owner ? <span className="relative z-10"><Person id={row.owner} /></span> : <span className="text-ink-3">–</span>) },
    { key: 'state', head: text.columns.state, phone: 'b', align: 'end', cell: (row) => <CaseTag state={row.state} /> },
  ];
  return (
    <>
      <PageHead title={common.pages.cases} text={text.about} actions={mayAct && <Button size="small" onClick={() => void next()}>{text.next} <kbd className="rounded border border-current px-1 font-sans text-xs opacity-80" aria-hidden="true">N</kbd></Button>} />
      <div className="flex flex-wrap gap-x-6">
        <Segments label={text.columns.state} options={[['', text.show.open], ['mine', work.mine], ...STATES.slice(1).map((one) => [one, text.show[one]] as const)]} chosen={show === 'open' ? '' : show} onChange={(value) => go({ show: value })} />
        <Segments label={text.columns.queue} options={[['', common.all], ...QUEUES.map((one) => [one, text.queues[one]] as const)]} chosen={queue ?? ''} onChange={(value) => go({ queue: value })} />
      </div>
      {chosen.size > 0 && (
        <div className="mb-3 flex flex-wrap items-center gap-3 rounded-control bg-brand-tint px-4 py-2 text-sm" role="status">
          <span>{text.chosen(chosen.size)}</span>
          <Button size="small" kind="secondary" onClick={() => setAssigning(true)}>{work.assign}</Button>
          <Button size="small" kind="quiet" onClick={() => setChosen(new Set())}>{common.clear}</Button>
        </div>
      )}
      <PagedList
        asked={asked}
        label={common.pages.cases}
        columns={columns}
        keyOf={(row) => row.id}
        onOpen={(row) => open(row.id)}
        rowKeys={mayAct ? { x: (row) => toggle(row.id) } : undefined}
        empty={{ title: text.none, text: text.noneText }}
        filtered={queue || show !== 'open' ? { title: text.noMatch, text: text.noMatchText, onClear: () => void navigate({ search: {}, replace: true }) } : undefined}
      />
      {mayAct && <p className="mt-4 text-sm text-ink-3">{text.keys}</p>}
      {assigning && (
        <AssignDialog
          title={text.assignMany(chosen.size)}
          owner={null}
          stale={[['cases']]}
          onClose={() => setAssigning(false)}
          run={async (owner) => {
            const { assigned, refused } = await assignAll([...chosen], owner);
            setChosen(new Set(refused.map((one) => one.id)));
            if (assigned.length > 0) toastDone(text.assignedMany(assigned.length));
            if (refused[0]) toastText(text.refusedMany(refused.length, refused[0].detail));
          }}
        />
      )}
    </>
  );
}
