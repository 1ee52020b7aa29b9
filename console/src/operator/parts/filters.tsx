// Filters of lists: one of few as segments, and those that are set as chips.

import { X } from 'lucide-react';

import { usePaymentsText } from '../text/payments';

interface SegmentsProps<Value extends string> {
  label: string;
  options: readonly (readonly [Value, string])[];
  chosen: string;
  onChange: (value: Value) => void;
}

export function Segments<Value extends string>({ label, options, chosen, onChange }: SegmentsProps<Value>) {
  return (
    <div role="group" aria-label={label} className="mb-4 flex flex-wrap gap-1.5">
      {options.map(([value, name]) => (
        <button key={value} type="button" aria-pressed={chosen === value} onClick={() => onChange(value)} className="h-8 rounded-full border border-line px-3 text-sm text-ink-2 hover:border-control aria-pressed:border-brand aria-pressed:bg-brand-tint aria-pressed:font-medium aria-pressed:text-brand">{name}</button>
      ))}
    </div>
  );
}

export function FilterChips({ filters, onRemove }: { filters: Record<string, string | undefined>; onRemove: (name: string) => void }) {
  const text = usePaymentsText();
  const set = Object.entries(filters).filter((pair): pair is [string, string] => !!pair[1]);
  if (set.length === 0) return null;
  return (
    <ul className="mb-3 flex flex-wrap gap-1.5">
      {set.map(([name, value]) => (
        <li key={name} className="flex h-7 max-w-full items-center rounded-full border border-line bg-surface pl-2.5 text-xs">
          <bdi className="truncate font-mono">{name}:{value}</bdi>
          <button type="button" onClick={() => onRemove(name)} aria-label={text.removeFilter(`${name}:${value}`)} className="grid size-7 shrink-0 place-items-center rounded-full text-ink-3 hover:text-ink"><X className="size-3.5" aria-hidden="true" /></button>
        </li>
      ))}
    </ul>
  );
}
