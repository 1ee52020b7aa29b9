// Amounts for people. `Intl` reads decimal text exactly; a number would not be exact.

import { decimalsOf } from './decimal';

/** A piece of a written amount. */
export interface AmountPart {
  kind: 'sign' | 'currency' | 'whole' | 'minor' | 'other';
  text: string;
}

interface Options {
  /** `+` before what is above zero. */
  signed?: boolean;
  /** The code instead of the sign: where currencies mix. */
  code?: boolean;
}

const formats = new Map<string, Intl.NumberFormat>();

function formatFor(locale: string, currency: string, decimals: number, { signed, code }: Options): Intl.NumberFormat {
  const key = [locale, currency, decimals, signed, code].join();
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, {
      style: 'currency',
      currency,
      currencyDisplay: code ? 'code' : 'narrowSymbol',
      minimumFractionDigits: decimals,
      maximumFractionDigits: decimals,
      signDisplay: signed ? 'exceptZero' : 'auto',
    });
    formats.set(key, format);
  }
  return format;
}

/** The pieces of an amount, so that its decimals can be drawn more quietly. */
export function amountParts(locale: string, amount: string, currency: string, options: Options = {}): AmountPart[] {
  const format = formatFor(locale, currency, decimalsOf(amount), options);
  const parts = format.formatToParts(amount as Intl.StringNumericLiteral);
  return parts.map(({ type, value }) => {
    if (type === 'minusSign') return { kind: 'sign', text: '\u2212' };
    if (type === 'plusSign') return { kind: 'sign', text: value };
    if (type === 'currency') return { kind: 'currency', text: value };
    if (type === 'integer' || type === 'group') return { kind: 'whole', text: value };
    if (type === 'decimal' || type === 'fraction') return { kind: 'minor', text: value };
    return { kind: 'other', text: value };
  });
}

/** An amount as one text. */
export function formatAmount(locale: string, amount: string, currency: string, options: Options = {}): string {
  return amountParts(locale, amount, currency, options)
    .map((part) => part.text)
    .join('');
}

const names = new Map<string, Intl.DisplayNames>();

/** How people of a locale call a currency. */
export function currencyName(locale: string, currency: string): string {
  let known = names.get(locale);
  if (!known) names.set(locale, (known = new Intl.DisplayNames([locale], { type: 'currency' })));
  return known.of(currency) ?? currency;
}

const marks = new Map<string, string>();

/** The character between the whole and its decimals. */
export function decimalMark(locale: string): string {
  let mark = marks.get(locale);
  if (mark === undefined) {
    const parts = new Intl.NumberFormat(locale).formatToParts(1.5);
    marks.set(locale, (mark = parts.find((part) => part.type === 'decimal')?.value ?? '.'));
  }
  return mark;
}
