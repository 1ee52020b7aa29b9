// What a condition may be about, and how it may compare: by the server's catalogue of fields. Pure.

import type { components } from '../../api/generated';
import type { Literal, Operand, Predicate } from './ast';

export type FieldSpec = components['schemas']['FieldSpec'];
export type FieldName = components['schemas']['Field'];
export type Fields = ReadonlyMap<string, FieldSpec>;
export type Class = 'amount' | 'own_amount' | 'number' | 'flag' | 'text' | 'choice';
export const COMPARISONS = ['equal', 'not_equal', 'greater', 'greater_or_equal', 'less', 'less_or_equal'] as const;
export const TEXT_COMPARISONS = ['contains', 'starts_with', 'ends_with'] as const;
export type Comparison = (typeof COMPARISONS)[number];
export type TextComparison = (typeof TEXT_COMPARISONS)[number];
export type Operator = Comparison | TextComparison | 'between' | 'in' | 'in_list';
export const MEASURES = ['count', 'amount_sum', 'amount_average', 'distinct_counterparties', 'distinct_instruments'] as const;
export const KEYS = ['payer', 'payee', 'pair', 'instrument', 'organisation'] as const;
export const TYPES = ['transfer', 'deposit', 'withdrawal', 'payment', 'refund'] as const;

/** The fields by their names. */
export const byName = (specs: readonly FieldSpec[]): Fields => new Map(specs.map((spec) => [spec.name, spec]));

/** What kind of value an operand has. Only like compares with like. */
export function classOf(operand: Operand, fields: Fields): Class {
  if ('value' in operand) return typeof operand.value === 'number' ? 'number' : typeof operand.value === 'boolean' ? 'flag' : 'text';
  if ('velocity' in operand) return operand.velocity.measure.startsWith('amount') ? 'amount' : 'number';
  if ('percent' in operand) return classOf(operand.percent.of, fields);
  const type = fields.get(operand.field)?.type ?? 'text';
  return type === 'lower' || type === 'upper' ? 'text' : type;
}

export const isNumber = (one: Class): boolean => one === 'amount' || one === 'own_amount' || one === 'number';

/** What a condition looks at. */
export function leftOf(predicate: Predicate): Operand {
  if ('compare' in predicate) return predicate.compare.left;
  if ('between' in predicate) return predicate.between.left;
  if ('in' in predicate) return predicate.in.left;
  return { field: 'in_list' in predicate ? predicate.in_list.field : 'text' in predicate ? predicate.text.field : 'amount' };
}

/** How a condition compares. */
export function operatorOf(predicate: Predicate): Operator {
  if ('compare' in predicate) return predicate.compare.is;
  return 'between' in predicate ? 'between' : 'in' in predicate ? 'in' : 'in_list' in predicate ? 'in_list' : 'text' in predicate ? predicate.text.is : 'equal';
}

/** How what is looked at may compare; the likeliest first. */
export function operatorsFor(left: Operand, fields: Fields): Operator[] {
  const of = classOf(left, fields);
  if (isNumber(of)) return ['greater', 'greater_or_equal', 'less', 'less_or_equal', 'equal', 'not_equal', 'between', ...(of === 'number' ? (['in'] as const) : [])];
  if (of === 'flag') return ['equal', 'not_equal'];
  const isOrdered = 'field' in left && fields.get(left.field)?.ordered;
  if (of === 'choice') return isOrdered ? ['equal', 'not_equal', 'in', 'less', 'less_or_equal', 'greater', 'greater_or_equal'] : ['equal', 'not_equal', 'in'];
  return ['equal', 'not_equal', 'in', 'in_list', 'contains', 'starts_with', 'ends_with'];
}

/** What a value is before it is filled in. Nothing is the empty text, which no rule can be sent with. */
function firstValue(left: Operand, fields: Fields): Literal {
  const of = classOf(left, fields);
  if (of === 'flag') return true;
  return of === 'choice' && 'field' in left ? (fields.get(left.field)?.choices?.[0] ?? '') : '';
}

