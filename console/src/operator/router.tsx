// The routes of the console. What a page shows is in its address: filters, tab, columns. Who is not logged in goes to the wallet's
// log-in.

import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Link, redirect } from '@tanstack/react-router';
import { useEffect } from 'react';

import { ApiProblem, toProblem } from '../api/problem';
import { meQuery } from '../api/queries';
import { chunk, reloadIfUpgraded } from '../chunk';
import { buttonClass } from '../design/button';
import { Failed, Message } from '../design/states';
import { searchText } from '../search';
import { Shell } from './shell';
import { useCommon } from './text/common';
import { toLogIn } from './to-log-in';

interface Context {
  queries: QueryClient;
}

/** Text parameters of an address by these names; what is not text is left out. */
function words<const Name extends string>(...names: Name[]) {
  return (search: Record<string, unknown>): { [name in Name]?: string } => {
    const found: { [name in Name]?: string } = {};
    for (const name of names) if (typeof search[name] === 'string' && search[name] !== '') found[name] = search[name];
    return found;
  };
}

function NotFound() {
  const text = useCommon();
  return <Message isPage title={text.notFound} text={text.notFoundText} action={<Link to="/" className={buttonClass('secondary', 'small')}>{text.toOverview}</Link>} />;
}

/** A page that could not be drawn. One of an older version is loaded anew. */
function Crashed({ error }: { error: unknown }) {
  useEffect(() => void reloadIfUpgraded(error), [error]);
  return <Failed problem={toProblem(error)} onRetry={() => location.reload()} />;
}

