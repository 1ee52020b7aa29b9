import { act, renderHook } from '@testing-library/react';
import { describe, expect, test } from 'vitest';

import { urlOf } from '../src/api/client';
import { countNewer } from '../src/api/rows';
import { internationalNumber } from '../src/wallet/account/phone-number';
import { useHeldRows } from '../src/wallet/held-rows';
import { canRefund, leftToRefund } from '../src/wallet/refundable';
import { lastMonths, periodOf } from '../src/wallet/statement';
import type { Transaction } from '../src/api/types';

test('an address has its parameters, and of the query what has a value', () => {
  expect(urlOf('/wallets/{id}/x', { path: { id: 'a/b?' } })).toBe('/wallets/a%2Fb%3F/x');
  expect(urlOf('/t', { query: { q: 'a b&c', status: undefined, limit: 5, one: null, many: ['x', 'y'] } })).toBe('/t?q=a+b%26c&limit=5&many=x&many=y');
});

describe('a statement', () => {
  const now = new Date(2026, 0, 31, 23, 59);
  test('has the months back from now, over the end of a year', () => {
    expect(lastMonths(3, now)).toEqual(['2026-01', '2025-12', '2025-11']);
  });
  test('is of a month, of days that both count, or of everything', () => {
    const at = (...parts: [number, number, number]) => new Date(...parts).toISOString();
    expect(periodOf({ period: '2025-12' }, now)).toEqual({ from: at(2025, 11, 1), to: at(2026, 0, 1) });
    expect(periodOf({}, now)).toEqual({ from: at(2026, 0, 1), to: at(2026, 1, 1) });
    expect(periodOf({ period: 'nonsense' }, now)).toEqual(periodOf({}, now));
    expect(periodOf({ from: '2025-12-24', to: '2025-12-31' }, now)).toEqual({ from: at(2025, 11, 24), to: at(2026, 0, 1) });
    expect(periodOf({ to: '2025-12-31' }, now)).toEqual({ to: at(2026, 0, 1) });
    expect(periodOf({ period: 'all' }, now)).toEqual({});
  });
});

test('phone numbers are read as people write them', () => {
  for (const typed of ['+4915112345678', '+49 (0)151 1234-5678', '0049 151 12345678', '+49.151/12345678', '\u202a+4915112345678\u202c']) expect(internationalNumber(typed)).toBe('+4915112345678');
  for (const typed of ['', '015112345678', '+0123456789', '+49', 'call me', '+1234567890123456']) expect(internationalNumber(typed)).toBeNull();
});

test('what is left to refund is what was captured and not given back, and only for who got it', () => {
  const payment = { type: 'payment', to_wallet: 'wal_1', captured_amount: '20.00', refunded_amount: '2.50' } as Transaction;
  expect(leftToRefund(payment)).toBe('17.50');
  expect(canRefund(payment, new Set(['wal_1']))).toBe(true);
  expect(canRefund(payment, new Set(['wal_2']))).toBe(false);
  expect(canRefund({ ...payment, refunded_amount: '20.00' }, new Set(['wal_1']))).toBe(false);
  expect(canRefund({ ...payment, captured_amount: '0.00', refunded_amount: '0.00' }, new Set(['wal_1']))).toBe(false);
  expect(canRefund({ ...payment, type: 'transfer' }, new Set(['wal_1']))).toBe(false);
});

test('rows that came since are counted, also where the newest one is gone from the list', () => {
  const row = (id: string, created_at: string) => ({ id, created_at });
  const rows = [row('c', '3'), row('b', '2')];
  expect(countNewer([row('d', '4'), row('c', '3'), row('b', '2'), row('a', '1')], rows)).toBe(1);
  expect(countNewer([row('e', '5'), row('d', '4'), row('b', '2'), row('a', '1')], rows)).toBe(2);
  expect(countNewer([row('a', '1')], [])).toBe(1);
  expect(countNewer([], rows)).toBe(0);
});

test('rows stay while somebody points at them, what changes in them is shown, and new ones come afterwards', () => {
  const first = [{ id: 'b', is: 1 }, { id: 'a', is: 1 }];
  const { result, rerender } = renderHook(({ rows }) => useHeldRows(rows), { initialProps: { rows: first } });
  act(() => result.current.area.onPointerEnter());
  const latest = [{ id: 'c', is: 1 }, { id: 'b', is: 2 }];
  rerender({ rows: latest });
  expect([result.current.rows, result.current.newer]).toEqual([[{ id: 'b', is: 2 }, { id: 'a', is: 1 }], 1]);
  act(() => result.current.release());
  expect([result.current.rows, result.current.newer]).toEqual([latest, 0]);
  rerender({ rows: first });
  act(() => result.current.area.onPointerLeave());
  expect(result.current.rows).toEqual(first);
});
