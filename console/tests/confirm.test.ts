import { expect, test } from 'vitest';

import { clockText, digitsOf, secondsLeft } from '../src/wallet/confirm/countdown';

test('what the server said is counted from when it answered, and ends at 0', () => {
  expect(secondsLeft(300, 1_000, 1_000)).toBe(300);
  expect(secondsLeft(300, 1_000, 1_400)).toBe(300);
  expect(secondsLeft(300, 1_000, 2_000)).toBe(299);
  expect(secondsLeft(300, 1_000, 900_000)).toBe(0);
  // A clock that was set back adds nothing.
  expect(secondsLeft(300, 10_000, 1_000)).toBe(300);
});

test('seconds are shown as on a clock', () => {
  expect([0, 7, 60, 247, 3_599, 3_600, 3_723].map(clockText)).toEqual(['0:00', '0:07', '1:00', '4:07', '59:59', '1:00:00', '1:02:03']);
});

test('a code is found in whatever is pasted', () => {
  expect(digitsOf('123456')).toBe('123456');
  expect(digitsOf(' 123 456 ')).toBe('123456');
  expect(digitsOf('914073 is your PayFlow code for 15000.00 USD to Bob.')).toBe('914073');
  expect(digitsOf('12ab3')).toBe('123');
  expect(digitsOf('12345678')).toBe('123456');
  expect(digitsOf('')).toBe('');
});
