// The typed client. The session is in a cookie that scripts cannot read; what changes something carries the CSRF token.

import createClient from 'openapi-fetch';

import type { paths } from './generated';
import { problemOf, unreachable } from './problem';

/** The CSRF token of the session, from the cookie that shows it. */
export function csrfToken(cookies: string): string | null {
  const found = /(?:^|;\s*)(?:__Host-)?payflow_csrf=([^;]+)/.exec(cookies);
  return found?.[1] ?? null;
}

/** The calls of the API, by path. */
export const api = createClient<paths>({ baseUrl: '/', credentials: 'same-origin' });

api.use({
  onRequest({ request }) {
    const token = csrfToken(document.cookie);
    if (token && request.method !== 'GET') request.headers.set('X-CSRF-Token', token);
    return request;
  },
  onError: unreachable,
});

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer; throws an `ApiProblem` for any other. */
export async function ask<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw problemOf(response, error);
  return data as T;
}

/** A key under which a request is done once. It begins with the time, so that the server finds it near those of its moment. */
export function newKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Date.now().toString(16).padStart(12, '0') + [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
