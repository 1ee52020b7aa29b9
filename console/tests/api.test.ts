import { QueryClient } from '@tanstack/react-query';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { api, ask, csrfToken } from '../src/api/client';
import { ApiProblem, problemOf, unreachable } from '../src/api/problem';
import { makeQueryClient, retryDelay, shouldRetry } from '../src/api/queries';
import { afterLogIn, safeNext } from '../src/session/enter';

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json', ...headers } });
}

const problem = (status: number, code: string, more = {}) => ({ type: `/problems/${code}`, title: '', status, code, detail: `It is ${code}.`, retryable: false, request_id: 'req_1', ...more });

describe('a refusal', () => {
  test('is a problem with its code, its request and the fields at fault', async () => {
    const body = problem(422, 'password_too_short', { errors: [{ param: 'password', code: 'password_too_short', detail: 'Longer, please.' }] });
    const thrown = await ask(Promise.resolve({ error: body, response: answer(422, body) })).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ApiProblem);
    const { code, requestId, message, fields, isUncertain } = thrown as ApiProblem;
    expect({ code, requestId, message, isUncertain }).toEqual({ code: 'password_too_short', requestId: 'req_1', message: 'It is password_too_short.', isUncertain: false });
    expect(fields.get('password')).toBe('Longer, please.');
  });

  test('that is no problem document keeps the id of its request', () => {
    const found = problemOf(answer(502, 'Bad Gateway', { 'x-request-id': 'req_2' }), 'Bad Gateway');
    expect([found.code, found.requestId, found.retryable, found.isUncertain]).toEqual(['unexpected_answer', 'req_2', true, true]);
  });
});

describe('a question', () => {
  test('is asked again only where that can help, and twice at most', () => {
    const busy = new ApiProblem({ ...problem(429, 'rate_limited'), retryable: true }, 3);
    expect([0, 1, 2].map((failures) => shouldRetry(failures, busy))).toEqual([true, true, false]);
    expect(shouldRetry(0, new ApiProblem(problem(422, 'limit_exceeded')))).toBe(false);
    expect(shouldRetry(0, unreachable())).toBe(true);
    expect(retryDelay(0, busy)).toBe(3000);
    expect([0, 1].map((failures) => retryDelay(failures, unreachable()))).toEqual([1000, 2000]);
  });

  test('that is answered with 401 ends the session, and no other does', async () => {
    const ended = vi.fn();
    const queries: QueryClient = makeQueryClient(ended);
    const fail = (status: number) => queries.fetchQuery({ queryKey: [status], queryFn: () => Promise.reject(new ApiProblem(problem(status, 'x'))) }).catch(() => {});
    await fail(403);
    expect(ended).not.toHaveBeenCalled();
    await fail(401);
    expect(ended).toHaveBeenCalledOnce();
  });

  test('without an answer is a problem that says so', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    const lost = createApi();
    const thrown = await ask(lost).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(ApiProblem);
    expect((thrown as ApiProblem).isUncertain).toBe(true);
  });
});

function createApi() {
  return api.GET('/api/v1/auth/me', { baseUrl: 'http://localhost/', fetch: (request) => fetch(request) });
}

describe('the session', () => {
  test('shows its CSRF token in a cookie, with and without the prefix', () => {
    expect(csrfToken('a=b; payflow_csrf=one; c=d')).toBe('one');
    expect(csrfToken('__Host-payflow_csrf=two')).toBe('two');
    expect(csrfToken('not_payflow_csrf=three')).toBeNull();
    expect(csrfToken('')).toBeNull();
  });

  test('leads those who run PayFlow to the console, where they wanted nothing else', () => {
    expect(afterLogIn(undefined, 'operator')).toBe('/console');
    expect(afterLogIn('/account/security', 'admin')).toBe('/account/security');
    expect(afterLogIn(undefined, 'user')).toBe('/');
    expect(afterLogIn('//evil.example', 'auditor')).toBe('/');
  });

  test('leads on only to paths of this app', () => {
    expect(safeNext('/activity?q=a')).toBe('/activity?q=a');
    for (const elsewhere of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', undefined]) expect(safeNext(elsewhere)).toBe('/');
  });
});
