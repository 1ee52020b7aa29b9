// Keys for programs that act for whoever is here.

import { useQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { apiKeysQuery } from '../../api/queries';
import type { ApiKey } from '../../api/types';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { Field, Select } from '../../design/field';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, List } from '../parts/data-table';
import { PageHead } from '../parts/page';
import { type Role, useMyRole } from '../parts/role';
import { Secret } from '../parts/secret';
import { useManageText } from '../text/manage';

type Scope = components['schemas']['CreateApiKeyRequest']['scopes'][number];
const READ: readonly Scope[] = ['transactions:read_all', 'wallets:read_all', 'users:read_all', 'queues:read', 'notifications:read_all'];
const OPERATE: readonly Scope[] = ['transactions:resolve', 'wallets:freeze', 'wallets:limit', 'queues:manage', 'webhooks:manage', 'notifications:manage'];
/** The scopes that do something for a role. */
const scopesOf = (role: Role | undefined): readonly Scope[] => [...READ, ...(role === 'auditor' || role === 'admin' ? (['audit:read'] as const) : []), ...(role === 'operator' || role === 'admin' ? OPERATE : []), ...(role === 'admin' ? (['ledger', 'transactions:own', 'wallets:own', 'webhooks:own'] as const) : []), 'notifications:own'];
const DAYS = [30, 90, 365] as const;

export function ApiKeys() {
  const text = useManageText().keys;
  const asked = useQuery(apiKeysQuery);
  const [making, setMaking] = useState(false);
  const [ending, setEnding] = useState<ApiKey>();
  const make = <Button size="small" onClick={() => setMaking(true)}><Plus className="size-4" aria-hidden="true" />{text.new}</Button>;
  const columns: Column<ApiKey>[] = [
    { key: 'name', head: text.columns.name, phone: 'a', cell: (row) => <bdi className="font-medium">{row.name}</bdi> },
    { key: 'begins', head: text.columns.begins, cell: (row) => <span className="font-mono text-xs text-ink-2">{row.begins_with}…</span> },
    { key: 'scopes', head: text.columns.scopes, wide: true, cell: (row) => <span className="font-mono text-xs text-ink-2" title={row.scopes.join(', ')}>{row.scopes.join(', ')}</span> },
    { key: 'used', head: text.columns.lastUsed, phone: 'c', cell: (row) => <span className="text-ink-2">{row.last_used_at ? <At at={row.last_used_at} relative /> : text.neverUsed}</span> },
    { key: 'expires', head: text.columns.expires, phone: 'd', cell: (row) => <span className="text-ink-2">{row.expires_at ? <At at={row.expires_at} /> : text.never}</span> },
    { key: 'act', head: '', phone: 'b', align: 'end', cell: (row) => <Button kind="quiet" size="small" className="!h-8" aria-label={`${text.end} ${row.name}`} onClick={() => setEnding(row)}>{text.end}</Button> },
  ];
  return (
    <>
      <PageHead title={text.title} text={text.about} actions={make} />
      <Card className="overflow-hidden"><List asked={{ ...asked, data: asked.data?.data }} label={text.title} columns={columns} keyOf={(row) => row.id} empty={{ title: text.none, text: text.noneText, action: make }} /></Card>
      {making && <NewKey onClose={() => setMaking(false)} />}
      {ending && <ActDialog title={text.endTitle(ending.name)} effects={text.endEffects} confirm={text.end} kind="danger" done={text.ended} stale={[apiKeysQuery.queryKey, ['audit']]} onClose={() => setEnding(undefined)} run={() => ask(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id: ending.id } } }))} />}
    </>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const text = useManageText().keys;
  const role = useMyRole();
  const [made, setMade] = useState<string>();
  if (made) return <Secret title={text.madeTitle} text={text.madeText} done={text.done} secret={made} onClose={onClose} />;
  return (
    <ActDialog
      title={text.new}
      effects={text.effects}
      confirm={text.make}
      stale={[apiKeysQuery.queryKey, ['audit']]}
      onClose={onClose}
      run={async (form, keyOf) => {
        const days = Number(form.get('days'));
        const addresses = String(form.get('addresses')).split(/[\s,]+/).filter(Boolean);
        const asked = { name: String(form.get('name')).trim(), scopes: form.getAll('scope') as Scope[], addresses };
        // The key of the request goes by what was asked for: the time it ends at is another one at each try.
        const body = { ...asked, ...(days > 0 && { expires_at: new Date(Date.now() + days * 86_400_000).toISOString().replace(/T.*/, 'T00:00:00Z') }) };
        setMade((await ask(api.POST('/api/v1/api-keys', { params: { header: keyOf(body) }, body }))).key);
        return false;
      }}
    >
      <Field label={text.name} name="name" maxLength={100} required autoComplete="off" />
      <fieldset>
        <legend className="mb-1 text-sm font-medium">{text.scopes}</legend>
        <div className="grid grid-cols-1 sm:grid-cols-2">
          {scopesOf(role).map((scope) => <label key={scope} className="flex min-h-8 cursor-pointer items-center gap-2.5 font-mono text-xs"><input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'transactions:read_all'} className="size-4 accent-brand" />{scope}</label>)}
        </div>
      </fieldset>
      <Select label={text.expires} name="days" defaultValue="90"><option value="0">{text.never}</option>{DAYS.map((days) => <option key={days} value={days}>{text.days(days)}</option>)}</Select>
      <Field label={text.addresses} name="addresses" hint={text.addressesHint} autoComplete="off" spellCheck={false} />
    </ActDialog>
  );
}
