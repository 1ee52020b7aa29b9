// The steps of the tour: where each is, and the call that it makes. A step is done where what was answered is what it should be.

import type { QueryClient } from '@tanstack/react-query';

import { api, ask, newKey } from '../../api/client';
import { ApiProblem } from '../../api/problem';
import type { Transaction, User } from '../../api/types';
import { formatAmount } from '../../money/format';
import { currentProgress, changeProgress, type Progress } from './progress';
import { keepViews, keptViews } from '../payments/kept-views';
import { postingsQuery } from '../payment/data';
import { sumOf } from '../payment/postings';
import { parseQuery } from '../query';
import type { TourText } from '../text/tour';
import { demoQuery, payShop, SHOP } from './customer';

/** What a step works with. */
export interface Tools {
  me: User;
  text: TourText;
  locale: string;
  queries: QueryClient;
  /** Does what a proof may be asked for. */
  proved: <T>(act: () => Promise<T>) => Promise<T>;
  /** Says which call is made. */
  says: (call: string) => void;
}

export interface Step {
  id: keyof TourText['steps'];
  to: (progress: Progress) => { path: string; search?: Record<string, string> };
  /** What on the page is meant, as a selector. */
  at?: string;
  /** Whether one must be allowed to change, or to read the audit log. */
  needs?: 'operate' | 'audit';
  /** Whether money moves, or something is sent or replayed: only on a demo. */
  onDemo?: boolean;
  /** Does it; says what was found. */
  run: (tools: Tools) => Promise<string>;
}

const PAUSE_MS = 400;
const TRIES = 25;

function check(holds: boolean, otherwise: string): asserts holds {
  if (!holds) throw new ApiProblem({ status: 0, code: 'tour', detail: otherwise });
}

/** Asks again until an answer is the one that is waited for, or for ten seconds. */
async function until<T>(read: () => Promise<T>, isIt: (answer: T) => boolean): Promise<T> {
  let answer = await read();
  for (let tries = 1; !isIt(answer) && tries < TRIES; tries++) {
    await new Promise((done) => setTimeout(done, PAUSE_MS));
    answer = await read();
  }
  return answer;
}

const read = (id: string) => ask(api.GET('/api/v1/transactions/{id}', { params: { path: { id } } }));

/** The payment that the tour is about: the one that it made, else the newest there is. */
async function thePayment({ says, text }: Tools): Promise<Transaction> {
  const made = currentProgress()?.payment;
  if (made) {
    says(`GET /transactions/${made}`);
    return read(made);
  }
  const [newest] = (await ask(api.GET('/api/v1/transactions', { params: { query: { type: 'payment,transfer', status: 'completed', limit: 1 } } }))).data;
  check(newest !== undefined, text.noPayment);
  changeProgress({ payment: newest.id });
  says(`GET /transactions/${newest.id}`);
  return newest;
}

const paymentPage = ({ payment }: Progress) => ({ path: payment ? `/payments/${payment}` : '/payments' });

const QUERY = 'type:payment amount:>=4.20 currency:USD';
const VIEW = 'type:payment status:completed';

