// A rule in words, while it is edited: the same sentences that the server makes (`risk-core`, `sentence`), in each language. Pure.

import { currencyDecimals } from '../../money/currencies';
import { fromMinor } from '../../money/decimal';
import type { Literal, Operand, Predicate, Rule, Velocity, Weight } from './ast';
import { classOf, type Comparison, type Fields, type FieldSpec, type TextComparison } from './catalogue';

/** How a language says it. */
export interface Grammar {
  /** Between thousands, and before decimals. */
  group: string;
  point: string;
  and: string;
  or: string;
  /** a, b and c. */
  listed: (parts: readonly string[]) => string;
  field: (spec: FieldSpec) => string;
  flag: (spec: FieldSpec, isSet: boolean) => string;
  choice: (value: string) => string;
  minorUnits: (number: string) => string;
  percent: (number: string, of: string) => string;
  velocity: (velocity: Velocity, window: { day: true } | { number: number; unit: 'minute' | 'hour' | 'day' }) => string;
  compare: (left: string, is: Comparison, right: string, isValue: boolean) => string;
  between: (left: string, low: string, high: string, holds: boolean) => string;
  among: (left: string, values: readonly string[], more: number, holds: boolean) => string;
  onList: (left: string, list: string, holds: boolean) => string;
  part: (left: string, is: TextComparison, text: string, holds: boolean) => string;
  nothing: string;
  sentence: (mode: Rule['mode'], condition: string, consequence: string) => string;
  points: (points: number) => string;
  floor: Record<'medium' | 'high', string>;
  outcome: Record<'approve' | 'step_up' | 'review' | 'decline', string>;
  needsTwo: string;
  note: string;
  nothingFollows: string;
  unknown: Record<'error' | 'not_applicable' | 'too_little_data', (what: string) => string>;
}

export interface Language extends Grammar {
  base: string;
  fields: Fields;
}

const OPPOSITE: Record<Comparison, Comparison> = { equal: 'not_equal', not_equal: 'equal', less: 'greater_or_equal', less_or_equal: 'greater', greater: 'less_or_equal', greater_or_equal: 'less' };

