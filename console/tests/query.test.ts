import { describe, expect, test } from 'vitest';

import { parseQuery, withWord } from '../src/operator/query';

describe('the query bar', () => {
  test.each([
    ['status:failed', { status: 'failed' }],
    ['STATUS:failed type:deposit,refund', { status: 'failed', type: 'deposit,refund' }],
    ['currency:usd amount:>500', { currency: 'USD', amount_gte: '500' }],
    ['currency:USD amount:<=0.50', { currency: 'USD', amount_lte: '0.50' }],
    ['currency:JPY amount:1200', { currency: 'JPY', amount_gte: '1200', amount_lte: '1200' }],
    ['wal_01kdvdna00e00800000000000h', { wallet_id: 'wal_01kdvdna00e00800000000000h' }],
    ['  rent  of May ', { q: 'rent of May' }],
    ['txn_01kdvdna00e008000000000019', { q: 'txn_01kdvdna00e008000000000019' }],
    ['note:hello', { q: 'note:hello' }],
    ['', {}],
  ])('%s asks for its filters', (text, filters) => {
    expect(parseQuery(text).filters).toEqual(filters);
  });

  test('says what is wrong with a word, and leaves it out', () => {
    const { filters, words } = parseQuery('status:lost amount:>500 currency:dollars after:soon rent');
    expect(filters).toEqual({ q: 'rent' });
    expect(words.map((word) => !!word.wrong)).toEqual([true, true, true, true]);
  });

  test('knows somebody by an @', () => {
    expect(parseQuery('bob@demo status:failed')).toMatchObject({ person: 'bob@demo', filters: { status: 'failed' } });
    expect(parseQuery('@asha').person).toBe('asha');
  });

  test('is changed word by word', () => {
    expect(withWord('status:failed rent', 'status', 'completed')).toBe('rent status:completed');
    expect(withWord('status:failed rent', 'status', null)).toBe('rent');
  });
});
