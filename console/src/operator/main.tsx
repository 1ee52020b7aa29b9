// The operator console.

import '../design/styles.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { whenRefused } from '../api/client';
import { makeQueryClient, meQuery } from '../api/queries';
import { Toasts } from '../design/toast';
import { preferredLanguage, setLanguage } from '../i18n/language';
import { StepUpProvider } from '../session/step-up';
import { makeRouter } from './router';
import './settings';
import { toLogIn } from './to-log-in';

const queries = makeQueryClient(toLogIn);
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
