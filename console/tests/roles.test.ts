import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { expect, test } from 'vitest';

import { changesOf } from '../src/operator/manage/changes';
import { MAY } from '../src/operator/manage/roles';

/** The table of `libs/contracts`, with the sets that it is made of. */
function table(): Record<string, Set<string>> {
  const source = readFileSync(resolve(import.meta.dirname, '../../libs/contracts/src/identity/permission.rs'), 'utf8');
  const all = /pub const ALL: \[Self; \d+\] = \[([\s\S]*?)\];/.exec(source.slice(source.indexOf('impl Permission')))?.[1] ?? source;
  const permissions = (text: string) => [...text.matchAll(/P::(\w+)/g)].map((match) => match[1]!);
  const [, own = '', holder = '', reader = ''] = /let own = ([\s\S]*?);\s*let holder = ([\s\S]*?);\s*let reader = ([\s\S]*?);\s*\[/.exec(source) ?? [];
  const [ownSet, holderSet, readerSet] = [permissions(own), permissions(own + holder), permissions(own + reader)];
  const [, operator = ''] = /Role::Operator,\s*reader\.and\(&\[([\s\S]*?)\]\)/.exec(source) ?? [];
  const [, auditor = ''] = /\(Role::Auditor, reader\.and\(&\[([\s\S]*?)\]\)/.exec(source) ?? [];
  expect(ownSet).toContain('Profile');
  expect(source).toContain('(Role::Admin, PermissionSet::of(&Permission::ALL))');
  return {
    user: new Set(holderSet), merchant: new Set(holderSet), operator: new Set([...readerSet, ...permissions(operator)]), auditor: new Set([...readerSet, ...permissions(auditor)]),
    admin: new Set([...all.matchAll(/\b(\w+)\b/g)].map((match) => match[1]!)),
  };
}

test('the page of the team says what the server enforces', () => {
  const roles = table();
  for (const { permission, roles: said } of Object.values(MAY)) {
    const may = Object.entries(roles).filter(([role, set]) => role === 'admin' || set.has(permission)).map(([role]) => role);
    expect([permission, [...said].toSorted()]).toEqual([permission, may.toSorted()]);
  }
});

test('an entry of the audit log shows what was before beside what is after', () => {
  expect(changesOf({ role_before: 'user', role: 'operator', reason: 'new job' })).toEqual([{ name: 'role', before: 'user', after: 'operator' }, { name: 'reason', after: 'new job' }]);
  expect(changesOf({})).toEqual([]);
});
