import { afterEach, expect, test, vi } from 'vitest';

import { QueryClient } from '@tanstack/react-query';
import type { User } from '../src/api/types';
import { stepsFor } from '../src/operator/tour/steps';

afterEach(() => vi.unstubAllGlobals());

test('on a store that is no demo, no step of the tour changes anything', async () => {
  const calls: string[] = [];
  vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
    calls.push(`${init?.method ?? 'GET'} ${url}`);
    // As if nothing were there: no step may take that for a leave to act.
    return Response.json({ data: [], checks: {}, demo: false, ended_at: '2026-11-30T12:00:00Z' });
  });
  const any: unknown = new Proxy(() => '', { get: () => any, apply: () => '' });
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const tools = { me: {} as User, text: any as never, locale: 'en', queries, proved: <T>(act: () => Promise<T>) => act(), says: () => {} };
  const steps = stepsFor('admin', false);
  for (const step of steps) await step.run(tools).catch(() => {});
  expect(calls.length).toBeGreaterThan(4);
  expect(calls.filter((call) => !call.startsWith('GET '))).toEqual([]);
  expect(steps.map((step) => step.id)).not.toContain('deadLetters');
  expect(stepsFor('admin', true).map((step) => step.id)).toContain('deadLetters');
});
