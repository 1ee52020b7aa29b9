// How somebody likes PayFlow, kept by the server.

import { useQueryClient } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { preferencesQuery } from '../../api/queries';
import { toastDone, toastProblem } from '../../design/toast';
import { useText } from '../../i18n/language';

/** Saves what is otherwise, and says so. */
export function useSavePreferences() {
  const t = useText();
  const queries = useQueryClient();
  return async (body: components['schemas']['UpdatePreferencesRequest']) => {
    try {
      queries.setQueryData(preferencesQuery.queryKey, await ask(api.PATCH('/api/v1/users/me/preferences', { body })));
      toastDone(t.act.saved);
    } catch (error) {
      toastProblem(error);
    }
  };
}
