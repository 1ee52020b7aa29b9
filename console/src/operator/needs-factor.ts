// Whether the server shows this account nothing until it has a second factor.

import { useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';

import { ApiProblem } from '../api/problem';

/** True as soon as any question was answered so: then the whole page says it, once. */
export function useNeedsFactor(): boolean {
  const cache = useQueryClient().getQueryCache();
  return useSyncExternalStore(
    (heard) => cache.subscribe(heard),
    () => cache.getAll().some(({ state: { error } }) => error instanceof ApiProblem && error.code === 'second_factor_required'),
  );
}
