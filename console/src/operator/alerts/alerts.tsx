// What operators are alerted of: how bad it is, since when, how often, and who looks after it.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { meQuery } from '../../api/queries';
import { useLocale } from '../../i18n/language';
import { At } from '../parts/at';
import { type Column, COVER, PagedList } from '../parts/data-table';
import { FilterChips, Segments } from '../parts/filters';
import { PageHead } from '../parts/page';
import { Person } from '../parts/person';
import { useMayOperate } from '../parts/role';
import { useAlertsText } from '../text/alerts';
import { useCommon } from '../text/common';
import { useWorkText } from '../text/work';
import { type AlertAct, AlertActing } from './acts';
import { alertsQuery } from './data';
import { AlertTag, SeverityTag } from './tags';
import { type Alert, SEVERITIES, STATES } from './types';

/** What is amiss, and with what. */
export function useAlertTitle(): (alert: Pick<Alert, 'kind' | 'subject' | 'scenario'>) => string {
  const text = useAlertsText();
  return ({ kind, subject, scenario }) => [text.kinds[kind as keyof typeof text.kinds] ?? kind, subject, scenario].filter(Boolean).join(' · ');
}

export function Alerts() {
  const text = useAlertsText();
  const common = useCommon();
  const work = useWorkText();
  const locale = useLocale();
  const navigate = useNavigate({ from: '/alerts' });
  const search = useSearch({ from: '/alerts' });
  const mayAct = useMayOperate();
  const title = useAlertTitle();
  const { data: me } = useQuery(meQuery);
  const [act, setAct] = useState<{ act: AlertAct; alert: Alert }>();
  const severity = SEVERITIES.find((one) => one === search.severity);
  const status = STATES.find((one) => one === search.status);
  const mine = search.owner === 'me';
  const asked = useInfiniteQuery(alertsQuery({ ...(severity && { severity }), ...(status && { status }), ...(search.kind && { kind: search.kind }), ...(mine && me && { owner: me.id }) }));
  const go = (changed: Record<string, string>) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value);
    void navigate({ search: Object.fromEntries(next), replace: true });
  };
  const columns: Column<Alert>[] = [
    { key: 'severity', head: text.columns.severity, phone: 'b', cell: (row) => <SeverityTag severity={row.severity} /> },
    {
      key: 'what',
      head: text.columns.what,
      phone: 'a',
      wide: true,
      cell: (row) => (
        <>
          <Link to={`/alerts/${row.id}` as '/'} className={COVER}><bdi>{title(row)}</bdi></Link>
          <span className="block truncate text-xs text-ink-2">{row.evidence.at(-1)?.says}</span>
        </>
      ),
    },
    { key: 'count', head: text.columns.count, align: 'end', cell: (row) => <span className="tabular text-ink-2">{row.count.toLocaleString(locale)}</span> },
    { key: 'last', head: text.columns.last, phone: 'c', cell: (row) => <span className="text-ink-2"><At at={row.last_at} relative /></span> },
    { key: 'owner', head: work.owner, cell: (row) => (row.owner ? <span className="relative z-10"><Person id={row.owner} /></span> : <span className="text-ink-3">–</span>) },
    { key: 'status', head: text.columns.state, phone: 'd', align: 'end', cell: (row) => <AlertTag alert={row} /> },
  ];
  return (
    <>
      <PageHead title={common.pages.alerts} text={text.about} />
      <div className="flex flex-wrap gap-x-6">
        <Segments label={text.columns.severity} options={[['', common.all], ...SEVERITIES.map((one) => [one, text.severities[one]] as const)]} chosen={severity ?? ''} onChange={(next) => go({ severity: next })} />
        <Segments label={text.columns.state} options={[['', text.states.unresolved], ...STATES.slice(1).map((one) => [one, text.states[one]] as const)]} chosen={status && status !== 'unresolved' ? status : ''} onChange={(next) => go({ status: next })} />
        <Segments label={work.owner} options={[['', common.all], ['me', work.mine]]} chosen={mine ? 'me' : ''} onChange={(next) => go({ owner: next })} />
      </div>
      <FilterChips filters={{ kind: search.kind }} onRemove={(name) => go({ [name]: '' })} />
      <PagedList
        asked={asked}
        label={common.pages.alerts}
        columns={columns}
        keyOf={(row) => row.id}
        onOpen={(row) => void navigate({ to: `/alerts/${row.id}` as '/' })}
        rowKeys={mayAct ? { e: (alert) => alert.status === 'open' && setAct({ act: 'acknowledge', alert }) } : undefined}
        empty={{ title: text.none, text: text.noneText }}
        filtered={severity || (status && status !== 'unresolved') || mine || search.kind ? { title: text.noMatch, text: text.noMatchText, onClear: () => void navigate({ search: {}, replace: true }) } : undefined}
      />
      {mayAct && <p className="mt-4 text-sm text-ink-3">{text.keys}</p>}
      {act && <AlertActing {...act} onClose={() => setAct(undefined)} />}
    </>
  );
}
