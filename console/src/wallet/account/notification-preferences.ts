// The one document of what somebody wants to be told: changed here at once, and sent whole, one after the other.

import { useMutation, useQueryClient } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import { notificationPreferencesQuery } from '../../api/later-queries';
import type { NotificationPreferences } from '../../api/types';
import { toastDone, toastProblem } from '../../design/toast';
import { useText } from '../../i18n/language';

/** Changes the document. Where that fails, what the server has is shown again. */
export function useSaveNotifications(): (change: (before: NotificationPreferences) => NotificationPreferences) => void {
  const t = useText();
  const queries = useQueryClient();
  const { queryKey } = notificationPreferencesQuery;
  const { mutate } = useMutation({
    scope: { id: 'notification-preferences' },
    mutationFn: (body: NotificationPreferences) => ask(api.PUT('/api/v1/users/me/notification-preferences', { body })),
    onSuccess: () => toastDone(t.act.saved),
    onError: (error) => {
      toastProblem(error);
      void queries.invalidateQueries({ queryKey });
    },
  });
  return (change) => {
    const before = queries.getQueryData(queryKey);
    if (!before) return;
    const after = change(before);
    void queries.cancelQueries({ queryKey });
    queries.setQueryData(queryKey, after);
    mutate(after);
  };
}
