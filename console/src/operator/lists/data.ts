// What the pages of lists ask the server.

import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';

export type RiskList = components['schemas']['ListBody'];
export type Entry = components['schemas']['EntryBody'];
export const KINDS = ['emails', 'countries', 'tokens', 'users', 'texts'] as const;

export const listsQuery = queryOptions({ queryKey: ['lists', 'all'], queryFn: async () => (await ask(api.GET('/api/v1/lists'))).data });
export const listQuery = (id: string) => queryOptions({ queryKey: ['lists', 'one', id], queryFn: () => ask(api.GET('/api/v1/lists/{id}', { params: { path: { id } } })) });

/** What is on a list, by letters; what contains a text. */
export const entriesQuery = (id: string, q: string) =>
  infiniteQueryOptions({
    queryKey: ['lists', 'entries', id, q],
    queryFn: ({ pageParam, signal }) => ask(api.GET('/api/v1/lists/{id}/entries', { params: { path: { id }, query: { limit: 50, ...(pageParam && { after: pageParam }), ...(q && { q }) } }, signal })),
    initialPageParam: '',
    getNextPageParam: (page) => (page.has_more ? page.data.at(-1)?.value : undefined),
    placeholderData: keepPreviousData,
  });

/** The rules that ask about a list, by its name. */
export const asksAbout = (rule: unknown, list: string): boolean => {
  if (typeof rule !== 'object' || rule === null) return false;
  if ('in_list' in rule) return (rule.in_list as { list?: unknown }).list === list;
  return Object.values(rule).some((part) => asksAbout(part, list));
};

/** The lines of a text that say something, each once. */
export const linesOf = (typed: string): string[] => [...new Set(typed.split(/\r?\n/).map((line) => line.trim()).filter(Boolean))];
