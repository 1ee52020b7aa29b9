// The query bar of payments: `status:failed currency:USD amount:>500 rent` as the filters of the API. Pure: the address holds the
// text, and everything else follows from it.

import type { TransactionFilters } from '../api/queries';

const STATUSES = ['requires_verification', 'in_review', 'authorised', 'processing', 'unresolved', 'completed', 'failed', 'cancelled', 'expired', 'reversed'];
const TYPES = ['transfer', 'deposit', 'withdrawal', 'payment', 'refund'];
export const FIELDS = ['status', 'type', 'currency', 'amount', 'wallet', 'after', 'before'] as const;

/** A word of the query, and what is wrong with it. */
export interface Word {
  text: string;
  wrong?: string;
}

export interface Query {
  filters: TransactionFilters;
  /** The words that stand for a filter. */
  words: Word[];
  /** A part of somebody's e-mail or name. */
  person: string | null;
}

const listed = (value: string, known: string[]) => value.split(',').every((one) => known.includes(one));

/** Reads a filter into `filters`; says what is wrong with it. */
function read(filters: TransactionFilters, field: string, value: string): string | undefined {
  if (field === 'status') {
    if (!listed(value, STATUSES)) return `one of ${STATUSES.join(', ')}`;
    filters.status = value;
  } else if (field === 'type') {
    if (!listed(value, TYPES)) return `one of ${TYPES.join(', ')}`;
    filters.type = value;
  } else if (field === 'currency') {
    if (!/^[a-z]{3}$/i.test(value)) return 'a code of three letters';
    filters.currency = value.toUpperCase();
  } else if (field === 'wallet') {
    if (!/^wal_[0-7][0-9a-hjkmnp-tv-z]{25}$/.test(value)) return 'the id of a wallet';
    filters.wallet_id = value;
  } else if (field === 'after' || field === 'before') {
    const time = new Date(/^\d{4}-\d{2}-\d{2}$/.test(value) ? `${value}T00:00` : value);
    if (Number.isNaN(time.getTime())) return 'a date such as 2026-11-30';
    filters[field === 'after' ? 'created_gte' : 'created_lt'] = time.toISOString();
  } else {
    const match = /^(>=?|<=?|=)?(\d+(?:\.\d+)?)$/.exec(value);
    if (!match) return 'an amount such as >500 or 12.50';
    const [, sign = '=', amount] = match as unknown as [string, string | undefined, string];
    if (sign !== '<' && sign !== '<=') filters.amount_gte = amount;
    if (sign !== '>' && sign !== '>=') filters.amount_lte = amount;
  }
  return undefined;
}

/** What a query asks for. What is wrong with a word is said, and the word is left out. */
export function parseQuery(text: string): Query {
  const filters: TransactionFilters = {};
  const words: Word[] = [];
  const free: string[] = [];
  let person: string | null = null;
  for (const word of text.trim().split(/\s+/).filter(Boolean)) {
    const [, field, value] = /^([a-z]+):(.+)$/i.exec(word) ?? [];
    if (field && value && (FIELDS as readonly string[]).includes(field.toLowerCase())) {
      const wrong = read(filters, field.toLowerCase(), value);
      words.push({ text: word, ...(wrong && { wrong }) });
    } else if (/^wal_/.test(word)) {
      const wrong = read(filters, 'wallet', word);
      words.push({ text: word, ...(wrong && { wrong }) });
    } else if (word.includes('@')) {
      person = word.replace(/^@/, '') || null;
    } else free.push(word);
  }
  if ((filters.amount_gte ?? filters.amount_lte) !== undefined && !filters.currency) {
    delete filters.amount_gte;
    delete filters.amount_lte;
    for (const word of words) if (/^amount:/i.test(word.text)) word.wrong = 'together with a currency, such as currency:USD';
  }
  if (free.length > 0) filters.q = free.join(' ');
  return { filters, words, person };
}

/** The same query without one of its words, or with another of a field. */
export function withWord(text: string, field: string, value: string | null): string {
  const kept = text.split(/\s+/).filter((word) => word && !word.toLowerCase().startsWith(`${field}:`));
  return [...kept, ...(value ? [`${field}:${value}`] : [])].join(' ');
}
