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
  className?: string;
}

export function Amount({ amount, currency, signed = false, code = false, quietMinor = false, className = '' }: Props) {
  const locale = useLocale();
  const parts = amountParts(locale, amount, currency, { signed, code });
  const spoken = `${parts.filter((part) => part.kind !== 'currency').map((part) => part.text).join('').trim()} ${currencyName(locale, currency)}`;
  return (
    <span className={`tabular whitespace-nowrap ${className}`}>
      <span className="sr-only">{spoken}</span>
      <span aria-hidden="true">
        {quietMinor ? parts.map((part, at) => (part.kind === 'minor' ? <span key={at} className="opacity-70">{part.text}</span> : part.text)) : parts.map((part) => part.text).join('')}
      </span>
    </span>
  );
}
