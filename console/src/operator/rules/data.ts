// What the pages of rules ask the server.

import { queryOptions, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { ApiProblem } from '../../api/problem';
import { useLocale } from '../../i18n/language';
import { paged } from '../queries';
import { useGrammar } from '../text/rule-grammar';
import type { Rule } from './ast';
import { byName, type Fields } from './catalogue';
import type { Language } from './sentence';

type Schemas = components['schemas'];
export type RuleBody = Schemas['RuleBody'];

export type Preview = Schemas['PreviewBody'];
export type Change = Schemas['Change'];
export type Version = Schemas['VersionBody'];
export type Snooze = Schemas['SnoozeBody'];
export type Draft = Schemas['DraftSetBody'];
export type RiskOutcome = Schemas['RiskOutcome'];

export const rulesQuery = queryOptions({ queryKey: ['rules', 'list'], queryFn: () => ask(api.GET('/api/v1/rules')), refetchInterval: 30_000 });
export const ruleQuery = (name: string) => queryOptions({ queryKey: ['rules', 'one', name], queryFn: () => ask(api.GET('/api/v1/rules/{name}', { params: { path: { name } } })) });
export const fieldsQuery = queryOptions({ queryKey: ['rule-fields'], queryFn: async () => (await ask(api.GET('/api/v1/rule-fields'))).data, staleTime: Infinity });
/** What somebody works on; null where nobody does. */
export const draftQuery = queryOptions({
  queryKey: ['rules', 'draft'],
  queryFn: () =>
    ask(api.GET('/api/v1/rule-drafts')).catch((error: unknown) => {
      if (error instanceof ApiProblem && error.status === 404) return null;
      throw error;
    }),
});
export const versionsQuery = paged(['rules', 'versions'], (page, signal) => ask(api.GET('/api/v1/rule-sets', { params: { query: page }, signal })), 20);
export const versionQuery = (version: number) => queryOptions({ queryKey: ['rules', 'version', version], queryFn: () => ask(api.GET('/api/v1/rule-sets/{version}', { params: { path: { version } } })), staleTime: 60_000 });
export const snoozesQuery = queryOptions({ queryKey: ['rules', 'snoozes'], queryFn: async () => (await ask(api.GET('/api/v1/rule-snoozes'))).data });

const NO_FIELDS: Fields = new Map();

/** The catalogue by name; empty until it is there. */
export function useFields(): Fields {
  const { data } = useQuery(fieldsQuery);
  return useMemo(() => (data ? byName(data) : NO_FIELDS), [data]);
}

/** The currency in which the rules in force compare amounts. */
export function useBase(): string | undefined {
  const { data: rules } = useQuery(rulesQuery);
  const version = rules?.version.version;
  const { data } = useQuery({ ...versionQuery(version ?? 0), enabled: version !== undefined });
  return data?.rules.base_currency;
}

/** What sentences are made with; undefined until currency and catalogue are known. */
export function useRuleLanguage(): Language | undefined {
  const grammar = useGrammar();
  const fields = useFields();
  const base = useBase();
  return useMemo(() => (base && fields.size > 0 ? { ...grammar, base, fields } : undefined), [grammar, fields, base]);
}

/** The rule as it is newest. */
export const newest = (row: RuleBody): Rule => (row.draft ?? row.in_force)!;

/** How often a rule hit of the times that it was asked. */
export function useHitRate(): (rate: RuleBody['hit_rate']) => string {
  const locale = useLocale();
  return ({ asked, hits }) => (asked === 0 ? '–' : new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: hits * 100 < asked ? 2 : 1 }).format(hits / asked));
}
