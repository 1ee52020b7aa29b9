// What happens once somebody is logged in: everything of whoever was here before is forgotten, and they go where they wanted.

import { useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';

import { meQuery } from '../api/queries';
import type { User } from '../api/types';
import { isStaff } from './staff';

/** Where somebody of this role goes who has logged in: where they wanted, or where they work. */
export const afterLogIn = (next: string | undefined, role: string): string => (next === undefined && isStaff(role) ? '/console' : safeNext(next));

/** Only a path of the wallet itself is followed. */
export function safeNext(next: string | undefined): string {
  return next && /^\/(?![/\\])/.test(next) ? next : '/';
}

export function useEnter(): (user: User) => Promise<void> {
  const queries = useQueryClient();
  const router = useRouter();
  const { next } = useSearch({ strict: false }) as { next?: string };
  return async (user) => {
    queries.clear();
    queries.setQueryData(meQuery.queryKey, user);
    // The console is an app of its own.
    const to = afterLogIn(next, user.role);
    if (/^\/console(\/|\?|$)/.test(to)) return location.assign(to);
    router.history.push(`/wallet${to.replace(/^\/wallet(?=\/|$)/, '')}`);
  };
}
