import { expect, test } from 'vitest';

import { cell, csv } from '../src/operator/csv';
import { columnsOf, columnsText, partyNames, USUAL, widthOf } from '../src/operator/payments/columns';
import { countNewer } from '../src/operator/payments/data';
import { drawnRows } from '../src/operator/payments/window';
import type { Transaction } from '../src/api/types';

test('a spreadsheet takes no description for a formula', () => {
  expect(['=1+1', '@SUM(A1)', '+49', '-x', '-5.00', '12.50', 'a,"b"', 'two\nlines', null].map(cell)).toEqual(["'=1+1", "'@SUM(A1)", "'+49", "'-x", '-5.00', '12.50', '"a,""b"""', '"two\nlines"', '']);
  expect(csv([['id', (row: { id: string }) => row.id]], [{ id: 'a' }])).toBe('id\r\na\r\n');
});

test('only the rows in the window are drawn', () => {
  expect(drawnRows(10, 48, 200, 900)).toEqual({ first: 0, end: 10 });
  const { first, end } = drawnRows(100_000, 48, -48 * 50_000, 900);
  expect(first).toBeLessThanOrEqual(49_999);
  expect(end).toBeGreaterThanOrEqual(50_020);
  expect(end - first).toBeLessThan(60);
  expect(drawnRows(0, 48, 0, 900)).toEqual({ first: 0, end: 0 });
  expect(drawnRows(20, 48, -48 * 500, 900)).toEqual({ first: 19, end: 20 });
});

test('what is new is counted, and what is shown or older is not', () => {
  const row = (id: string, created_at: string) => ({ id, created_at }) as Transaction;
  const rows = [row('b', '2'), row('a', '1')];
  expect(countNewer([row('d', '4'), row('c', '3'), row('d', '4'), row('b', '2')], rows)).toBe(2);
  expect(countNewer([row('z', '0'), row('a', '1')], rows)).toBe(0);
  expect(countNewer([row('a', '1')], [])).toBe(1);
  expect(countNewer(undefined, rows)).toBe(0);
});

test('columns are in the address where they are not the usual ones', () => {
  expect(columnsOf('amount,id,nonsense')).toEqual(['amount', 'id']);
  expect(columnsOf('nonsense')).toEqual(USUAL);
  expect(columnsText(USUAL)).toBeUndefined();
  expect(columnsText(['time', 'id'])).toBe('time,id');
});

test('a payment is named by both sides, and by the end of an id where a name is gone', () => {
  const bob = { user_id: 'usr_01kdvdna00e008000000000002', name: 'Bob Brown' };
  expect(partyNames({ from: bob, to: { ...bob, name: null } })).toEqual(['Bob Brown', '…000002']);
  expect(partyNames({ from: null, to: bob })).toEqual([undefined, 'Bob Brown']);
  expect(partyNames(null)).toEqual([undefined, undefined]);
});

test('the column of amounts is as wide as the longest one needs', () => {
  expect(widthOf('amount', '999999.99'.length)).toBe(150);
  expect(widthOf('amount', '1000000000000000.01'.length)).toBe(270);
  expect(widthOf('time', 19)).toBe(widthOf('time', 0));
  expect(widthOf('who', 19)).toBeUndefined();
});