/** A number with its thousands set apart. */
function grouped(text: string, { group, point }: Grammar): string {
  const [, sign = '', whole = '', part = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
  const set = whole.replace(/\B(?=(\d{3})+$)/g, group);
  return whole ? `${sign}${set}${part && `${point}${part}`}` : text;
}

/** Minor units as an amount: 5,000.00 USD. */
export function money(minor: number, currency: string, grammar: Grammar): string {
  return Number.isSafeInteger(minor) ? `${grouped(fromMinor(BigInt(minor), currencyDecimals(currency)), grammar)} ${currency}` : `${minor} ${currency}`;
}

/** Minutes in their largest unit. */
function windowOf(text: string): { day: true } | { number: number; unit: 'minute' | 'hour' | 'day' } {
  const [, number, unit] = /^(\d+)([mhd])$/.exec(text) ?? [];
  if (!number) return { day: true };
  const minutes = Number(number) * { m: 1, h: 60, d: 1_440 }[unit as 'm' | 'h' | 'd'];
  return minutes % 1_440 === 0 ? { number: minutes / 1_440, unit: 'day' } : minutes % 60 === 0 ? { number: minutes / 60, unit: 'hour' } : { number: minutes, unit: 'minute' };
}

function literal(value: Literal, like: Operand, language: Language): string {
  if (value === '' || value === null) return '…';
  if (typeof value === 'number') {
    const of = classOf(like, language.fields);
    if (of === 'amount') return money(value, language.base, language);
    const plain = grouped(String(value), language);
    return of === 'own_amount' ? language.minorUnits(plain) : plain;
  }
  return typeof value === 'string' && classOf(like, language.fields) === 'choice' ? language.choice(value) : String(value);
}

function operand(one: Operand, like: Operand, language: Language): string {
  if ('value' in one) return literal(one.value, like, language);
  if ('velocity' in one) return language.velocity(one.velocity, windowOf(one.velocity.window));
  if ('percent' in one) return language.percent(grouped(String(one.percent.percent), language), operand(one.percent.of, like, language));
  const spec = language.fields.get(one.field);
  return spec ? language.field(spec) : one.field;
}

function statement(predicate: Predicate, holds: boolean, language: Language): string {
  if ('compare' in predicate) {
    const { left, right } = predicate.compare;
    const is = holds ? predicate.compare.is : OPPOSITE[predicate.compare.is];
    const spec = 'field' in left ? language.fields.get(left.field) : undefined;
    if (spec && 'value' in right && typeof right.value === 'boolean') return language.flag(spec, right.value === (is === 'equal'));
    return language.compare(operand(left, left, language), is, operand(right, left, language), 'value' in right);
  }
  if ('between' in predicate) {
    const { left, low, high } = predicate.between;
    return language.between(operand(left, left, language), literal(low, left, language), literal(high, left, language), holds);
  }
  if ('in' in predicate) {
    const { left, values } = predicate.in;
    const shown = values.slice(0, 5).map((value) => literal(value, left, language));
    return language.among(operand(left, left, language), shown.length > 0 ? shown : ['…'], Math.max(values.length - 5, 0), holds);
  }
  const field = (name: string) => operand({ field: name } as Operand, { field: name } as Operand, language);
  if ('in_list' in predicate) return language.onList(field(predicate.in_list.field), predicate.in_list.list || '…', holds);
  return 'text' in predicate ? language.part(field(predicate.text.field), predicate.text.is, predicate.text.text || '…', holds) : '';
}

/** What a condition asks, or the contrary. A group within a group stands in brackets. */
export function condition(predicate: Predicate, language: Language, holds = true, inside = false): string {
  if ('not' in predicate) return condition(predicate.not, language, !holds, inside);
  const parts = 'all' in predicate ? predicate.all : 'any' in predicate ? predicate.any : null;
  if (!parts) return statement(predicate, holds, language);
  if (parts.length === 0) return '…';
  const isGroup = parts.length > 1;
  // That not all of these hold is that one of them does not.
  const word = 'all' in predicate === holds ? language.and : language.or;
  const text = parts.map((part) => condition(part, language, holds, isGroup || inside)).join(word);
  return isGroup && inside ? `(${text})` : text;
}

/** What follows, as an instruction. */
export function consequence({ effect = {} }: Pick<Rule, 'effect'>, language: Language): string {
  const parts = [
    ...(effect.points ? [language.points(effect.points)] : []),
    ...(effect.floor === 'medium' || effect.floor === 'high' ? [language.floor[effect.floor]] : []),
    ...(effect.outcome ? [language.outcome[effect.outcome]] : []),
    ...(effect.needs_two ? [language.needsTwo] : []),
  ];
  return parts.length === 0 ? language.note : language.listed(parts);
}

export function weight(of: Weight, language: Grammar): string {
  if ('outcome' in of) return language.outcome[of.outcome];
  return of.points === 0 ? language.nothingFollows : language.points(of.points);
}

const asSentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

/** What a rule asks and what follows. */
export const shortSentence = (rule: Rule, language: Language): string => asSentence(language.sentence(rule.mode ?? 'live', condition(rule.when, language), consequence(rule, language)));

/** The same, with what follows where there is no answer. */
export function sentence(rule: Rule, language: Language): string {
  const unknown = (['error', 'not_applicable', 'too_little_data'] as const).flatMap((name) => {
    const of = rule.unknown?.[name];
    return of ? [language.unknown[name](weight(of, language))] : [];
  });
  return unknown.length === 0 ? shortSentence(rule, language) : `${shortSentence(rule, language)} ${asSentence(unknown.join('; '))}`;
}
