// Alice of the demo, as whom the tour pays: her password is published, and no other store has her.

import { queryOptions } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { problemOf, unreachable } from '../../api/problem';
import type { Transaction, Wallet } from '../../api/types';

const ALICE = 'usr_01kdvdna00e008000000000001';
export const SHOP = 'usr_01kdvdna00e008000000000003';
const EMAIL = 'alice@demo.payflow.example';

/** Whether this store is a demo, where money is play money: only there is Alice under this very id. */
export const demoQuery = queryOptions({
  queryKey: ['is-demo'],
  queryFn: async () => (await ask(api.GET('/api/v1/users', { params: { query: { q: EMAIL, limit: 1 } } }))).data.some((user) => user.id === ALICE),
  staleTime: Infinity,
});

type Call = <T>(method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<T>;

/** A call with a token, without the cookies of who is here. */
const caller = (token: string | null): Call => async (method, path, body, headers = {}) => {
  const answer = await fetch(`/api/v1${path}`, {
    method,
    credentials: 'omit',
    headers: { ...headers, ...(token && { Authorization: `Bearer ${token}` }), ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  }).catch(() => {
    throw unreachable();
  });
  const given: unknown = answer.status === 204 ? null : await answer.json().catch(() => null);
  if (!answer.ok) throw problemOf(answer, given);
  return given as never;
};

/** Pays the shop as Alice, once under this key; her session ends with it. */
export async function payShop(key: string, till: Wallet): Promise<Transaction> {
  const login = { email: EMAIL, password: 'demo-alice-2026' };
  const { access_token } = await caller(null)<components['schemas']['Tokens']>('POST', '/auth/login', login);
  const alice = caller(access_token);
  try {
    const purse = (await alice<{ data: Wallet[] }>('GET', '/wallets?currency=USD')).data[0];
    const payment = { type: 'payment', from_wallet: purse?.id, to_wallet: till.id, amount: '4.20', currency: 'USD', description: 'Coffee and cake' };
    return await alice<Transaction>('POST', '/transactions', payment, { 'Idempotency-Key': key });
  } finally {
    await alice('POST', '/auth/logout', {}).catch(() => {});
  }
}
