// Who works with the console, and what each role may do.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Check, Minus, Plus } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button } from '../../design/button';
import { Field, PasswordField, Select } from '../../design/field';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, COVER, PagedList } from '../parts/data-table';
import { PageHead, Section } from '../parts/page';
import { type Role, useIsAdmin } from '../parts/role';
import { UserTag } from '../customers/tags';
import { type ManagedUser, usersQuery } from '../queries';
import { useCommon } from '../text/common';
import { useCustomersText } from '../text/customers';
import { useManageText } from '../text/manage';
import { MAY, ROLES } from './roles';

export function Team() {
  const text = useManageText().team;
  const people = useCustomersText();
  const common = useCommon();
  const navigate = useNavigate();
  const isAdmin = useIsAdmin();
  const [making, setMaking] = useState(false);
  const asked = useInfiniteQuery(usersQuery({ role: 'operator,auditor,admin' }));
  const make = isAdmin && <Button size="small" onClick={() => setMaking(true)}><Plus className="size-4" aria-hidden="true" />{text.new}</Button>;
  const columns: Column<ManagedUser>[] = [
    { key: 'name', head: text.name, phone: 'a', cell: (row) => <Link to={`/customers/${row.id}` as '/'} className={COVER}><bdi>{row.name}</bdi></Link> },
    { key: 'email', head: text.email, phone: 'c', wide: true, cell: (row) => <span className="text-ink-2">{row.email}</span> },
    { key: 'role', head: text.role, phone: 'd', cell: (row) => common.roles[row.role] },
    { key: 'factor', head: people.twoFactor, cell: (row) => <span className={row.two_factor_enabled ? '' : 'text-ink-3'}>{row.two_factor_enabled ? common.on : common.off}</span> },
    { key: 'since', head: people.columns.since, cell: (row) => <span className="text-ink-2"><At at={row.created_at} /></span> },
    { key: 'status', head: people.status, phone: 'b', align: 'end', cell: (row) => <UserTag status={row.status} /> },
  ];
  return (
    <>
      <PageHead title={text.title} text={text.about} actions={make} />
      <PagedList asked={asked} label={text.title} columns={columns} keyOf={(row) => row.id} onOpen={(row) => void navigate({ to: `/customers/${row.id}` as '/' })} empty={{ title: text.none, text: text.noneText, action: make }} />
      <div className="mt-5"><Table /></div>
      {making && <NewMember onClose={() => setMaking(false)} />}
    </>
  );
}

function Table() {
  const text = useManageText().team;
  const common = useCommon();
  return (
    <Section flush title={text.roles}>
      <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label={text.roles}>
        <table className="w-full min-w-[640px] text-sm">
          <thead>
            <tr className="border-b border-line text-xs text-ink-3">
              <th scope="col" className="px-5 py-2.5 text-left font-medium">{text.may}</th>
              {ROLES.map((role) => <th key={role} scope="col" className="px-3 py-2.5 font-medium">{common.roles[role]}</th>)}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {Object.entries(MAY).map(([what, { roles }]) => (
              <tr key={what} className="h-10">
                <th scope="row" className="px-5 py-2 text-left font-normal">{text.what[what as keyof typeof text.what]}</th>
                {ROLES.map((role) => (
                  <td key={role} className="px-3 text-center">
                    {roles.includes(role) ? <Check className="inline size-4 text-success" aria-label={text.may} /> : <Minus className="inline size-4 text-ink-3" aria-label={text.mayNot} />}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function NewMember({ onClose }: { onClose: () => void }) {
  const text = useManageText().team;
  const common = useCommon();
  return (
    <ActDialog
      title={text.new}
      effects={text.effects}
      confirm={text.new}
      done={text.made}
      stale={[['users'], ['audit']]}
      onClose={onClose}
      run={(form, keyOf) => {
        const of = (name: string) => String(form.get(name));
        const body = { name: of('name').trim(), email: of('email').trim(), role: of('role') as Role, password: of('password') };
        return ask(api.POST('/api/v1/users', { params: { header: keyOf(body) }, body }));
      }}
    >
      <Field label={text.name} name="name" required maxLength={100} autoComplete="off" />
      <Field label={text.email} name="email" type="email" required maxLength={254} autoComplete="off" />
      <Select label={text.role} name="role" defaultValue="operator">{ROLES.map((role) => <option key={role} value={role}>{common.roles[role]}</option>)}</Select>
      <PasswordField label={text.password} name="password" required minLength={12} hint={text.passwordHint} autoComplete="new-password" />
    </ActDialog>
  );
}
