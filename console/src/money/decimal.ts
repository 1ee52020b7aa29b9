// Amounts as decimal text, exactly. Nothing here, and nothing that uses it, makes a floating-point number of one.

/** How many decimals an amount of the server has: those of its currency. */
export function decimalsOf(amount: string): number {
  const point = amount.indexOf('.');
  return point < 0 ? 0 : amount.length - point - 1;
}

/** Decimal text as a whole number of units of the last decimal. */
export function toMinor(amount: string, decimals: number): bigint {
  const match = /^(-?)(\d*)(?:\.(\d*))?$/.exec(amount);
  if (!match) throw new TypeError(`${amount} is no decimal text`);
  const [, sign = '', whole = '', part = ''] = match;
  if (part.length > decimals) throw new RangeError(`${amount} has more than ${decimals} decimals`);
  const digits = BigInt(`${whole}${part.padEnd(decimals, '0')}` || '0');
  return sign ? -digits : digits;
}

/** The way back. */
export function fromMinor(minor: bigint, decimals: number): string {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals);
  const part = decimals > 0 ? `.${digits.slice(-decimals)}` : '';
  return `${minor < 0n ? '-' : ''}${whole}${part}`;
}

/** `a + b`, both with the decimals of `a`. */
export function add(a: string, b: string): string {
  const decimals = decimalsOf(a);
  return fromMinor(toMinor(a, decimals) + toMinor(b, decimals), decimals);
}

/** `a - b`, both with the decimals of `a`. */
export function subtract(a: string, b: string): string {
  const decimals = decimalsOf(a);
  return fromMinor(toMinor(a, decimals) - toMinor(b, decimals), decimals);
}

/** Below 0, 0 or above it, as `a` is less than, equal to or more than `b`. */
export function compare(a: string, b: string): number {
  const decimals = Math.max(decimalsOf(a), decimalsOf(b));
  const difference = toMinor(a, decimals) - toMinor(b, decimals);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** No amount of the server is longer. */
const MOST_DIGITS = 18;

/**
 * What stands in an amount field after it became `text`, with `.` as the decimal point; null where that cannot be an amount and
 * the field keeps what it had. Each key that is typed is taken as it comes, so that "82.49" never becomes anything else; in what
 * is pasted, the last of several kinds of separators is the decimal one, and a lone one before exactly three digits is one of
 * thousands, unless it is `mark`, the decimal one of the reader's locale.
 */
export function readTyped(before: string, text: string, decimals: number, mark = '.'): string | null {
  const kept = text.replace(/[\s\u00a0\u202f'’]/g, '');
  if (!/^[\d.,]*$/.test(kept)) return null;
  const isPasted = Math.abs(kept.length - before.length) > 1;
  const separators = [...kept.matchAll(/[.,]/g)];
  const last = separators.at(-1);
  let whole = kept;
  let part: string | undefined;
  if (last) {
    const after = kept.slice(last.index + 1);
    const sameKind = separators.filter((one) => one[0] === last[0]).length;
    const isGroups = isPasted && (sameKind > 1 || (separators.length === 1 && after.length === 3 && last[0] !== mark));
    if (!isPasted && separators.length > 1) return null;
    if (!isGroups) {
      whole = kept.slice(0, last.index);
      part = after;
    }
  }
  whole = whole.replace(/[.,]/g, '').replace(/^0+(?=\d)/, '');
  if (whole.length + decimals > MOST_DIGITS) return null;
  if (part === undefined) return whole;
  if (decimals === 0) return part === '' || /^0*$/.test(part) ? whole : null;
  if (part.length > decimals) return null;
  return `${whole || '0'}.${part}`;
}

/** The amount that a field says, with all decimals; null where it says none above zero. */
export function amountOf(typed: string, decimals: number): string | null {
  if (!/^\d+(\.\d*)?$/.test(typed)) return null;
  const minor = toMinor(typed.replace(/\.$/, ''), decimals);
  return minor > 0n ? fromMinor(minor, decimals) : null;
}
