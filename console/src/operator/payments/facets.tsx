// Filters that are chosen, and those that are set: chips that are taken away one by one, each with what is wrong with it.

import { X } from 'lucide-react';
import { useState } from 'react';

import type { Transaction } from '../../api/types';
import { Button } from '../../design/button';
import { Field } from '../../design/field';
import { useText } from '../../i18n/language';
import { Checks, PanelButton, Popover } from '../parts/popover';
import { parseQuery, type Query, STATUSES, TYPES, valuesOf, withoutWord, withWord, type Word } from '../query';
import { useCommon } from '../text/common';
import { usePaymentsText } from '../text/payments';

export function Facets({ q, rows, onChange }: { q: string; rows: readonly Transaction[]; onChange: (q: string) => void }) {
  const t = useText();
  const text = usePaymentsText();
  const counts = (of: (row: Transaction) => string) => {
    const found = new Map<string, number>();
    for (const row of rows) found.set(of(row), (found.get(of(row)) ?? 0) + 1);
    return found;
  };
  const facet = (field: 'status' | 'type', values: readonly string[], name: (value: string) => string) => {
    const chosen = valuesOf(q, field);
    return (
      <Popover label={text.facet[field]} isOn={chosen.length > 0}>
        {() => {
          const found = counts((row) => row[field]);
          return <Checks legend={text.ofLoaded(rows.length)} options={values.map((value) => [value, name(value), found.get(value) ?? 0])} chosen={chosen} onChange={(next) => onChange(withWord(q, field, next.join(',') || null))} />;
        }}
      </Popover>
    );
  };
  const currency = valuesOf(q, 'currency');
  return (
    <div className="flex flex-wrap gap-2">
      {facet('status', STATUSES, (value) => t.status[value as keyof typeof t.status])}
      {facet('type', TYPES, (value) => t.activity.types[value as keyof typeof t.activity.types])}
      <Popover label={text.facet.currency} isOn={currency.length > 0}>
        {() => {
          const found = counts((row) => row.currency);
          const options = [...new Set([...currency, ...found.keys()])].toSorted();
          return <Checks legend={text.ofLoaded(rows.length)} options={options.map((code) => [code, code, found.get(code) ?? 0])} chosen={currency} onChange={(next) => onChange(withWord(q, 'currency', next.at(-1) ?? null))} />;
        }}
      </Popover>
      <Popover label={text.facet.amount} isOn={/amount:/i.test(q)}>{(close) => <AmountPanel q={q} onChange={(next) => { onChange(next); close(); }} />}</Popover>
      <Popover label={text.facet.date} isOn={/(after|before):/i.test(q)}>{(close) => <DatePanel q={q} onChange={(next) => { onChange(next); close(); }} />}</Popover>
    </div>
  );
}

function AmountPanel({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const text = usePaymentsText();
  const common = useCommon();
  const [least, setLeast] = useState('');
  const [most, setMost] = useState('');
  const word = least && most ? `${least}..${most}` : least ? `>=${least}` : most ? `<=${most}` : null;
  const isWrong = word !== null && parseQuery(`currency:USD amount:${word}`).words.some((one) => one.wrong === 'amount');
  return (
    <form
      className="w-60 space-y-3 p-2"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isWrong) onChange(withWord(q, 'amount', word));
      }}
    >
      <Field label={text.atLeast} inputMode="decimal" value={least} onChange={(event) => setLeast(event.target.value.trim())} error={isWrong ? text.wrong.amount : undefined} className="!h-9" />
      <Field label={text.atMost} inputMode="decimal" value={most} onChange={(event) => setMost(event.target.value.trim())} className="!h-9" />
      <Button type="submit" size="small" className="w-full">{common.apply}</Button>
    </form>
  );
}

function DatePanel({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const text = usePaymentsText();
  const common = useCommon();
  const [from, setFrom] = useState(valuesOf(q, 'after')[0]?.slice(0, 10) ?? '');
  const [until, setUntil] = useState(valuesOf(q, 'before')[0]?.slice(0, 10) ?? '');
  return (
    <div className="w-60">
      {Object.entries(text.dates).map(([span, name]) => <PanelButton key={span} onClick={() => onChange(withWord(withWord(q, 'before', null), 'after', span))}>{name}</PanelButton>)}
      <form
        className="mt-1 space-y-3 border-t border-line p-2 pt-3"
        onSubmit={(event) => {
          event.preventDefault();
          onChange(withWord(withWord(q, 'after', from || null), 'before', until || null));
        }}
      >
        <Field label={text.from} type="date" value={from} onChange={(event) => setFrom(event.target.value)} className="!h-9" />
        <Field label={text.until} type="date" value={until} onChange={(event) => setUntil(event.target.value)} className="!h-9" />
        <Button type="submit" size="small" className="w-full">{common.apply}</Button>
      </form>
    </div>
  );
}

interface ChipsProps {
  q: string;
  query: Query;
  /** The currencies that are about, the most frequent first. */
  currencies: readonly string[];
  onChange: (q: string) => void;
}

export function Chips({ q, query, currencies, onChange }: ChipsProps) {
  const text = usePaymentsText();
  const wrong = query.words.filter((word) => word.wrong);
  if (query.words.length === 0) return null;
  return (
    <div className="mt-3 space-y-2">
      <ul className="flex flex-wrap items-center gap-1.5">
        {query.words.map((word) => (
          <li key={word.text} className={`flex h-7 max-w-full items-center rounded-full border pl-2.5 text-xs ${word.wrong ? 'border-danger text-danger' : 'border-line bg-surface'}`}>
            <bdi className="truncate font-mono">{word.text}</bdi>
            <button type="button" onClick={() => onChange(withoutWord(q, word.text))} aria-label={text.removeFilter(word.text)} className="grid size-7 shrink-0 place-items-center rounded-full text-ink-3 hover:text-ink"><X className="size-3.5" aria-hidden="true" /></button>
          </li>
        ))}
        {query.assumed && (
          <li className="flex flex-wrap items-center gap-1.5 text-xs text-ink-3">
            {text.assumed(query.assumed)}
            {currencies.filter((code) => code !== query.assumed).slice(0, 3).map((code) => <button key={code} type="button" onClick={() => onChange(withWord(q, 'currency', code))} className="min-h-6 rounded-md px-1.5 font-medium text-brand hover:underline">{code}</button>)}
          </li>
        )}
        {query.number && <li><button type="button" onClick={() => onChange(withWord(withoutWord(q, query.number!), 'amount', query.number))} className="min-h-6 rounded-md px-1.5 text-xs font-medium text-brand hover:underline">{text.asAmount(query.number)}</button></li>}
      </ul>
      {wrong.length > 0 && <div role="alert" className="space-y-1 text-sm text-danger">{wrong.map((word) => <WrongWord key={word.text} word={word} />)}</div>}
    </div>
  );
}

function WrongWord({ word }: { word: Word }) {
  const text = usePaymentsText();
  const why = word.wrong!;
  const sentence = why === 'status' ? text.wrong.status(STATUSES.join(', ')) : why === 'type' ? text.wrong.type(TYPES.join(', ')) : text.wrong[why];
  return <p><code className="font-mono">{word.text}</code> {sentence}</p>;
}
