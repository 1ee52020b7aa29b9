// The query bar of payments: `status:failed currency:USD amount:>500 rent` as the filters of the API. Pure: the address holds the
// text, and everything else follows from it.

import type { TransactionFilters } from '../api/queries';
import type { TransactionStatus, TransactionType } from '../api/types';
import { fromMinor, toMinor } from '../money/decimal';
import { currencyDecimals } from '../money/currencies';
import { dayKey, startOfDay } from '../time/format';

export const STATUSES: readonly TransactionStatus[] = ['requires_verification', 'in_review', 'authorised', 'processing', 'unresolved', 'completed', 'failed', 'cancelled', 'expired', 'reversed'];
export const TYPES: readonly TransactionType[] = ['transfer', 'deposit', 'withdrawal', 'payment', 'refund'];
export const FIELDS = ['status', 'type', 'currency', 'amount', 'wallet', 'after', 'before'] as const;
export type FieldName = (typeof FIELDS)[number];

/** What can be wrong with a word; the page has the sentences. */
export type WrongWord = 'status' | 'type' | 'currency' | 'wallet' | 'date' | 'amount' | 'decimals' | 'nothing' | 'currency_missing';

/** A word of the query. */
export interface Word {
  text: string;
  field: FieldName | 'person' | 'text';
  wrong?: WrongWord;
}

export interface Query {
  filters: TransactionFilters;
  words: Word[];
  /** A part of somebody's e-mail or name. */
  person: string | null;
  /** The currency that an amount was read in although the query names none. */
  assumed: string | null;
  /** A bare number, which may have been meant as an amount. */
  number: string | null;
}

export interface Reading {
  /** In which currency an amount is meant where the query does not say. */
  home?: string | undefined;
  now?: Date;
}

const SIGNS: Record<string, string> = { $: 'USD', '€': 'EUR', '£': 'GBP', '¥': 'JPY' };
const RELATIVE: Record<string, number> = { h: 3_600_000, d: 86_400_000, w: 7 * 86_400_000 };

/** `1,000.5` and `1000,5` as decimal text; null where it is no number. */
function plainNumber(text: string): string | null {
  if (/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(text)) return text.replace(/,/g, '');
  if (/^\d+([.,]\d+)?$/.test(text)) return text.replace(',', '.');
  return null;
}

/** The words of a query, with an amount and its currency brought into one shape: `82.49 USD`, `$82.49` and `amount:82.49 currency:USD`. */
function wordsOf(text: string): string[] {
  return text
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((word) => {
      const sign = word[0] ?? '';
      if (SIGNS[sign] && plainNumber(word.slice(1))) return [`currency:${SIGNS[sign]}`, `amount:${word.slice(1)}`];
      if (/^(\d{1,3}(,\d{3})+|\d+)[.,]\d+$/.test(word) && plainNumber(word)) return [`amount:${word}`];
      if (/^[A-Z]{3}$/.test(word)) return [`currency:${word}`];
      return [word];
    });
}

const listed = (value: string, known: readonly string[]) => value.split(',').every((one) => known.includes(one));

function timeOf(value: string, now: Date): Date | null {
  const [, count, unit] = /^(\d{1,4})([hdw])$/.exec(value) ?? [];
  if (count && unit) return new Date(now.getTime() - Number(count) * RELATIVE[unit]!);
  if (value === 'today') return startOfDay(dayKey(now));
  if (/^\d{4}-\d{2}-\d{2}$/.test(value)) return startOfDay(value);
  const time = new Date(value);
  return /^\d{4}-\d{2}-\d{2}T/.test(value) && !Number.isNaN(time.getTime()) ? time : null;
}

/** An amount between two whole numbers of minor units: the greatest that is not above it, and whether it is that. */
function floor(amount: string, decimals: number): { minor: bigint; isExact: boolean } {
  const [whole = '0', part = ''] = amount.split('.');
  const minor = toMinor(`${whole}.${part.slice(0, decimals)}`, decimals);
  return { minor, isExact: /^0*$/.test(part.slice(decimals)) };
}

