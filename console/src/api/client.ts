// The typed client: openapi-fetch's types over a few lines of `fetch`. The session is in a cookie that scripts cannot read; what
// changes something carries the CSRF token.

import type { Client } from 'openapi-fetch';

import type { paths } from './generated';
import { problemOf, unreachable } from './problem';

/** The CSRF token of the session, from the cookie that shows it. */
export function csrfToken(cookies: string): string | null {
  const found = /(?:^|;\s*)(?:__Host-)?payflow_csrf=([^;]+)/.exec(cookies);
  return found?.[1] ?? null;
}

type Values = Record<string, unknown>;

interface Init {
  params?: { path?: Values; query?: Values; header?: Values };
  body?: unknown;
  headers?: Values;
  parseAs?: 'json' | 'text' | 'blob';
  signal?: AbortSignal;
}

/** A path with its parameters in it; of the query, what has a value. */
export function urlOf(path: string, { path: inPath = {}, query = {} }: NonNullable<Init['params']> = {}): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(inPath[name])));
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined && one !== null) asked.append(name, String(one));
  }
  return asked.size > 0 ? `${filled}?${asked}` : filled;
}

async function call(method: string, path: string, { params, body, headers = {}, parseAs = 'json', signal }: Init = {}) {
  const sent = new Headers();
  for (const [name, value] of Object.entries({ ...params?.header, ...headers })) if (value !== undefined && value !== null) sent.set(name, String(value));
  if (body !== undefined) sent.set('Content-Type', 'application/json');
  const token = csrfToken(document.cookie);
  if (token && method !== 'GET') sent.set('X-CSRF-Token', token);
  const options = { method, headers: sent, credentials: 'same-origin', ...(body !== undefined && { body: JSON.stringify(body) }), ...(signal && { signal }) } as const;
  const response = await fetch(urlOf(path, params), options).catch(() => {
    throw unreachable();
  });
  if (response.ok) return { response, data: response.status === 204 ? undefined : await response[parseAs]().catch(() => undefined) };
  // Not everything between here and the server answers in JSON.
  return { response, error: await response.json().catch(() => undefined) };
}

/** The calls of the API, by path. */
export const api = Object.fromEntries(
  ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method) => [method, (path: string, init?: Init) => call(method, path, init)]),
) as unknown as Pick<Client<paths>, 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'>;

let onRefused: () => void = () => {};

/** Who hears of a call that was refused because nobody is logged in any more. */
export const whenRefused = (heard: () => void): void => void (onRefused = heard);

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The body of an answer; throws an `ApiProblem` for any other. */
export async function ask<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  // What was asked with a password or a code says of that what it says.
  if (response.status === 401 && !/\/auth\/(login|mfa|passkeys\/login|me)$/.test(response.url)) onRefused();
  throw problemOf(response, error);
}

/** A key under which a request is done once. It begins with the time, so that the server finds it near those of its moment. */
export function newKey(): string {
  const random = crypto.getRandomValues(new Uint8Array(16));
  return Date.now().toString(16).padStart(12, '0') + [...random].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
