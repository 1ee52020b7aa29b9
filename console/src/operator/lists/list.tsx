// One list: what is on it, until when and why; more of it, less of it.

import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { Plus, X } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { ApiProblem, toProblem } from '../../api/problem';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { View } from '../../design/states';
import { toastDone } from '../../design/toast';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, PagedList } from '../parts/data-table';
import { findPerson } from '../parts/find-person';
import { Back, Columns, LINK, PageHead, Pair, Pairs, Section } from '../parts/page';
import { Person } from '../parts/person';
import { useMayOperate, useMyRole } from '../parts/role';
import { SearchField } from '../parts/search-field';
import { Tag } from '../parts/tag';
import { newest, rulesQuery } from '../rules/data';
import { useCommon } from '../text/common';
import { useListsText } from '../text/lists';
import { asksAbout, entriesQuery, type Entry, linesOf, listQuery, type RiskList } from './data';

export function ListPage() {
  const common = useCommon();
  const { id } = useParams({ from: '/lists/$id' });
  const asked = useQuery(listQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to="/lists">{common.pages.lists}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(list) => <Shown list={list} />}</View>
    </>
  );
}

function Shown({ list }: { list: RiskList }) {
  const text = useListsText();
  const common = useCommon();
  const navigate = useNavigate({ from: '/lists/$id' });
  const mayAct = useMayOperate();
  const { q = '' } = useSearch({ from: '/lists/$id' });
  const [act, setAct] = useState<'add' | 'delete' | Entry>();
  const { data: rules } = useQuery(rulesQuery);
  const asked = useInfiniteQuery(entriesQuery(list.id, q));
  const asking = rules?.data.filter((row) => asksAbout(newest(row), list.name) || asksAbout(row.in_force, list.name)) ?? [];
  const go = (next: string) => void navigate({ search: next ? { q: next } : {}, replace: true });
  const close = () => setAct(undefined);
  const add = mayAct && <Button size="small" onClick={() => setAct('add')}><Plus className="size-4" aria-hidden="true" />{text.add}</Button>;
  const columns: Column<Entry>[] = [
    { key: 'value', head: text.entryColumns.value, phone: 'a', cell: (row) => (list.kind === 'users' ? <Person id={row.value} /> : <bdi className="font-mono text-xs wrap-anywhere">{row.value}</bdi>) },
    { key: 'note', head: text.entryColumns.note, phone: 'c', wide: true, cell: (row) => <bdi className="text-ink-2">{row.note}</bdi> },
    { key: 'until', head: text.entryColumns.until, phone: 'd', cell: (row) => <Until at={row.expires_at} /> },
    { key: 'by', head: text.entryColumns.by, cell: (row) => <Person id={row.added_by} /> },
    { key: 'at', head: text.entryColumns.at, cell: (row) => <span className="text-ink-2"><At at={row.added_at} /></span> },
    ...(mayAct ? [{ key: 'act', head: '', phone: 'b' as const, align: 'end' as const, cell: (row: Entry) => <button type="button" onClick={() => setAct(row)} aria-label={text.removeName(row.value)} className="grid size-8 place-items-center rounded-control text-ink-3 hover:bg-sunken hover:text-danger"><X className="size-4" aria-hidden="true" /></button> }] : []),
  ];
  return (
    <>
      <PageHead name={list.name} title={<span className="font-mono">{list.name}</span>} text={list.description && <bdi>{list.description}</bdi>} actions={<>{add}{mayAct && <Button size="small" kind="secondary" onClick={() => setAct('delete')}>{text.delete}</Button>}</>} />
      <Columns
        aside={
          <Section title={common.details}>
            <Pairs>
              <Pair name={text.columns.kind}>{text.kinds[list.kind]}</Pair>
              <Pair name={text.askedBy}>{asking.length === 0 ? <span className="text-ink-3">{text.askedByNone}</span> : asking.map((row) => <Link key={row.code} to="/rules/$code" params={{ code: row.code }} className={`block ${LINK}`}>{newest(row).name}</Link>)}</Pair>
              <Pair name={text.columns.by}><Person id={list.created_by} /></Pair>
              <Pair name={text.columns.at}><At at={list.created_at} /></Pair>
              <Pair name="Id"><CopyId id={list.id} /></Pair>
            </Pairs>
          </Section>
        }
      >
        <div>
          <div className="mb-4"><SearchField label={text.searchEntries} value={q} onChange={go} /></div>
          <PagedList asked={asked} label={text.entries} columns={columns} keyOf={(row) => row.value} empty={{ title: text.noEntries, text: text.noEntriesText, action: add }} filtered={q ? { title: text.noMatch, text: text.noMatchText, onClear: () => go('') } : undefined} />
        </div>
      </Columns>
      {act === 'add' && <Add list={list} onClose={close} />}
      {act === 'delete' && (
        <ActDialog title={text.delete} effects={text.deleteEffects} confirm={text.delete} kind="danger" done={text.deleted} stale={[['lists', 'all']]} onClose={close} run={async () => { await ask(api.DELETE('/api/v1/lists/{id}', { params: { path: { id: list.id } } })); void navigate({ to: '/lists' }); }} />
      )}
      {typeof act === 'object' && (
        <ActDialog title={text.remove} effects={[text.removeEffects(act.value)]} confirm={text.remove} kind="danger" done={text.removed} stale={[['lists', 'entries', list.id]]} onClose={close} run={() => ask(api.POST('/api/v1/lists/{id}/entries/remove', { params: { path: { id: list.id } }, body: { value: act.value } }))} />
      )}
    </>
  );
}

