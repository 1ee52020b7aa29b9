// The organisations of the installation, for administrators of the first one.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button } from '../../design/button';
import { Field, PasswordField } from '../../design/field';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, PagedList } from '../parts/data-table';
import { PageHead } from '../parts/page';
import { useIsAdmin } from '../parts/role';
import { type Organisation, organisationsQuery } from '../queries';
import { useManageText } from '../text/manage';

export function Organisations() {
  const text = useManageText().organisations;
  const isAdmin = useIsAdmin();
  const asked = useInfiniteQuery(organisationsQuery);
  const [making, setMaking] = useState(false);
  const columns: Column<Organisation>[] = [
    { key: 'name', head: text.name, phone: 'a', wide: true, cell: (row) => <bdi className="font-medium">{row.name}</bdi> },
    { key: 'slug', head: text.slug, phone: 'b', cell: (row) => <span className="font-mono text-xs">{row.slug}</span> },
    { key: 'made', head: text.made, phone: 'c', align: 'end', cell: (row) => (row.created_at.startsWith('1970') ? <span className="text-ink-3">–</span> : <span className="text-ink-2"><At at={row.created_at} /></span>) },
  ];
  return (
    <>
      <PageHead title={text.title} text={text.about} actions={isAdmin && <Button size="small" onClick={() => setMaking(true)}><Plus className="size-4" aria-hidden="true" />{text.new}</Button>} />
      <PagedList asked={asked} label={text.title} columns={columns} keyOf={(row) => row.slug} empty={{ title: text.none, text: text.noneText }} />
      {making && <NewOrganisation onClose={() => setMaking(false)} />}
    </>
  );
}

function NewOrganisation({ onClose }: { onClose: () => void }) {
  const text = useManageText().organisations;
  const team = useManageText().team;
  return (
    <ActDialog
      title={text.new}
      effects={text.effects}
      confirm={text.new}
      done={text.done}
      stale={[['organisations'], ['audit']]}
      onClose={onClose}
      run={(form, keyOf) => {
        const of = (name: string) => String(form.get(name)).trim();
        const body = { name: of('name'), slug: of('slug'), admin: { name: of('admin'), email: of('email'), password: String(form.get('password')) } };
        return ask(api.POST('/api/v1/organisations', { params: { header: keyOf(body) }, body }));
      }}
    >
      <Field label={text.name} name="name" required maxLength={100} autoComplete="off" />
      <Field label={text.slug} name="slug" required maxLength={40} pattern="[a-z0-9\-]+" hint={text.slugHint} autoComplete="off" spellCheck={false} />
      <fieldset className="space-y-4 border-t border-line pt-4">
        <legend className="float-left mb-3 text-sm font-semibold">{text.admin}</legend>
        <div className="clear-both"><Field label={team.name} name="admin" required maxLength={100} autoComplete="off" /></div>
        <Field label={team.email} name="email" type="email" required maxLength={254} autoComplete="off" />
        <PasswordField label={team.password} name="password" required minLength={12} hint={team.passwordHint} autoComplete="new-password" />
      </fieldset>
    </ActDialog>
  );
}
