// Changes of rules by what they are about. Pure.

import type { components } from '../../api/generated';

type Change = components['schemas']['Change'];

/** Changes by what they are about: a rule by its code, or something of the set. */
export function grouped(changes: readonly Change[]): { code: string | null; changes: Change[] }[] {
  const groups = new Map<string | null, Change[]>();
  for (const change of changes) {
    const code = /^rules\[([a-z0-9_]+)\]/.exec(change.path)?.[1] ?? null;
    groups.set(code, [...(groups.get(code) ?? []), change]);
  }
  return [...groups].map(([code, found]) => ({ code, changes: found }));
}