/** Whether a value can stand beside what is looked at. */
function suits(value: Literal, left: Operand, fields: Fields): boolean {
  const of = classOf(left, fields);
  if (value === '') return of !== 'flag' && of !== 'choice';
  if (isNumber(of)) return typeof value === 'number';
  if (of === 'flag') return typeof value === 'boolean';
  if (of === 'choice' && 'field' in left) return !!fields.get(left.field)?.choices?.some((one) => one === value);
  return typeof value === 'string';
}

/** The single value of a condition, where it has one. */
function valueOf(predicate: Predicate): Literal | undefined {
  if ('compare' in predicate) return 'value' in predicate.compare.right ? predicate.compare.right.value : undefined;
  if ('between' in predicate) return predicate.between.low;
  return 'in' in predicate ? predicate.in.values[0] : 'text' in predicate ? predicate.text.text : undefined;
}

/** A condition about something, with what can be kept of another one's value. */
export function conditionOf(left: Operand, is: Operator, fields: Fields, before?: Predicate): Predicate {
  const kept = before && valueOf(before);
  const value = kept !== undefined && suits(kept, left, fields) ? kept : firstValue(left, fields);
  const field = 'field' in left ? left.field : 'amount';
  if (is === 'between') return { between: { left, low: value as number, high: '' as unknown as number } };
  if (is === 'in') return { in: { left, values: value === '' ? [] : [value] } };
  if (is === 'in_list') return { in_list: { field, list: '' } };
  if (is === 'contains' || is === 'starts_with' || is === 'ends_with') return { text: { field, is, text: String(value) } };
  const right = before && 'compare' in before && !('value' in before.compare.right) && classOf(before.compare.right, fields) === classOf(left, fields) ? before.compare.right : { value };
  return { compare: { left, is, right } };
}

/** The same condition about something else: it compares as before where that can be. */
export function withLeft(predicate: Predicate, left: Operand, fields: Fields): Predicate {
  const allowed = operatorsFor(left, fields);
  const now = operatorOf(predicate);
  const isSame = classOf(leftOf(predicate), fields) === classOf(left, fields);
  if (isSame && allowed.includes(now)) {
    if ('between' in predicate) return { between: { ...predicate.between, left } };
    if ('in' in predicate && predicate.in.values.every((value) => suits(value, left, fields))) return { in: { ...predicate.in, left } };
    if ('in_list' in predicate && 'field' in left) return { in_list: { ...predicate.in_list, field: left.field } };
  }
  return conditionOf(left, isSame && allowed.includes(now) ? now : allowed[0]!, fields, predicate);
}

/** The same condition, compared otherwise. */
export function withOperator(predicate: Predicate, is: Operator, fields: Fields): Predicate {
  if ('compare' in predicate && (COMPARISONS as readonly string[]).includes(is)) return { compare: { ...predicate.compare, is: is as Comparison } };
  if ('text' in predicate && (TEXT_COMPARISONS as readonly string[]).includes(is)) return { text: { ...predicate.text, is: is as TextComparison } };
  return conditionOf(leftOf(predicate), is, fields, predicate);
}

/** What a new condition is before anything is chosen. */
export const FIRST: Predicate = { compare: { left: { field: 'amount' }, is: 'greater', right: { value: '' } } };

/** Text as it is compared with a field: in small letters, in capitals, or as it is. */
export function asCompared(text: string, left: Operand, fields: Fields): string {
  const type = 'field' in left ? fields.get(left.field)?.type : undefined;
  return type === 'lower' ? text.toLowerCase() : type === 'upper' ? text.toUpperCase() : text;
}

/** The values of `in` out of what was typed: by commas or lines. */
export function valuesOf(typed: string, left: Operand, fields: Fields): Literal[] {
  const parts = typed.split(/[,;\n]/).map((part) => part.trim()).filter(Boolean);
  if (!isNumber(classOf(left, fields))) return [...new Set(parts.map((part) => asCompared(part, left, fields)))];
  // What is no whole number stays as it was typed: the server says what is wrong with it.
  return [...new Set(parts.map((part) => (/^-?\d{1,15}$/.test(part) ? Number(part) : part)))];
}
