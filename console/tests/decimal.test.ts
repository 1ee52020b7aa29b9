import { describe, expect, test } from 'vitest';

import { add, amountOf, compare, decimalsOf, fromMinor, readTyped, subtract, toMinor } from '../src/money/decimal';

/** Types a text key by key, as a person does. */
function type(text: string, decimals: number): string {
  let typed = '';
  for (const key of text) typed = readTyped(typed, typed + key, decimals) ?? typed;
  return typed;
}

describe('what is typed key by key', () => {
  test.each([
    ['82.49', 2, '82.49'],
    ['82,49', 2, '82.49'],
    ['0.1', 2, '0.1'],
    ['.5', 2, '0.5'],
    ['007', 2, '7'],
    ['1.999', 2, '1.99'],
    ['1.2.3', 2, '1.23'],
    ['12a3', 2, '123'],
    ['1000.5', 0, '10005'],
    ['1.234', 3, '1.234'],
    ['1e5', 2, '15'],
    ['-5', 2, '5'],
    ['1,234', 2, '1.23'],
  ])('%s with %i decimals is %s', (text, decimals, expected) => {
    expect(type(text, decimals)).toBe(expected);
  });

  test('each step on the way to 82.49 is what was typed', () => {
    const steps = ['8', '82', '82.', '82.4', '82.49'];
    let before = '';
    for (const step of steps) {
      expect(readTyped(before, step, 2)).toBe(step);
      before = step;
    }
    for (const step of ['82.4', '82.', '82', '8', '']) {
      expect(readTyped(before, step, 2)).toBe(step);
      before = step;
    }
  });

  test('an amount is never longer than the server takes', () => {
    expect(type('9'.repeat(40), 2)).toBe('9'.repeat(16));
  });
});

describe('what is pasted', () => {
  test.each([
    ['1,234.56', 2, '1234.56'],
    ['1.234,56', 2, '1234.56'],
    ['1 234,56', 2, '1234.56'],
    ["1'234.50", 2, '1234.50'],
    ['1,234', 2, '1234'],
    ['1,234,567', 2, '1234567'],
    ['1.234', 3, '1.234'],
    ['1,234', 0, '1234'],
    ['1234.00', 0, '1234'],
    ['12.345', 2, null],
    ['12.3456', 2, null],
    ['1234.5', 0, null],
    ['USD 12.50', 2, null],
    ['12.50\u00a0', 2, '12.50'],
  ])('%s with %i decimals is %s', (text, decimals, expected) => {
    expect(readTyped('', text, decimals)).toBe(expected);
  });

  test('is read as the locale writes it', () => {
    expect(readTyped('', '1.234', 2, ',')).toBe('1234');
    expect(readTyped('', '1,23', 2, ',')).toBe('1.23');
    expect(readTyped('', '1,234', 2, ',')).toBeNull();
  });
});

describe('amounts', () => {
  test('are exact, however large', () => {
    expect(add('12345678901234567890.12', '0.01')).toBe('12345678901234567890.13');
    expect(subtract('0.30', '0.10')).toBe('0.20');
    expect(subtract('10.00', '10.01')).toBe('-0.01');
    expect(compare('1000000000000000.01', '1000000000000000.02')).toBeLessThan(0);
    expect(compare('1.5', '1.500')).toBe(0);
  });

  test('go to minor units and back', () => {
    for (const [amount, decimals, minor] of [['12.50', 2, 1250n], ['7', 0, 7n], ['1.234', 3, 1234n], ['-0.05', 2, -5n]] as const) {
      expect(toMinor(amount, decimals)).toBe(minor);
      expect(fromMinor(minor, decimals)).toBe(amount);
      expect(decimalsOf(amount)).toBe(decimals);
    }
    expect(() => toMinor('1.005', 2)).toThrow(RangeError);
    expect(() => toMinor('1e3', 2)).toThrow(TypeError);
  });

  test('of a field have all decimals, and are above zero', () => {
    expect(amountOf('5', 2)).toBe('5.00');
    expect(amountOf('5.', 2)).toBe('5.00');
    expect(amountOf('500', 0)).toBe('500');
    for (const nothing of ['', '0', '0.00', '.']) expect(amountOf(nothing, 2)).toBeNull();
  });
});
