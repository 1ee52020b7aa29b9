// An amount: its digits in columns, its decimals quieter where it is large, and read out with the name of its currency.

import { useLocale } from '../i18n/language';
import { amountParts, currencyName } from '../money/format';

interface Props {
  amount: string;
  currency: string;
  /** `+` before what is above zero: for money that came in. */
  signed?: boolean;
  /** The code instead of the sign. */
  code?: boolean;
  /** Quieter decimals: only from 20 px. */
  quietMinor?: boolean;
  /** It may go over two lines: where there may be no place for all its digits. */
  wraps?: boolean;
  className?: string;
}

export function Amount({ amount, currency, signed = false, code = false, quietMinor = false, wraps = false, className = '' }: Props) {
  const locale = useLocale();
  const parts = amountParts(locale, amount, currency, { signed, code });
  const spoken = `${parts.filter((part) => part.kind !== 'currency').map((part) => part.text).join('').trim()} ${currencyName(locale, currency)}`;
  return (
    <span className={`tabular ${wraps ? 'wrap-anywhere' : 'whitespace-nowrap'} ${className}`}>
      <span className="sr-only">{spoken}</span>
      <span aria-hidden="true">
        {quietMinor ? parts.map((part, at) => (part.kind === 'minor' ? <span key={at} className="opacity-70">{part.text}</span> : part.text)) : parts.map((part) => part.text).join('')}
      </span>
    </span>
  );
}

/** Classes by the number of characters: each fits the narrowest phone, with all its digits. */
const SIZES: [number, string][] = [
  [8, 'text-2xl'],
  [10, 'text-2xl max-[359px]:text-xl'],
  [14, 'text-xl max-[359px]:text-lg sm:text-2xl'],
  [20, 'text-lg sm:text-2xl'],
  [Infinity, 'text-base sm:text-xl'],
];

/** The amount that a page is about, as large as its digits allow. */
export function BigAmount({ className = '', ...props }: Omit<Props, 'wraps' | 'quietMinor'>) {
  const locale = useLocale();
  const { length } = amountParts(locale, props.amount, props.currency, props).map((part) => part.text).join('');
  const size = SIZES.find(([most]) => length <= most)![1];
  return <Amount {...props} quietMinor wraps className={`block font-semibold tracking-tight ${size} ${className}`} />;
}
