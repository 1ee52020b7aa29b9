// The settings of the system: what is in force, and where each value comes from.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { FileText, SquareTerminal, Terminal } from 'lucide-react';

import { Card } from '../../design/card';
import { CopyId } from '../../design/copy';
import { Message, NothingFound, View } from '../../design/states';
import { useLocale } from '../../i18n/language';
import { type Column, DataTable, TableSkeleton } from '../parts/data-table';
import { Segments } from '../parts/filters';
import { LINK, Section } from '../parts/page';
import { useMyRole } from '../parts/role';
import { SearchField } from '../parts/search-field';
import { Tag } from '../parts/tag';
import { configQuery, type Setting } from '../queries';
import { useManageText } from '../text/manage';
import { bySection, fits, meaning, type Show, SHOWS, valueText } from './config';

const LOOKS = { default: ['quiet', undefined], file: ['info', FileText], environment: ['review', Terminal], flag: ['warning', SquareTerminal] } as const;

export function System() {
  const text = useManageText().system;
  const role = useMyRole();
  const asked = useQuery(configQuery);
  return (
    <View asked={asked} skeleton={<Card><TableSkeleton rows={10} /></Card>} role={role}>
      {({ settings, version }) => (settings.length > 0 ? <Found settings={settings} version={version} /> : <Message title={text.none} text={text.noneText} />)}
    </View>
  );
}

function Found({ settings, version }: { settings: readonly Setting[]; version: string }) {
  const text = useManageText().system;
  const navigate = useNavigate({ from: '/settings' });
  const { q = '', show: named } = useSearch({ from: '/settings' });
  const show = SHOWS.find((one) => one === named) ?? 'all';
  const go = (next: { q?: string; show?: Show }) => {
    const now = { q, show, ...next };
    void navigate({ search: { tab: 'system', ...(now.q && { q: now.q }), ...(now.show !== 'all' && { show: now.show }) }, replace: true });
  };
  const count = (one: Show) => settings.filter((setting) => fits(setting, one, q)).length;
  const shown = settings.filter((setting) => fits(setting, show, q));
  const sections = bySection(shown);
  const withPlaces = shown.some(({ place }) => place);
  return (
    <>
      <h2 className="text-base font-semibold">{text.title}</h2>
      <p className="mt-1 max-w-prose text-sm text-ink-2">{text.about}</p>
      <p className="mt-1 mb-5 flex flex-wrap gap-x-4 text-sm text-ink-2">
        <span>{text.running(version)}</span>
        <Link to="/help/$page" params={{ page: 'system' }} className={LINK}>{text.help}</Link>
        <a href="/api-docs" className={LINK}>{text.apiDocs}</a>
      </p>
      <div className="flex flex-wrap items-start justify-between gap-x-6">
        <Segments label={text.show} options={SHOWS.map((one) => [one, `${text.shows[one]} ${count(one)}`] as const)} chosen={show} onChange={(next) => go({ show: next })} />
        <div className="mb-4 w-full sm:w-auto"><SearchField label={text.search} value={q} onChange={(next) => go({ q: next })} /></div>
      </div>
      <div className="space-y-5">
        {sections.map(([name, rows]) => {
          const title = text.groups[name as keyof typeof text.groups] ?? name;
          return <Section key={name} flush title={title}><Table title={title} rows={rows} withPlaces={withPlaces} /></Section>;
        })}
      </div>
      {sections.length === 0 && <Card><NothingFound title={text.noMatch} text={text.noMatchText} onClear={() => go({ q: '', show: 'all' })} /></Card>}
    </>
  );
}

/** The columns of all sections are as wide as each other. */
function Table({ title, rows, withPlaces }: { title: string; rows: readonly Setting[]; withPlaces: boolean }) {
  const text = useManageText().system;
  const columns: Column<Setting>[] = [
    { key: 'key', head: text.columns.key, phone: 'a', cell: ({ key }) => <div className="max-md:truncate md:w-72 xl:w-80"><CopyId id={key} shown={key.slice(key.indexOf('.') + 1)} className="text-ink max-md:min-h-6" /></div> },
    { key: 'value', head: text.columns.value, phone: 'c', wide: true, cell: (setting) => <Value setting={setting} /> },
    ...(withPlaces ? [{ key: 'place', head: text.columns.place, phone: 'd' as const, cell: (setting: Setting) => <Place setting={setting} /> }] : []),
    { key: 'source', head: text.columns.source, phone: 'b', align: 'end', cell: ({ source }) => <div className="md:w-32"><Source source={source} /></div> },
  ];
  return <DataTable label={title} rows={rows} columns={columns} keyOf={(setting) => setting.key} />;
}

function Value({ setting: { key, value, hidden, source, ...setting } }: { setting: Setting }) {
  const text = useManageText().system;
  const locale = useLocale();
  const said = (one: unknown) => valueText(one) || text.empty;
  const shown = said(value);
  const means = meaning(key, value, locale);
  if (hidden) return <span className="text-ink-3">{text.hidden}</span>;
  return (
    <>
      <bdi className={valueText(value) ? 'font-mono text-xs' : 'text-ink-3'} title={shown}>{shown}</bdi>
      {means && <span className="ml-2 text-xs text-ink-3">{means}</span>}
      {source !== 'default' && setting.default !== null && said(setting.default) !== shown && <span className="ml-3 text-xs text-ink-3 max-md:hidden">{text.defaultIs(meaning(key, setting.default, locale) ?? said(setting.default))}</span>}
    </>
  );
}

function Place({ setting: { place, line } }: { setting: Setting }) {
  const text = useManageText().system;
  const where = place && line ? text.line(place, line) : place;
  return <bdi className="block max-w-[42vw] truncate font-mono text-xs text-ink-3 md:w-56 xl:w-72" title={where ?? undefined}>{where}</bdi>;
}

function Source({ source }: { source: Setting['source'] }) {
  const text = useManageText().system;
  const [tone, icon] = LOOKS[source];
  return <Tag tone={tone} {...(icon && { icon })}>{text.sources[source]}</Tag>;
}
