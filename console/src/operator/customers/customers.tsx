// Everybody with an account, found by a part of their e-mail or name.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect } from 'react';

import { At } from '../parts/at';
import { type Column, COVER, PagedList } from '../parts/data-table';
import { PageHead } from '../parts/page';
import { Checks, Popover } from '../parts/popover';
import { SearchField } from '../parts/search-field';
import { type ManagedUser, usersQuery } from '../queries';
import { useCommon } from '../text/common';
import { useCustomersText } from '../text/customers';
import { ROLES } from '../manage/roles';
import { UserTag } from './tags';

export function Customers() {
  const text = useCustomersText();
  const common = useCommon();
  const navigate = useNavigate({ from: '/customers' });
  const { q, role, status } = useSearch({ from: '/customers' });
  const asked = useInfiniteQuery(usersQuery({ ...(q && { q }), ...(role && { role }), ...(status && { status }) }));
  const go = (next: { q?: string | undefined; role?: string | undefined; status?: string | undefined }) => void navigate({ search: Object.fromEntries(Object.entries({ q, role, status, ...next }).filter(([, value]) => value)), replace: true });
  // An id leads to whom it names.
  useEffect(() => {
    if (q && /^usr_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(q)) void navigate({ to: `/customers/${q}` as '/', replace: true });
    if (q && /^wal_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(q)) void navigate({ to: `/wallets/${q}` as '/', replace: true });
  }, [q, navigate]);
  const columns: Column<ManagedUser>[] = [
    { key: 'name', head: text.columns.name, phone: 'a', cell: (row) => <Link to={`/customers/${row.id}` as '/'} className={COVER}><bdi>{row.name}</bdi></Link> },
    { key: 'email', head: text.columns.email, phone: 'c', wide: true, cell: (row) => <span className="text-ink-2">{row.email}</span> },
    { key: 'role', head: text.columns.role, phone: 'd', cell: (row) => common.roles[row.role] },
    { key: 'since', head: text.columns.since, cell: (row) => <span className="text-ink-2"><At at={row.created_at} /></span> },
    { key: 'status', head: text.columns.status, phone: 'b', align: 'end', cell: (row) => <UserTag status={row.status} /> },
  ];
  const roles = role?.split(',') ?? [];
  const statuses = status?.split(',') ?? [];
  return (
    <>
      <PageHead title={text.title} text={text.about} />
      <div className="mb-4 flex flex-wrap items-center gap-2">
        <SearchField label={text.search} value={q ?? ''} onChange={(next) => go({ q: next })} />
        <Popover label={text.role} isOn={roles.length > 0}>{() => <Checks legend={text.role} options={ROLES.map((one) => [one, common.roles[one]])} chosen={roles} onChange={(next) => go({ role: next.join(',') })} />}</Popover>
        <Popover label={text.status} isOn={statuses.length > 0}>{() => <Checks legend={text.status} options={[['active', text.active], ['suspended', text.suspended]]} chosen={statuses} onChange={(next) => go({ status: next.join(',') })} />}</Popover>
      </div>
      <PagedList
        asked={asked}
        label={text.title}
        columns={columns}
        keyOf={(row) => row.id}
        onOpen={(row) => void navigate({ to: `/customers/${row.id}` as '/' })}
        empty={{ title: text.none, text: text.noneText }}
        filtered={q || role || status ? { title: text.noMatch, text: text.noMatchText, onClear: () => void navigate({ search: {}, replace: true }) } : undefined}
      />
    </>
  );
}