const root = createRootRouteWithContext<Context>()({
  component: Shell,
  notFoundComponent: NotFound,
  errorComponent: Crashed,
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

const page = <const Path extends string>(path: Path) => ({ getParentRoute: () => root, path });

const overview = createRoute({ ...page('/'), component: lazyRouteComponent(() => chunk(() => import('./pages/overview')), 'Overview') });
/** Who types this address is logged in by now. */
const logIn = createRoute({
  ...page('/login'),
  beforeLoad: () => {
    throw redirect({ to: '/' });
  },
});
const payments = createRoute({ ...page('/payments'), validateSearch: words('q', 'columns'), component: lazyRouteComponent(() => chunk(() => import('./payments/explorer')), 'Payments') });
const payment = createRoute({ ...page('/payments/$id'), component: lazyRouteComponent(() => chunk(() => import('./payment/payment')), 'Payment') });
const queues = createRoute({ ...page('/queues'), component: lazyRouteComponent(() => chunk(() => import('./queues/queues')), 'Queues') });
const deadLetters = createRoute({ ...page('/dead-letters'), validateSearch: words('state', 'consumer', 'feed', 'type', 'cause', 'replay'), component: lazyRouteComponent(() => chunk(() => import('./queues/dead-letters')), 'DeadLetters') });
const deadLetter = createRoute({ ...page('/dead-letters/$id'), component: lazyRouteComponent(() => chunk(() => import('./queues/dead-letter')), 'DeadLetterPage') });
const webhooks = createRoute({ ...page('/webhooks'), component: lazyRouteComponent(() => chunk(() => import('./webhooks/endpoints')), 'Webhooks') });
const endpoint = createRoute({ ...page('/webhooks/$id'), validateSearch: words('status'), component: lazyRouteComponent(() => chunk(() => import('./webhooks/endpoint')), 'EndpointPage') });
const delivery = createRoute({ ...page('/webhooks/deliveries/$id'), component: lazyRouteComponent(() => chunk(() => import('./webhooks/delivery')), 'DeliveryPage') });
const customers = createRoute({ ...page('/customers'), validateSearch: words('q', 'role', 'status'), component: lazyRouteComponent(() => chunk(() => import('./customers/customers')), 'Customers') });
const customer = createRoute({ ...page('/customers/$id'), component: lazyRouteComponent(() => chunk(() => import('./customers/customer')), 'Customer') });
const wallets = createRoute({ ...page('/wallets'), validateSearch: words('status', 'currency'), component: lazyRouteComponent(() => chunk(() => import('./customers/wallets')), 'Wallets') });
const wallet = createRoute({ ...page('/wallets/$id'), component: lazyRouteComponent(() => chunk(() => import('./customers/wallet')), 'WalletPage') });
const alerts = createRoute({ ...page('/alerts'), validateSearch: words('severity', 'status', 'kind', 'owner'), component: lazyRouteComponent(() => chunk(() => import('./alerts/alerts')), 'Alerts') });
const alert = createRoute({ ...page('/alerts/$id'), component: lazyRouteComponent(() => chunk(() => import('./alerts/alert')), 'AlertPage') });
const cases = createRoute({ ...page('/cases'), validateSearch: words('queue', 'show'), component: lazyRouteComponent(() => chunk(() => import('./cases/cases')), 'Cases') });
const oneCase = createRoute({ ...page('/cases/$id'), validateSearch: words('queue'), component: lazyRouteComponent(() => chunk(() => import('./cases/case')), 'CasePage') });
const rules = createRoute({ ...page('/rules'), validateSearch: words('q', 'mode'), component: lazyRouteComponent(() => chunk(() => import('./rules/rules')), 'Rules') });
// No code of a rule has a hyphen: what is called like these is no rule.
const newRule = createRoute({ ...page('/rules/new-rule'), validateSearch: words('view'), component: lazyRouteComponent(() => chunk(() => import('./rules/builder')), 'NewRule') });
const ruleDraft = createRoute({ ...page('/rules/current-draft'), component: lazyRouteComponent(() => chunk(() => import('./rules/draft')), 'DraftPage') });
const ruleVersions = createRoute({ ...page('/rules/all-versions'), component: lazyRouteComponent(() => chunk(() => import('./rules/versions')), 'Versions') });
const ruleVersion = createRoute({ ...page('/rules/all-versions/$version'), component: lazyRouteComponent(() => chunk(() => import('./rules/versions')), 'VersionPage') });
const rule = createRoute({ ...page('/rules/$code'), component: lazyRouteComponent(() => chunk(() => import('./rules/rule')), 'RulePage') });
const editRule = createRoute({ ...page('/rules/$code/edit'), validateSearch: words('view'), component: lazyRouteComponent(() => chunk(() => import('./rules/builder')), 'EditRule') });
const lists = createRoute({ ...page('/lists'), validateSearch: words('q'), component: lazyRouteComponent(() => chunk(() => import('./lists/lists')), 'Lists') });
const list = createRoute({ ...page('/lists/$id'), validateSearch: words('q'), component: lazyRouteComponent(() => chunk(() => import('./lists/list')), 'ListPage') });
const audit = createRoute({ ...page('/audit'), validateSearch: words('q', 'act', 'actor', 'subject', 'address', 'outcome', 'after', 'before', 'entry'), component: lazyRouteComponent(() => chunk(() => import('./manage/audit')), 'Audit') });
const health = createRoute({ ...page('/health'), component: lazyRouteComponent(() => chunk(() => import('./manage/health')), 'Health') });
const team = createRoute({ ...page('/team'), component: lazyRouteComponent(() => chunk(() => import('./manage/team')), 'Team') });
const organisations = createRoute({ ...page('/organisations'), component: lazyRouteComponent(() => chunk(() => import('./manage/organisations')), 'Organisations') });
const apiKeys = createRoute({ ...page('/api-keys'), component: lazyRouteComponent(() => chunk(() => import('./manage/api-keys')), 'ApiKeys') });
const settings = createRoute({ ...page('/settings'), validateSearch: words('tab', 'q', 'show'), component: lazyRouteComponent(() => chunk(() => import('./manage/settings')), 'Settings') });
const help = createRoute({ ...page('/help'), validateSearch: words('q'), component: lazyRouteComponent(() => chunk(() => import('./help/help')), 'Help') });
const helpPage = createRoute({ ...page('/help/$page'), component: lazyRouteComponent(() => chunk(() => import('./help/help')), 'HelpPage') });

const tree = root.addChildren([overview, logIn, payments, payment, queues, deadLetters, deadLetter, webhooks, endpoint, delivery, customers, customer, wallets, wallet, alerts, alert, cases, oneCase, rules, newRule, ruleDraft, ruleVersions, ruleVersion, rule, editRule, lists, list, audit, health, team, organisations, apiKeys, settings, help, helpPage]);

/** The router, over this cache. */
export function makeRouter(queries: QueryClient) {
  return createRouter({
    routeTree: tree,
    defaultErrorComponent: Crashed,
    basepath: '/console',
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
