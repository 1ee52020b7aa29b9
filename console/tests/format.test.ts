import { describe, expect, test } from 'vitest';

import { amountParts, decimalMark, formatAmount } from '../src/money/format';
import { ago, dayKey, dayName, exactTime, gap, isZone, setZone } from '../src/time/format';

const plain = (text: string) => text.replace(/[\u00a0\u202f]/g, ' ');

describe('an amount', () => {
  test.each([
    ['en-US', '1234.5', 'USD', '$1,234.5'],
    ['en-US', '12345678901234567890.12', 'USD', '$12,345,678,901,234,567,890.12'],
    ['en-US', '1000', 'JPY', '¥1,000'],
    ['en-US', '1.234', 'KWD', 'KWD 1.234'],
    ['de-DE', '1234.50', 'EUR', '1.234,50 €'],
    ['en-US', '-5.00', 'USD', '\u2212$5.00'],
  ])('of %s: %s %s is %s', (locale, amount, currency, expected) => {
    expect(plain(formatAmount(locale, amount, currency))).toBe(expected);
  });

  test('shows its sign and its code where it is asked to', () => {
    expect(plain(formatAmount('en-GB', '5.00', 'USD', { signed: true, code: true }))).toBe('+USD 5.00');
    expect(plain(formatAmount('en-GB', '0.00', 'USD', { signed: true, code: true }))).toBe('USD 0.00');
  });

  test('has its decimals apart, so that they can be drawn more quietly', () => {
    const minor = amountParts('de-DE', '1234.50', 'EUR').filter((part) => part.kind === 'minor');
    expect(minor.map((part) => part.text).join('')).toBe(',50');
  });

  test('is typed with the mark of the locale', () => {
    expect([decimalMark('en-US'), decimalMark('de-DE')]).toEqual(['.', ',']);
  });
});

describe('a time', () => {
  const now = new Date(2026, 10, 30, 12, 0);
  test('has the name of its day', () => {
    expect(dayName('en', new Date(2026, 10, 30, 1).toISOString(), now)).toBe('Today');
    expect(dayName('de', new Date(2026, 10, 29, 23).toISOString(), now)).toBe('Gestern');
    expect(dayName('en-GB', new Date(2025, 0, 2, 3).toISOString(), now)).toMatch(/^Thursday,? 2 January 2025$/);
  });

  test('is so long after another', () => {
    const at = '2026-11-30T12:00:00.000Z';
    expect(gap('en', at, '2026-11-30T12:00:01.200Z')).toBe('1.2 sec');
    expect(gap('en', at, '2026-11-30T15:04:00.000Z')).toBe('3 hr');
  });

  test('is shown in the zone that was chosen', () => {
    setZone('Pacific/Auckland');
    expect(dayKey(new Date('2026-11-30T12:00:00Z'))).toBe('2026-12-01');
    expect(exactTime('en-GB', '2026-11-30T12:00:00Z', new Date('2026-11-30T13:00:00Z'))).toBe('01 Dec, 01:00:00');
    setZone('America/New_York');
    // The clocks went back on the first of November: that day had 25 hours.
    expect(dayName('en', '2026-10-31T16:00:00Z', new Date('2026-11-02T04:30:00Z'))).toBe('Yesterday');
    setZone('');
    expect([isZone('Europe/Berlin'), isZone('Mars/Olympus'), isZone('')]).toEqual([true, false, false]);
  });

  test('is so long ago', () => {
    expect([5, 90, 7_200, 172_800].map((seconds) => ago('en', new Date(now.getTime() - seconds * 1_000).toISOString(), now))).toEqual(['5 sec. ago', '1 min. ago', '2 hr. ago', '2 days ago']);
  });
});
