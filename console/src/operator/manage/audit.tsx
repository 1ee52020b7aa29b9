// The audit log: filters in the address, each entry with what it changed and its place in the chain.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { ShieldCheck, ShieldX } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { healthQuery } from '../../api/queries';
import { useRows } from '../../api/rows';
import { chunk } from '../../chunk';
import { Card } from '../../design/card';
import { CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { At } from '../parts/at';
import { type Column, PagedList } from '../parts/data-table';
import { FilterChips } from '../parts/filters';
import { PageHead, Pair, Pairs } from '../parts/page';
import { Person } from '../parts/person';
import { Checks, PanelButton, Popover } from '../parts/popover';
import { SearchField } from '../parts/search-field';
import { Tag } from '../parts/tag';
import { type AuditEntry, auditQuery } from '../queries';
import { saveText } from '../save';
import { useCommon } from '../text/common';
import { useManageText } from '../text/manage';
import { changesOf } from './changes';
import { useDates } from './dates';

const Dialog = lazy(() => chunk(() => import('../../design/dialog')));
const TEXTS = ['act', 'actor', 'subject', 'address'] as const;

export function Audit() {
  const text = useManageText().audit;
  const common = useCommon();
  const navigate = useNavigate({ from: '/audit' });
  const search = useSearch({ from: '/audit' });
  const { entry, after, before, outcome, ...plain } = search;
  const range = useDates(after, before);
  const filters = { ...plain, ...range, ...((outcome === 'done' || outcome === 'refused') && { outcome: outcome as 'done' | 'refused' }) };
  const asked = useInfiniteQuery(auditQuery(filters));
  const rows = useRows(asked);
  const go = (next: Partial<Record<keyof typeof search, string | undefined>>) => void navigate({ search: Object.fromEntries(Object.entries({ ...search, ...next }).filter(([, value]) => value)), replace: true });
  const save = (type: string, ending: string) => void saveText(`/api/v1/audit?${new URLSearchParams(filters as Record<string, string>).toString()}`, type, `audit.${ending}`);
  const columns: Column<AuditEntry>[] = [
    { key: 'time', head: text.time, phone: 'c', cell: (row) => <span className="text-ink-2"><At at={row.time} /></span> },
    { key: 'act', head: text.act, phone: 'a', cell: (row) => <button type="button" onClick={() => go({ entry: String(row.no) })} className="font-mono text-xs font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus">{row.act}</button> },
    { key: 'actor', head: text.actor, phone: 'd', cell: (row) => <Actor entry={row} /> },
    { key: 'subject', head: text.subject, wide: true, cell: (row) => <span className="font-mono text-xs text-ink-2">{row.subject ?? ''}</span> },
    { key: 'address', head: text.address, cell: (row) => <span className="font-mono text-xs text-ink-2">{row.address ?? ''}</span> },
    { key: 'outcome', head: text.outcome, phone: 'b', align: 'end', cell: (row) => <Tag tone={row.outcome === 'done' ? 'quiet' : 'danger'}>{text.outcomes[row.outcome as 'done'] ?? row.outcome}</Tag> },
  ];
  const isFiltered = Object.keys(filters).length > 0;
  const place = rows?.findIndex((row) => String(row.no) === entry) ?? -1;
  return (
    <>
      <PageHead
        title={text.title}
        text={text.about}
        actions={
          <Popover label={text.export} align="end">
            {(close) => (
              <div className="w-56">
                <PanelButton onClick={() => { close(); save('text/csv', 'csv'); }}>{text.csv}</PanelButton>
                <PanelButton onClick={() => { close(); save('application/x-ndjson', 'ndjson'); }}>{text.ndjson}</PanelButton>
                <p className="px-2 py-1.5 text-xs text-ink-3">{text.exportText}</p>
              </div>
            )}
          </Popover>
        }
      />
      <Chain />
      <div className="mb-3 flex flex-wrap items-center gap-2">
        <SearchField label={text.search} value={search.q ?? ''} onChange={(q) => go({ q })} />
        <Popover label={common.filters} isOn={TEXTS.some((name) => search[name]) || !!after || !!before}>
          {(close) => (
            <form
              className="w-64 space-y-3 p-2"
              onSubmit={(event) => {
                event.preventDefault();
                const form = new FormData(event.currentTarget);
                go(Object.fromEntries([...TEXTS, 'after', 'before'].map((name) => [name, String(form.get(name)).trim()])));
                close();
              }}
            >
              <Field label={text.act} name="act" defaultValue={search.act} placeholder={text.actHint} className="!h-9" autoComplete="off" spellCheck={false} />
              <Field label={text.actor} name="actor" defaultValue={search.actor} placeholder={text.actorHint} className="!h-9" autoComplete="off" spellCheck={false} />
              <Field label={text.subject} name="subject" defaultValue={search.subject} placeholder={text.subjectHint} className="!h-9" autoComplete="off" spellCheck={false} />
              <Field label={text.address} name="address" defaultValue={search.address} className="!h-9" autoComplete="off" spellCheck={false} />
              <div className="grid grid-cols-2 gap-2">
                <Field label="≥" name="after" type="date" defaultValue={after} className="!h-9 !px-2 !text-sm" />
                <Field label="<" name="before" type="date" defaultValue={before} className="!h-9 !px-2 !text-sm" />
              </div>
              <button type="submit" className="h-9 w-full rounded-control bg-brand text-sm font-medium text-on-brand">{common.apply}</button>
            </form>
          )}
        </Popover>
        <Popover label={text.outcome} isOn={!!outcome}>{() => <Checks legend={text.outcome} options={[['done', text.outcomes.done], ['refused', text.outcomes.refused]]} chosen={outcome ? [outcome] : []} onChange={(next) => go({ outcome: next.at(-1) })} />}</Popover>
      </div>
      <FilterChips filters={{ act: search.act, actor: search.actor, subject: search.subject, address: search.address, after, before }} onRemove={(name) => go({ [name]: undefined })} />
      <PagedList
        asked={asked}
        label={text.title}
        columns={columns}
        keyOf={(row) => String(row.no)}
        onOpen={(row) => go({ entry: String(row.no) })}
        empty={{ title: text.none, text: text.noneText }}
        filtered={isFiltered ? { title: text.noMatch, text: text.noMatchText, onClear: () => void navigate({ search: {}, replace: true }) } : undefined}
      />
      {place >= 0 && rows && <Entry entry={rows[place]!} previous={isFiltered ? undefined : rows[place + 1]} onClose={() => go({ entry: undefined })} />}
    </>
  );
}

function Actor({ entry }: { entry: AuditEntry }) {
  const text = useManageText().audit;
  if (entry.actor) return <span className="relative z-10"><Person id={entry.actor} /></span>;
  return <span className="text-ink-2">{text.kinds[entry.actor_kind as keyof typeof text.kinds] ?? entry.actor_kind}</span>;
}

/** Whether the chain is as it was written, as far as the node watches. */
function Chain() {
  const text = useManageText().audit;
  const { data } = useQuery(healthQuery);
  const trail = data?.checks['audit_trail'];
  if (!trail) return null;
  const isWell = trail.status === 'ok';
  const Icon = isWell ? ShieldCheck : ShieldX;
  return (
    <Card className={`mb-4 flex gap-3 px-5 py-3.5 text-sm ${isWell ? '' : 'border-danger bg-danger-tint'}`}>
      <Icon className={`size-5 shrink-0 ${isWell ? 'text-success' : 'text-danger'}`} aria-hidden="true" />
      <div><p className="font-medium">{isWell ? text.chainOk : text.chainWrong}</p><p className="text-ink-2">{trail.detail ?? text.chainText}</p></div>
    </Card>
  );
}

const shown = (value: unknown) => (value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value));

