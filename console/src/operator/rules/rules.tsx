// The rules of risk: what each asks and does, and how often it hit.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { History, Plus } from 'lucide-react';
import { useState } from 'react';

import { buttonClass } from '../../design/button';
import { Card } from '../../design/card';
import { useLocale } from '../../i18n/language';
import { At } from '../parts/at';
import { type Column, COVER, List } from '../parts/data-table';
import { Segments } from '../parts/filters';
import { LINK, Notice, PageHead } from '../parts/page';
import { Person } from '../parts/person';
import { PanelButton, Popover } from '../parts/popover';
import { useMayOperate } from '../parts/role';
import { SearchField } from '../parts/search-field';
import { useCommon } from '../text/common';
import { useRulesText } from '../text/rules';
import { newest, type RuleBody, rulesQuery, snoozesQuery, useHitRate, useRuleLanguage } from './data';
import { Import, saveRules } from './exchange';
import { shortSentence } from './sentence';
import { ModeTag, PrecisionOf, StateTag } from './tags';

const MODES = ['live', 'shadow', 'off'] as const;

export function Rules() {
  const text = useRulesText();
  const common = useCommon();
  const navigate = useNavigate({ from: '/rules' });
  const { q = '', mode } = useSearch({ from: '/rules' });
  const locale = useLocale();
  const mayAct = useMayOperate();
  const language = useRuleLanguage();
  const rate = useHitRate();
  const [importing, setImporting] = useState(false);
  const asked = useQuery(rulesQuery);
  const { data: snoozes = [] } = useQuery(snoozesQuery);
  const known = MODES.find((one) => one === mode);
  const sentenceOf = (row: RuleBody) => (language ? shortSentence(newest(row), language) : row.sentence);
  const fits = (row: RuleBody) => (!known || (newest(row).mode ?? 'live') === known) && `${row.code} ${newest(row).name} ${sentenceOf(row)}`.toLowerCase().includes(q.toLowerCase());
  const go = (changed: { q?: string; mode?: string }) => {
    const next = { q, mode: known ?? '', ...changed };
    void navigate({ search: { ...(next.q && { q: next.q }), ...(next.mode && { mode: next.mode }) }, replace: true });
  };
  const make = mayAct && <Link to="/rules/new-rule" className={buttonClass('primary', 'small')}><Plus className="size-4" aria-hidden="true" />{text.newRule}</Link>;
  const columns: Column<RuleBody>[] = [
    {
      key: 'name',
      head: text.columns.rule,
      phone: 'a',
      wide: true,
      cell: (row) => (
        <>
          <Link to="/rules/$code" params={{ code: row.code }} className={COVER}><bdi>{newest(row).name}</bdi></Link>
          <span className="block truncate text-xs text-ink-2">{sentenceOf(row)}</span>
        </>
      ),
    },
    { key: 'state', head: text.columns.draft, cell: (row) => <StateTag state={row.state} /> },
    { key: 'snoozes', head: text.columns.snoozes, align: 'end', cell: (row) => <span className="tabular text-ink-2">{snoozes.filter((one) => one.rule === row.code).length || '–'}</span> },
    { key: 'hits', head: text.columns.hits, phone: 'c', align: 'end', cell: (row) => <span className="tabular"><span className="md:hidden">{text.columns.hits}: </span>{row.hit_rate.hits.toLocaleString(locale)}</span> },
    { key: 'rate', head: text.columns.rate, phone: 'd', align: 'end', cell: (row) => <span className="tabular text-ink-2" title={text.asked(row.hit_rate.asked.toLocaleString(locale))}>{rate(row.hit_rate)}</span> },
    { key: 'precision', head: text.columns.precision, align: 'end', cell: (row) => <PrecisionOf row={row} /> },
    { key: 'mode', head: text.columns.mode, phone: 'b', align: 'end', cell: (row) => <ModeTag mode={newest(row).mode} /> },
  ];
  const version = asked.data?.version;
  return (
    <>
      <PageHead
        title={common.pages.rules}
        text={version?.published_by ? <>{text.about} {text.inForce(version.version)} <At at={version.published_at} />.</> : text.about}
        actions={
          <>
            {make}
            <Link to="/rules/all-versions" className={buttonClass('secondary', 'small')}><History className="size-4" aria-hidden="true" />{text.versions}</Link>
            <Popover label={common.actions} align="end">
              {(close) => (
                <>
                  {version && <PanelButton onClick={() => { close(); void saveRules(version.version); }}>{text.exportAll}</PanelButton>}
                  {mayAct && <PanelButton onClick={() => { close(); setImporting(true); }}>{text.import}</PanelButton>}
                </>
              )}
            </Popover>
          </>
        }
      />
      {asked.data?.draft && (
        <Notice action={<Link to="/rules/current-draft" className={buttonClass('secondary', 'small')}>{text.openDraft}</Link>}>
          {text.draftBy(asked.data.data.filter((row) => row.state !== 'in_force').length)} {asked.data.draft.authors.map((id, at) => <span key={id}>{at > 0 && ', '}<Person id={id} /></span>)}
        </Notice>
      )}
      <div className="mb-4 flex flex-wrap items-start justify-between gap-x-4 gap-y-3 [&>[role=group]]:mb-0">
        <SearchField label={text.search} value={q} onChange={(next) => go({ q: next })} />
        <Segments label={text.columns.mode} options={[['', common.all], ...MODES.map((one) => [one, text.modes[one]] as const)]} chosen={known ?? ''} onChange={(next) => go({ mode: next })} />
      </div>
      <Card className="overflow-hidden" tour="rules">
        <List
          asked={{ ...asked, data: asked.data?.data.filter(fits) }}
          label={common.pages.rules}
          columns={columns}
          keyOf={(row) => row.code}
          onOpen={(row) => void navigate({ to: '/rules/$code', params: { code: row.code } })}
          empty={{ title: text.none, text: text.noneText, action: make }}
          filtered={q || known ? { title: text.noMatch, text: text.noMatchText, onClear: () => go({ q: '', mode: '' }) } : undefined}
        />
      </Card>
      <p className="mt-4 text-sm text-ink-3">{text.listsHint} <Link to="/lists" className={`${LINK} underline`}>{common.pages.lists}</Link></p>
      {importing && <Import onClose={() => setImporting(false)} onDone={() => void navigate({ to: '/rules/current-draft' })} />}
    </>
  );
}

