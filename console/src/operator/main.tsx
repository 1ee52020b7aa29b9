// The operator console.

import '../design/styles.css';

import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { makeQueryClient } from '../api/queries';
import { Toasts } from '../design/toast';
import { preferredLanguage, setLanguage } from '../i18n/language';
import { StepUpProvider } from '../session/step-up';
import { makeRouter } from './router';
import './settings';
import { toLogIn } from './to-log-in';

const queries = makeQueryClient(toLogIn);
const router = makeRouter(queries);

// After an upgrade an open tab asks for chunks that are gone: it begins anew.
window.addEventListener('vite:preloadError', (event) => {
  event.preventDefault();
  location.reload();
});

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
