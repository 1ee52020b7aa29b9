// The routes of the console. Who is not logged in goes to the wallet's log-in.

import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';

import { ApiProblem } from '../api/problem';
import { meQuery } from '../api/queries';
import { Failed, Message } from '../design/states';
import { Shell } from './shell';
import { toLogIn } from './to-log-in';

interface Context {
  queries: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  component: Shell,
  notFoundComponent: () => <Message title="This page does not exist" />,
  errorComponent: ({ error }) => <Failed problem={error as ApiProblem} onRetry={() => location.reload()} />,
  beforeLoad: async ({ context }) => {
    try {
      await context.queries.ensureQueryData(meQuery);
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      toLogIn();
      // The page goes: nothing more is drawn.
      await new Promise(() => {});
    }
  },
});

const overview = createRoute({ getParentRoute: () => root, path: '/', component: lazyRouteComponent(() => import('./pages/overview'), 'Overview') });
const payments = createRoute({
  getParentRoute: () => root,
  path: '/payments',
  validateSearch: (search): { q?: string } => (typeof search['q'] === 'string' && search['q'] ? { q: search['q'] } : {}),
  component: lazyRouteComponent(() => import('./pages/payments'), 'Payments'),
});
const payment = createRoute({ getParentRoute: () => root, path: '/payments/$id', component: lazyRouteComponent(() => import('./pages/payment'), 'Payment') });

const tree = root.addChildren([overview, payments, payment]);

/** The router, over this cache. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: '/console',
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
    parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
    stringifySearch: (search) => {
      const text = new URLSearchParams(Object.entries(search).filter((pair): pair is [string, string] => typeof pair[1] === 'string')).toString();
      return text ? `?${text}` : '';
    },
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
