// The lists that rules ask about.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { Field, Select } from '../../design/field';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, COVER, List } from '../parts/data-table';
import { PageHead } from '../parts/page';
import { Person } from '../parts/person';
import { useMayOperate } from '../parts/role';
import { SearchField } from '../parts/search-field';
import { useCommon } from '../text/common';
import { useListsText } from '../text/lists';
import { KINDS, listsQuery, type RiskList } from './data';

export function Lists() {
  const text = useListsText();
  const common = useCommon();
  const navigate = useNavigate({ from: '/lists' });
  const { q = '' } = useSearch({ from: '/lists' });
  const mayAct = useMayOperate();
  const [making, setMaking] = useState(false);
  const asked = useQuery(listsQuery);
  const make = mayAct && <Button size="small" onClick={() => setMaking(true)}><Plus className="size-4" aria-hidden="true" />{text.create}</Button>;
  const open = (id: string) => void navigate({ to: '/lists/$id', params: { id } });
  const go = (next: string) => void navigate({ search: next ? { q: next } : {}, replace: true });
  const columns: Column<RiskList>[] = [
    { key: 'name', head: text.columns.name, phone: 'a', cell: (row) => <Link to="/lists/$id" params={{ id: row.id }} className={`${COVER} font-mono`}>{row.name}</Link> },
    { key: 'description', head: text.columns.description, phone: 'c', wide: true, cell: (row) => <bdi className="text-ink-2">{row.description}</bdi> },
    { key: 'kind', head: text.columns.kind, phone: 'b', cell: (row) => text.kinds[row.kind] },
    { key: 'by', head: text.columns.by, cell: (row) => <span className="relative z-10"><Person id={row.created_by} /></span> },
    { key: 'at', head: text.columns.at, phone: 'd', align: 'end', cell: (row) => <span className="text-ink-2"><At at={row.created_at} /></span> },
  ];
  const rows = asked.data?.filter((row) => `${row.name} ${row.description}`.toLowerCase().includes(q.toLowerCase()));
  return (
    <>
      <PageHead title={common.pages.lists} text={text.about} actions={make} />
      <div className="mb-4"><SearchField label={text.search} value={q} onChange={go} /></div>
      <Card className="overflow-hidden">
        <List asked={{ ...asked, data: rows }} label={common.pages.lists} columns={columns} keyOf={(row) => row.id} onOpen={(row) => open(row.id)} empty={{ title: text.none, text: text.noneText, action: make }} filtered={q ? { title: text.noMatch, text: text.noMatchText, onClear: () => go('') } : undefined} />
      </Card>
      {making && (
        <ActDialog
          title={text.create}
          effects={text.createEffects}
          confirm={text.create}
          done={text.created}
          stale={[['lists', 'all']]}
          onClose={() => setMaking(false)}
          run={async (form) => {
            const of = (name: string) => String(form.get(name)).trim();
            open((await ask(api.POST('/api/v1/lists', { body: { name: of('name'), kind: of('kind') as RiskList['kind'], description: of('description') } }))).id);
          }}
        >
          <Field label={text.columns.name} name="name" required maxLength={64} pattern="[a-z0-9_]+" placeholder="trusted_payees" hint={text.nameHint} autoComplete="off" spellCheck={false} autoCapitalize="none" className="font-mono" />
          <Select label={text.columns.kind} name="kind" defaultValue="emails">{KINDS.map((kind) => <option key={kind} value={kind}>{text.kinds[kind]}</option>)}</Select>
          <Field label={text.columns.description} name="description" maxLength={500} autoComplete="off" />
        </ActDialog>
      )}
    </>
  );
}
