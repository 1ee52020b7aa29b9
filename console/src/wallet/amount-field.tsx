// The field of an amount: decimal text, as it is typed.

import { useEffect, useId, useRef } from 'react';

import { useLocale, useText } from '../i18n/language';
import { amountOf, readTyped } from '../money/decimal';
import { decimalMark } from '../money/format';

interface Props {
  /** What was typed so far, with `.`. */
  value: string;
  onChange: (typed: string) => void;
  currency: string;
  decimals: number;
  error?: string | undefined;
  hint?: string | undefined;
}

export function AmountField({ value, onChange, currency, decimals, error, hint }: Props) {
  const t = useText();
  const id = useId();
  const mark = decimalMark(useLocale());
  const input = useRef<HTMLInputElement>(null);
  const shown = value.replace('.', mark);
  useEffect(() => input.current?.focus(), []);
  return (
    <div>
      <label htmlFor={id} className="mb-1.5 block text-sm font-medium">{t.money.amount}</label>
      <div className={`flex items-baseline gap-3 rounded-control border bg-surface px-4 py-3 focus-within:outline-2 focus-within:outline-focus ${error ? 'border-danger' : 'border-control'}`}>
        <input
          ref={input}
          id={id}
          value={shown}
          onChange={(event) => {
            const read = readTyped(value, event.target.value, decimals, mark);
            if (read !== null) onChange(read);
          }}
          onBlur={() => onChange(amountOf(value, decimals) ?? value)}
          inputMode={decimals > 0 ? 'decimal' : 'numeric'}
          autoComplete="off"
          enterKeyHint="next"
          placeholder={decimals > 0 ? `0${mark}${'0'.repeat(decimals)}` : '0'}
          aria-invalid={error ? true : undefined}
          aria-describedby={`${id}-note`}
          className="tabular w-full min-w-0 bg-transparent text-2xl font-semibold tracking-tight outline-none placeholder:text-ink-3"
        />
        <span className="text-base font-medium text-ink-2">{currency}</span>
      </div>
      <p id={`${id}-note`} role={error ? 'alert' : undefined} className={`mt-1.5 min-h-5 text-sm ${error ? 'text-danger' : 'text-ink-3'}`}>{error ?? hint}</p>
    </div>
  );
}