const ALL: readonly Step[] = [
  {
    id: 'welcome',
    to: () => ({ path: '/' }),
    run: async ({ text, says }) => {
      says('GET /auth/me');
      const me = await ask(api.GET('/api/v1/auth/me'));
      return text.steps.welcome.found(me.name, me.role);
    },
  },
  {
    id: 'environment',
    to: () => ({ path: '/health' }),
    at: 'h1',
    run: async ({ text, says, queries }) => {
      says('GET /health');
      const { data } = await api.GET('/health');
      check(data !== undefined, text.steps.environment.wrong);
      return text.steps.environment.found(data.version, Object.keys(data.checks).length, await queries.fetchQuery(demoQuery));
    },
  },
  {
    id: 'overview',
    to: () => ({ path: '/' }),
    at: '[data-tour="needs-you"]',
    run: async ({ text, says }) => {
      says('GET /transactions?status=unresolved,in_review');
      const { data } = await ask(api.GET('/api/v1/transactions', { params: { query: { status: 'unresolved,requires_verification,in_review', limit: 50 } } }));
      check(data.every((one) => ['unresolved', 'requires_verification', 'in_review'].includes(one.status)), text.unexpected);
      return text.steps.overview.found(data.length);
    },
  },
  {
    id: 'pay',
    to: () => ({ path: '/payments' }),
    onDemo: true,
    run: async ({ text, says, locale }) => {
      const tills = await ask(api.GET('/api/v1/wallets', { params: { query: { owner_id: SHOP, currency: 'USD', limit: 1 } } }));
      const till = tills.data[0];
      check(till !== undefined, text.unexpected);
      const key = currentProgress()?.key ?? newKey();
      // Kept before it is paid: after a reload the same payment is found, not made again.
      changeProgress({ key });
      says('POST /transactions');
      const made = await payShop(key, till);
      changeProgress({ payment: made.id });
      const seen = await read(made.id);
      check(seen.status === 'completed' && seen.to_wallet === till.id, text.unexpected);
      return text.steps.pay.found(formatAmount(locale, seen.amount, seen.currency, { code: true }));
    },
  },
  {
    id: 'query',
    to: () => ({ path: '/payments', search: { q: QUERY } }),
    at: 'form[role=search]',
    run: async ({ text, says }) => {
      says('GET /transactions?type=payment&amount_gte=4.20&currency=USD');
      const { data } = await ask(api.GET('/api/v1/transactions', { params: { query: { ...parseQuery(QUERY).filters, limit: 100 } } }));
      check(data.every((one) => one.type === 'payment' && one.currency === 'USD'), text.unexpected);
      return text.steps.query.found(data.length);
    },
  },
  {
    id: 'view',
    to: () => ({ path: '/payments', search: { q: VIEW } }),
    at: '[data-tour="views"]',
    run: async ({ text, says }) => {
      const name = text.steps.view.name;
      keepViews([...keptViews().filter((view) => view.name !== name), { name, q: VIEW, columns: undefined }]);
      says('GET /transactions?type=payment&status=completed');
      const { data } = await ask(api.GET('/api/v1/transactions', { params: { query: { ...parseQuery(VIEW).filters, limit: 100 } } }));
      check(data.every((one) => one.type === 'payment' && one.status === 'completed'), text.unexpected);
      return text.steps.view.found(name, data.length);
    },
  },
  {
    id: 'detail',
    to: paymentPage,
    at: 'main header',
    run: async (tools) => {
      const payment = await thePayment(tools);
      return tools.text.steps.detail.found(formatAmount(tools.locale, payment.amount, payment.currency, { code: true }), payment.id);
    },
  },
  {
    id: 'timeline',
    to: paymentPage,
    at: '[data-tour="timeline"]',
    run: async (tools) => {
      const payment = await thePayment(tools);
      tools.says('GET /transactions/{id}/timeline');
      const { data } = await ask(api.GET('/api/v1/transactions/{id}/timeline', { params: { path: { id: payment.id } } }));
      check(data.findLast((entry) => entry.to)?.to === payment.status, tools.text.unexpected);
      return tools.text.steps.timeline.found(data.length);
    },
  },
  {
    id: 'postings',
    to: paymentPage,
    at: '[data-tour="postings"]',
    run: async (tools) => {
      const payment = await thePayment(tools);
      tools.says('GET /transactions/{id}/postings');
      const postings = await tools.queries.fetchQuery(postingsQuery(payment));
      check(postings.length > 0 && !/[1-9]/.test(sumOf(postings, payment.currency)), tools.text.unexpected);
      return tools.text.steps.postings.found(postings.length);
    },
  },
  {
    id: 'refund',
    to: paymentPage,
    at: 'main header',
    needs: 'operate',
    onDemo: true,
    run: async (tools) => {
      const { text } = tools;
      const { id, type } = await thePayment(tools);
      const key = currentProgress()?.key;
      check(type === 'payment' && key !== undefined, text.steps.refund.wrong);
      const body = { amount: '1.20', reason: text.steps.refund.reason };
      tools.says('POST /transactions/{id}/refund');
      const refund = await tools.proved(() => ask(api.POST('/api/v1/transactions/{id}/refund', { params: { path: { id }, header: { 'Idempotency-Key': `${key}r` } }, body })));
      const after = await read(id);
      check(after.refunded_amount === '1.20', text.unexpected);
      return text.steps.refund.found(formatAmount(tools.locale, after.refunded_amount, after.currency, { code: true }), refund.id);
    },
  },
  {
    id: 'rules',
    to: () => ({ path: '/rules' }),
    at: '[data-tour="rules"]',
    run: async ({ text, says }) => {
      says('GET /rules');
      const { data, version } = await ask(api.GET('/api/v1/rules'));
      check(data.every((rule) => rule.sentence !== ''), text.unexpected);
      return text.steps.rules.found(data.filter((rule) => rule.in_force).length, version.version);
    },
  },
  {
    id: 'tryRule',
    to: () => ({ path: '/rules/new-rule' }),
    at: '[data-tour="rule-builder"]',
    needs: 'operate',
    onDemo: true,
    run: async ({ text, says }) => {
      says('POST /rules/preview');
      const rule = { code: 'tour_large_amounts', name: text.steps.tryRule.name, mode: 'shadow', when: { compare: { left: { field: 'amount' }, is: 'greater', right: { value: 400 } } }, effect: { points: 30 } } as const;
      const preview = await ask(api.POST('/api/v1/rules/preview', { body: { days: 30, rule } }));
      const own = preview.rules.find((one) => one.rule === rule.code);
      check((own?.hits ?? 0) <= preview.asked, text.unexpected);
      return text.steps.tryRule.found(own?.hits ?? 0, preview.asked);
    },
  },
  {
    id: 'queues',
    to: () => ({ path: '/queues' }),
    at: 'main table',
    run: async ({ text, says }) => {
      says('GET /admin/queues');
      const { data } = await ask(api.GET('/api/v1/admin/queues'));
      check(data.length > 0, text.unexpected);
      return text.steps.queues.found(data.length, data.reduce((sum, queue) => sum + queue.depth, 0));
    },
  },
  {
    id: 'deadLetters',
    to: () => ({ path: '/dead-letters' }),
    needs: 'operate',
    onDemo: true,
    run: async ({ text, says, proved }) => {
      says('POST /admin/dead-letters/replay');
      const { id } = await proved(() => ask(api.POST('/api/v1/admin/dead-letters/replay', { body: { filter: {} } })));
      const replay = await until(() => ask(api.GET('/api/v1/admin/dead-letters/replays/{id}', { params: { path: { id } } })), (one) => !!one.ended_at);
      check(!!replay.ended_at, text.steps.deadLetters.wrong);
      return text.steps.deadLetters.found(replay.replayed, replay.total);
    },
  },
  {
    id: 'webhook',
    to: () => ({ path: '/webhooks' }),
    needs: 'operate',
    onDemo: true,
    run: async ({ text, says, proved }) => {
      const endpoints = await ask(api.GET('/api/v1/webhook-endpoints', { params: { query: { limit: 100 } } }));
      const endpoint = endpoints.data.find((one) => one.status === 'enabled');
      check(endpoint !== undefined, text.steps.webhook.wrong);
      says('POST /webhook-endpoints/{id}/test');
      const { id } = await proved(() => ask(api.POST('/api/v1/webhook-endpoints/{id}/test', { params: { path: { id: endpoint.id } }, body: {} })));
      const sent = await until(() => ask(api.GET('/api/v1/webhook-endpoints/deliveries/{id}', { params: { path: { id } } })), (one) => one.attempts.length > 0);
      const attempt = sent.attempts[0];
      check(attempt !== undefined, text.steps.webhook.late);
      return text.steps.webhook.found(new URL(endpoint.url).host, attempt.status ?? null);
    },
  },
  {
    id: 'audit',
    to: () => ({ path: '/audit' }),
    at: 'main table',
    needs: 'audit',
    run: async ({ text, says, me }) => {
      says('GET /audit');
      const created_gte = currentProgress()?.startedAt ?? '';
      const answer = await ask(api.GET('/api/v1/audit', { params: { query: { actor: me.id, created_gte, limit: 100 } } }));
      check(typeof answer === 'object' && 'data' in answer, text.unexpected);
      return text.steps.audit.found(answer.data.length, [...new Set(answer.data.map((entry) => entry.act))].join(', '));
    },
  },
  {
    id: 'next',
    to: () => ({ path: '/help' }),
    run: async ({ text, says }) => {
      says('GET /');
      const root = await ask(api.GET('/'));
      return text.steps.next.found(root.version);
    },
  },
];

/** The steps that somebody of this role can take on this store. */
export function stepsFor(role: User['role'], isDemo: boolean): Step[] {
  const may = { operate: role === 'operator' || role === 'admin', audit: role === 'auditor' || role === 'admin' };
  return ALL.filter((step) => (!step.needs || may[step.needs]) && (!step.onDemo || isDemo));
}