/** Reads `>500`, `<=0.50`, `12.50` or `10..50` exactly: more than 500 dollars are 500.01 and above. */
function readAmount(filters: TransactionFilters, value: string, currency: string): WrongWord | undefined {
  const decimals = currencyDecimals(currency);
  const [, low, high] = /^(.+)\.\.(.+)$/.exec(value) ?? [];
  if (low && high) return readAmount(filters, `>=${low}`, currency) ?? readAmount(filters, `<=${high}`, currency);
  const [, sign = '=', typed = ''] = /^(>=?|<=?|=)?(.+)$/.exec(value) ?? [];
  const amount = plainNumber(typed);
  if (amount === null || amount.replace('.', '').length > 18) return 'amount';
  const { minor, isExact } = floor(amount, decimals);
  const ceiling = isExact ? minor : minor + 1n;
  if (sign === '=' && !isExact) return 'decimals';
  const least = { '>': minor + 1n, '>=': ceiling, '=': minor }[sign];
  const most = { '<': ceiling - 1n, '<=': minor, '=': minor }[sign];
  if (most !== undefined && most < 0n) return 'nothing';
  if (least !== undefined) filters.amount_gte = fromMinor(least, decimals);
  if (most !== undefined) filters.amount_lte = fromMinor(most, decimals);
  return undefined;
}

/** Reads a filter into `filters`; says what is wrong with it. */
function read(filters: TransactionFilters, field: FieldName, value: string, now: Date): WrongWord | undefined {
  if (field === 'status') {
    if (!listed(value, STATUSES)) return 'status';
    filters.status = value;
  } else if (field === 'type') {
    if (!listed(value, TYPES)) return 'type';
    filters.type = value;
  } else if (field === 'currency') {
    if (!/^[a-z]{3}$/i.test(value)) return 'currency';
    filters.currency = value.toUpperCase();
  } else if (field === 'wallet') {
    if (!/^wal_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(value)) return 'wallet';
    filters.wallet_id = value;
  } else if (field === 'after' || field === 'before') {
    const time = timeOf(value, now);
    if (!time) return 'date';
    filters[field === 'after' ? 'created_gte' : 'created_lt'] = time.toISOString();
  }
  return undefined;
}

/** What a query asks for. What is wrong with a word is said, and the word is left out. */
export function parseQuery(text: string, { home, now = new Date() }: Reading = {}): Query {
  const query: Query = { filters: {}, words: [], person: null, assumed: null, number: null };
  const { filters, words } = query;
  const free: string[] = [];
  for (const word of wordsOf(text)) {
    const [, name, value] = /^([a-z]+):(.+)$/i.exec(word) ?? [];
    const field = FIELDS.find((one) => one === name?.toLowerCase()) ?? (/^wal_/.test(word) ? 'wallet' : undefined);
    if (field) {
      const wrong = read(filters, field, name ? value! : word, now);
      words.push({ text: word, field, ...(wrong && { wrong }) });
    } else if (word.includes('@')) {
      query.person = word.replace(/^@/, '') || null;
      words.push({ text: word, field: 'person' });
    } else {
      free.push(word);
      words.push({ text: word, field: 'text' });
    }
  }
  const amounts = words.filter((word) => word.field === 'amount');
  if (amounts.length > 0 && !filters.currency && home) filters.currency = query.assumed = home;
  for (const word of amounts) {
    const wrong = filters.currency ? readAmount(filters, word.text.slice('amount:'.length), filters.currency) : 'currency_missing';
    if (wrong) word.wrong = wrong;
  }
  if (query.assumed && amounts.every((word) => word.wrong)) delete filters.currency;
  if (free.length > 0) filters.q = free.join(' ');
  if (free.length === 1 && /^\d{1,12}$/.test(free[0]!)) query.number = free[0]!;
  return query;
}

/** The query as one text, each amount and currency written as a filter. */
export const tidyQuery = (text: string): string => [...new Set(wordsOf(text))].join(' ');

/** The same query without one of its words, or with another of a field. */
export function withWord(text: string, field: string, value: string | null): string {
  const kept = wordsOf(text).filter((word) => !word.toLowerCase().startsWith(`${field}:`));
  return [...kept, ...(value ? [`${field}:${value}`] : [])].join(' ');
}

/** The same query without a word. */
export const withoutWord = (text: string, word: string): string => wordsOf(text).filter((one) => one !== word).join(' ');

/** The values of a field that lists some. */
export function valuesOf(text: string, field: FieldName): string[] {
  const word = wordsOf(text).find((one) => one.toLowerCase().startsWith(`${field}:`));
  return word ? word.slice(field.length + 1).split(',').filter(Boolean) : [];
}