function Until({ at }: { at: string | null | undefined }) {
  const text = useListsText();
  if (!at) return <span className="text-ink-3">{text.forGood}</span>;
  return new Date(at) <= new Date() ? <Tag>{text.expired}</Tag> : <At at={at} />;
}

/** One value, or one in each line. */
function Add({ list, onClose }: { list: RiskList; onClose: () => void }) {
  const text = useListsText();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const lines = linesOf(typed);
  return (
    <ActDialog
      title={text.add}
      effects={text.addEffects}
      confirm={lines.length > 1 ? text.addMany(lines.length) : text.add}
      disabled={lines.length === 0}
      onClose={onClose}
      run={async (form) => {
        const until = String(form.get('until'));
        const shared = { note: String(form.get('note')).trim(), ...(until && { expires_at: new Date(`${until}T23:59:59`).toISOString() }) };
        // What could be added stays; what could not stands in the field, with the reason.
        const left: string[] = [];
        let wrong = '';
        for (const line of lines) {
          try {
            const value = list.kind === 'users' ? ((await findPerson(line)) ?? line) : line;
            await ask(api.POST('/api/v1/lists/{id}/entries', { params: { path: { id: list.id } }, body: { value, ...shared } }));
          } catch (error) {
            left.push(line);
            wrong ||= toProblem(error).message;
          }
        }
        await queries.invalidateQueries({ queryKey: ['lists', 'entries', list.id] });
        if (lines.length > left.length) toastDone(text.added(lines.length - left.length));
        if (left.length === 0) return true;
        setTyped(left.join('\n'));
        throw new ApiProblem({ status: 0, code: 'not_added', detail: left.length > 1 ? `${text.notAdded(left.length)} ${wrong}` : wrong });
      }}
    >
      <label className="block text-sm font-medium">
        {text.values}
        <textarea value={typed} onChange={(event) => setTyped(event.target.value)} rows={4} spellCheck={false} autoCapitalize="none" className="mt-1.5 block w-full rounded-control border border-control bg-surface p-3 font-mono text-sm hover:border-ink-3 focus:outline-2 focus:outline-focus" />
        <span className="mt-1.5 block font-normal text-ink-3">{text.valueHints[list.kind]} {text.perLine}</span>
      </label>
      <Field label={text.entryColumns.note} name="note" maxLength={500} autoComplete="off" />
      <Field label={text.untilLabel} name="until" type="date" min={new Date().toISOString().slice(0, 10)} hint={text.untilHint} />
    </ActDialog>
  );
}
