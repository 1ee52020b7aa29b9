// The routes of the wallet. What a page shows is in its address: filters, the chosen wallet, whom money is for.

import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router';

import { ApiProblem } from '../api/problem';
import { meQuery } from '../api/queries';
import { chunk } from '../chunk';
import { searchText } from '../search';
import { Crashed, NotFound } from './crash';

interface Context {
  queries: QueryClient;
}

/** Text parameters of an address by these names; what is not text is left out. */
function texts<const Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): { [name in Name]?: string } => {
    const found: { [name in Name]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (value !== undefined && value !== '' && ['string', 'number'].includes(typeof value)) found[name] = String(value);
    }
    return found;
  };
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound, errorComponent: Crashed });

/** Pages of those who are not logged in; whoever is goes where they wanted. */
const outside = createRoute({
  getParentRoute: () => root,
  id: 'outside',
  component: lazyRouteComponent(() => chunk(() => import('./pages/outside')), 'Outside'),
  validateSearch: texts('next'),
});

const logIn = createRoute({ getParentRoute: () => outside, path: '/login', component: lazyRouteComponent(() => chunk(() => import('./pages/log-in')), 'LogIn') });
const signUp = createRoute({ getParentRoute: () => outside, path: '/sign-up', component: lazyRouteComponent(() => chunk(() => import('./pages/sign-up')), 'SignUp') });
const forgot = createRoute({ getParentRoute: () => outside, path: '/forgot', component: lazyRouteComponent(() => chunk(() => import('./pages/forgot')), 'Forgot') });

/** Pages of somebody who is logged in. */
const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: lazyRouteComponent(() => chunk(() => import('./shell')), 'Shell'),
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queries.ensureQueryData(meQuery);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) throw redirect({ to: '/login', search: location.pathname === '/' ? {} : { next: location.href } });
      throw error;
    }
  },
});

const page = <const Path extends string>(path: Path) => ({ getParentRoute: () => inside, path });

const home = createRoute({ ...page('/'), validateSearch: texts('wallet'), component: lazyRouteComponent(() => chunk(() => import('./pages/home')), 'Home') });
const send = createRoute({ ...page('/send'), validateSearch: texts('to', 'wallet', 'amount', 'back'), component: lazyRouteComponent(() => chunk(() => import('./pages/send')), 'Send') });
const add = createRoute({ ...page('/add'), validateSearch: texts('wallet'), component: lazyRouteComponent(() => chunk(() => import('./pages/funding')), 'AddMoney') });
const withdraw = createRoute({ ...page('/withdraw'), validateSearch: texts('wallet'), component: lazyRouteComponent(() => chunk(() => import('./pages/funding')), 'Withdraw') });
const activity = createRoute({
  ...page('/activity'),
  validateSearch: texts('q', 'type', 'status', 'currency'),
  component: lazyRouteComponent(() => chunk(() => import('./pages/activity')), 'Activity'),
});
const receipt = createRoute({ ...page('/activity/$id'), component: lazyRouteComponent(() => chunk(() => import('./pages/receipt')), 'Receipt') });
const confirm = createRoute({ ...page('/confirm/$id'), component: lazyRouteComponent(() => chunk(() => import('./pages/confirm')), 'Confirm') });
const notifications = createRoute({ ...page('/notifications'), validateSearch: texts('show'), component: lazyRouteComponent(() => chunk(() => import('./pages/notifications')), 'Notifications') });
const statement = createRoute({ ...page('/statement'), validateSearch: texts('wallet', 'period', 'from', 'to'), component: lazyRouteComponent(() => chunk(() => import('./pages/statement')), 'Statement') });
const account = createRoute({ ...page('/account'), component: lazyRouteComponent(() => chunk(() => import('./pages/account')), 'Account') });
const accountPages = [
  createRoute({ ...page('/account/notifications'), component: lazyRouteComponent(() => chunk(() => import('./pages/account-notifications')), 'AccountNotifications') }),
  createRoute({ ...page('/account/security'), validateSearch: texts('back', 'needed'), component: lazyRouteComponent(() => chunk(() => import('./pages/account-security')), 'AccountSecurity') }),
  createRoute({ ...page('/account/limits'), component: lazyRouteComponent(() => chunk(() => import('./pages/account-limits')), 'AccountLimits') }),
  createRoute({ ...page('/account/keys'), component: lazyRouteComponent(() => chunk(() => import('./pages/account-keys')), 'AccountKeys') }),
  createRoute({ ...page('/account/data'), component: lazyRouteComponent(() => chunk(() => import('./pages/account-data')), 'AccountData') }),
] as const;

const tree = root.addChildren([
  outside.addChildren([logIn, signUp, forgot]),
  inside.addChildren([home, send, add, withdraw, activity, receipt, confirm, statement, notifications, account, ...accountPages]),
]);

/** The router, over this cache. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    basepath: '/wallet',
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
    ...searchText,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
