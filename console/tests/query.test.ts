import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

import { currencyDecimals } from '../src/money/currencies';
import { parseQuery, tidyQuery, valuesOf, withoutWord, withWord } from '../src/operator/query';
import { setZone } from '../src/time/format';

describe('the query bar', () => {
  test.each([
    ['status:failed', { status: 'failed' }],
    ['STATUS:failed type:deposit,refund', { status: 'failed', type: 'deposit,refund' }],
    ['currency:usd amount:>=500', { currency: 'USD', amount_gte: '500.00' }],
    ['currency:JPY amount:1200', { currency: 'JPY', amount_gte: '1200', amount_lte: '1200' }],
    ['currency:USD amount:10..50', { currency: 'USD', amount_gte: '10.00', amount_lte: '50.00' }],
    ['currency:USD amount:1,000.5', { currency: 'USD', amount_gte: '1000.50', amount_lte: '1000.50' }],
    ['currency:EUR amount:82,49', { currency: 'EUR', amount_gte: '82.49', amount_lte: '82.49' }],
    ['wal_01kdvdna00e00800000000000h', { wallet_id: 'wal_01kdvdna00e00800000000000h' }],
    ['  rent  of May ', { q: 'rent of May' }],
    ['txn_01kdvdna00e008000000000019', { q: 'txn_01kdvdna00e008000000000019' }],
    ['note:hello', { q: 'note:hello' }],
    ['', {}],
  ])('%s asks for its filters', (text, filters) => {
    expect(parseQuery(text).filters).toEqual(filters);
  });

  test.each([
    ['USD', '>500', { amount_gte: '500.01' }],
    ['USD', '>0.1', { amount_gte: '0.11' }],
    ['USD', '<500', { amount_lte: '499.99' }],
    ['USD', '<=500', { amount_lte: '500.00' }],
    ['JPY', '>500', { amount_gte: '501' }],
    ['KWD', '>500', { amount_gte: '500.001' }],
    ['IQD', '<0.5', { amount_lte: '0.499' }],
    // Between two cents: the next one in the direction that is asked for.
    ['USD', '>500.005', { amount_gte: '500.01' }],
    ['USD', '>=500.005', { amount_gte: '500.01' }],
    ['USD', '<500.005', { amount_lte: '500.00' }],
    ['JPY', '<=1.5', { amount_lte: '1' }],
    ['USD', '>9007199254740993.05', { amount_gte: '9007199254740993.06' }],
  ])('in %s, %s is exact', (currency, amount, filters) => {
    expect(parseQuery(`currency:${currency} amount:${amount}`).filters).toEqual({ currency, ...filters });
  });

  test('reads an amount as people write it', () => {
    const filters = { currency: 'USD', amount_gte: '82.49', amount_lte: '82.49' };
    for (const text of ['82.49 USD', 'USD 82.49', '$82.49', 'amount:82.49 currency:USD']) expect(parseQuery(text).filters).toEqual(filters);
    expect(parseQuery('$82.49 status:failed').filters.status).toBe('failed');
    expect(tidyQuery('$82.49 rent')).toBe('currency:USD amount:82.49 rent');
  });

  test('reads an amount without a currency in the one at home, and says so', () => {
    expect(parseQuery('status:failed amount:>500', { home: 'EUR' })).toMatchObject({ filters: { status: 'failed', currency: 'EUR', amount_gte: '500.01' }, assumed: 'EUR' });
    expect(parseQuery('amount:>500 currency:USD', { home: 'EUR' }).assumed).toBeNull();
    expect(parseQuery('amount:much', { home: 'EUR' }).filters).toEqual({});
  });

  test('says what is wrong with a word, and leaves it out', () => {
    const { filters, words } = parseQuery('status:lost amount:>500 currency:dollars after:soon rent');
    expect(filters).toEqual({ q: 'rent' });
    expect(words.map((word) => word.wrong)).toEqual(['status', 'currency_missing', 'currency', 'date', undefined]);
    expect(parseQuery('currency:USD amount:1.005').words[1]!.wrong).toBe('decimals');
    expect(parseQuery('currency:USD amount:<0').words[1]!.wrong).toBe('nothing');
  });

  test('knows times by their day in the viewer’s zone, and from now', () => {
    const now = new Date('2026-11-30T12:00:00Z');
    setZone('America/New_York');
    expect(parseQuery('after:2026-11-01 before:2026-11-02', { now }).filters).toEqual({ created_gte: '2026-11-01T04:00:00.000Z', created_lt: '2026-11-02T05:00:00.000Z' });
    setZone('');
    expect(parseQuery('after:24h', { now }).filters).toEqual({ created_gte: '2026-11-29T12:00:00.000Z' });
    expect(parseQuery('before:2026-11-30T01:02:03Z', { now }).filters).toEqual({ created_lt: '2026-11-30T01:02:03.000Z' });
  });

  test('knows somebody by an @', () => {
    expect(parseQuery('bob@demo status:failed')).toMatchObject({ person: 'bob@demo', filters: { status: 'failed' } });
    expect(parseQuery('@asha').person).toBe('asha');
  });

  test('offers a bare number as an amount', () => {
    expect(parseQuery('1200')).toMatchObject({ number: '1200', filters: { q: '1200' } });
    expect(parseQuery('room 1200').number).toBeNull();
  });

  test('is changed word by word', () => {
    expect(withWord('status:failed rent', 'status', 'completed')).toBe('rent status:completed');
    expect(withWord('status:failed rent', 'status', null)).toBe('rent');
    expect(withoutWord('$5 rent', 'amount:5')).toBe('currency:USD rent');
    expect(valuesOf('status:failed,expired rent', 'status')).toEqual(['failed', 'expired']);
  });
});

test('currencies have the decimals that the server gives them', () => {
  const source = readFileSync(resolve(import.meta.dirname, '../../libs/money/src/currency/iso4217.rs'), 'utf8');
  const rows = [...source.matchAll(/\("([A-Z]{3})", \d+, (\d),/g)];
  expect(rows.length).toBeGreaterThan(150);
  for (const [, code, decimals] of rows) expect([code, currencyDecimals(code!)]).toEqual([code, Number(decimals)]);
});
