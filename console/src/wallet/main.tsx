// The wallet app.

import '../design/styles.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { whenRefused } from '../api/client';
import { makeQueryClient, meQuery } from '../api/queries';
import { Toasts, toastText } from '../design/toast';
import { currentText, preferredLanguage, setLanguage } from '../i18n/language';
import { StepUpProvider } from '../session/step-up';
import { makeRouter } from './router';

/** The session ended, here or elsewhere: whoever was on a page of theirs logs in and comes back to it. */
function onSessionEnd(): void {
  if (queries.getQueryData(meQuery.queryKey) === undefined) return;
  queries.clear();
  toastText(currentText().session.ended);
  void router.navigate({ to: '/login', search: { next: router.state.location.href } });
}

const queries = makeQueryClient(onSessionEnd);
const router = makeRouter(queries);
// The answer to who one is decides whether the session has ended.
whenRefused(() => void queries.invalidateQueries({ queryKey: meQuery.queryKey }));

await setLanguage(preferredLanguage(), false);
createRoot(document.querySelector('#app')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <StepUpProvider>
        <RouterProvider router={router} />
      </StepUpProvider>
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