function Entry({ entry, previous, onClose }: { entry: AuditEntry; previous: AuditEntry | undefined; onClose: () => void }) {
  const text = useManageText().audit;
  const [all] = useState(() => changesOf(entry.details as Record<string, unknown>));
  const hasBefore = all.some((change) => 'before' in change);
  return (
    <Suspense>
      <Dialog open onClose={onClose} title={`${entry.act}`} text={text.entry(entry.no)}>
        <Pairs>
          <Pair name={text.time}><At at={entry.time} /></Pair>
          <Pair name={text.actor}><Actor entry={entry} /></Pair>
          <Pair name={text.outcome}><Tag tone={entry.outcome === 'done' ? 'quiet' : 'danger'}>{text.outcomes[entry.outcome as 'done'] ?? entry.outcome}</Tag></Pair>
          {entry.subject && <Pair name={text.subject}><CopyId id={entry.subject} /></Pair>}
          {entry.credential && <Pair name={text.credential}><CopyId id={entry.credential} /></Pair>}
          {entry.address && <Pair name={text.address}><span className="font-mono text-xs">{entry.address}</span></Pair>}
          {entry.user_agent && <Pair name={text.userAgent}><bdi className="text-xs break-all text-ink-2">{entry.user_agent}</bdi></Pair>}
          {entry.request_id && <Pair name={text.request}><CopyId id={entry.request_id} /></Pair>}
        </Pairs>
        <h3 className="mt-4 mb-1 text-sm font-semibold">{text.details}</h3>
        {all.length === 0 ? (
          <p className="text-sm text-ink-2">{text.noDetails}</p>
        ) : (
          <table className="w-full text-sm">
            <thead><tr className="text-left text-xs text-ink-3"><th scope="col" className="py-1 pr-3 font-medium">{text.field}</th>{hasBefore && <th scope="col" className="py-1 pr-3 font-medium">{text.before}</th>}<th scope="col" className="py-1 font-medium">{text.after}</th></tr></thead>
            <tbody className="divide-y divide-line">
              {all.map(({ name, before, after }) => (
                <tr key={name}>
                  <th scope="row" className="py-1.5 pr-3 text-left font-mono text-xs font-normal text-ink-2">{name}</th>
                  {hasBefore && <td className="py-1.5 pr-3 break-words text-danger"><bdi>{shown(before)}</bdi></td>}
                  <td className={`py-1.5 break-all ${hasBefore ? 'text-success' : ''}`}><bdi>{shown(after)}</bdi></td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        <h3 className="mt-4 mb-1 text-sm font-semibold">{text.chain}</h3>
        <div className="space-y-2 text-xs text-ink-3">
          <p>{text.hash}<br /><CopyId id={entry.hash} /></p>
          {previous && <p>{text.previous}<br /><CopyId id={previous.hash} /></p>}
        </div>
      </Dialog>
    </Suspense>
  );
}
