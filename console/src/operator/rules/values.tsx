// The fields of values in a rule: whole numbers, amounts in minor units, texts, several at once. What is typed is never a float.

import { useEffect, useState } from 'react';

import { Field } from '../../design/field';
import { useLocale } from '../../i18n/language';
import { currencyDecimals } from '../../money/currencies';
import { fromMinor, readTyped, toMinor } from '../../money/decimal';
import { decimalMark } from '../../money/format';
import type { Literal, Operand } from './ast';
import { asCompared, type Fields, valuesOf } from './catalogue';

const SMALL = '!h-10 !px-2.5 !text-sm';

interface Props<T> {
  label: string;
  hideLabel?: boolean;
  value: T;
  onChange: (value: T) => void;
  isWrong?: boolean;
}

/** A whole number; nothing while the field is empty. */
export function NumberInput({ label, hideLabel = false, value, onChange, isWrong = false, min = -Number.MAX_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER }: Omit<Props<number | undefined>, 'isWrong'> & { isWrong?: boolean; min?: number; max?: number }) {
  const [typed, setTyped] = useState(String(value ?? ''));
  useEffect(() => {
    if (numberOf(typed) !== value) setTyped(value === undefined ? '' : String(value));
  }, [value]);
  return (
    <Field
      label={label}
      hideLabel={hideLabel}
      inputMode={min < 0 ? 'text' : 'numeric'}
      autoComplete="off"
      value={typed}
      aria-invalid={isWrong || undefined}
      className={`${SMALL} ${isWrong ? '!border-danger' : ''}`}
      onChange={(event) => {
        const next = event.target.value.trim().replace('−', '-');
        if (!/^-?\d{0,15}$/.test(next) || (min >= 0 && next.startsWith('-'))) return;
        setTyped(next);
        const number = numberOf(next);
        if (number === undefined || (number >= min && number <= max)) onChange(number);
      }}
      onBlur={() => setTyped(value === undefined ? '' : String(value))}
    />
  );
}

const numberOf = (typed: string): number | undefined => (/^-?\d+$/.test(typed) ? Number(typed) : undefined);

/** What was typed in minor units: exactly, or nothing. */
export const minorOf = (typed: string, decimals: number): Literal => (typed === '' ? '' : Number(toMinor(typed.replace(/\.$/, ''), decimals)));

/** An amount in minor units, typed with the decimals of its currency. */
export function AmountInput({ label, value, onChange, currency, isWrong = false }: Props<Literal> & { currency: string }) {
  const locale = useLocale();
  const decimals = currencyDecimals(currency);
  const mark = decimalMark(locale);
  const [typed, setTyped] = useState(() => written(value, decimals));
  useEffect(() => {
    if (minorOf(typed, decimals) !== value) setTyped(written(value, decimals));
  }, [value, decimals]);
  return (
    <div className="relative">
      <Field
        label={label}
        hideLabel
        inputMode="decimal"
        autoComplete="off"
        value={typed.replace('.', mark)}
        aria-invalid={isWrong || undefined}
        className={`${SMALL} !pr-13 text-right ${isWrong ? '!border-danger' : ''}`}
        onChange={(event) => {
          const next = readTyped(typed, event.target.value, decimals, mark);
          if (next === null) return;
          setTyped(next);
          onChange(minorOf(next, decimals));
        }}
      />
      <span className="pointer-events-none absolute top-2.5 right-2.5 text-sm text-ink-3" aria-hidden="true">{currency}</span>
    </div>
  );
}

const written = (value: Literal, decimals: number) => (typeof value === 'number' && Number.isSafeInteger(value) ? fromMinor(BigInt(value), decimals) : '');

/** Several values, separated by commas. */
export function ValuesInput({ label, value, onChange, left, fields, isWrong = false, hint }: Props<Literal[]> & { left: Operand; fields: Fields; hint: string }) {
  const [typed, setTyped] = useState(value.join(', '));
  useEffect(() => {
    if (JSON.stringify(valuesOf(typed, left, fields)) !== JSON.stringify(value)) setTyped(value.join(', '));
  }, [value]);
  return (
    <Field
      label={label}
      hideLabel
      value={typed}
      placeholder={hint}
      autoComplete="off"
      spellCheck={false}
      aria-invalid={isWrong || undefined}
      className={`${SMALL} ${isWrong ? '!border-danger' : ''}`}
      onChange={(event) => {
        setTyped(event.target.value);
        onChange(valuesOf(event.target.value, left, fields));
      }}
    />
  );
}

/** A text, as the field that it is compared with has it. */
export function TextInput({ label, value, onChange, left, fields, isWrong = false, hint }: Props<string> & { left: Operand; fields: Fields; hint?: string | undefined }) {
  return <Field label={label} hideLabel value={value} placeholder={hint} maxLength={200} autoComplete="off" spellCheck={false} autoCapitalize="none" aria-invalid={isWrong || undefined} className={`${SMALL} ${isWrong ? '!border-danger' : ''}`} onChange={(event) => onChange(asCompared(event.target.value, left, fields))} />;
}
