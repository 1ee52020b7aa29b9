// A field that filters a list a moment after it was typed into; `/` goes to it.

import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { useKeys } from '../keys';

const AFTER_MS = 250;

export function SearchField({ label, value, onChange }: { label: string; value: string; onChange: (text: string) => void }) {
  const [typed, setTyped] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  const change = useRef(onChange);
  change.current = onChange;
  useEffect(() => setTyped(value), [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => change.current(typed.trim()), AFTER_MS);
    return () => clearTimeout(timer);
  }, [typed, value]);
  useKeys({ '/': () => input.current?.select() });
  return (
    <div className="relative w-full sm:w-80">
      <Search className="pointer-events-none absolute top-1/2 left-3 size-4 -translate-y-1/2 text-ink-3" aria-hidden="true" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        maxLength={200}
        spellCheck={false}
        autoCapitalize="none"
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') change.current(typed.trim());
          if (event.key !== 'Escape') return;
          // What was searched for stays.
          event.preventDefault();
          input.current?.blur();
        }}
        className="h-9 w-full rounded-control border border-control bg-surface pr-3 pl-9 text-sm placeholder:text-ink-3 hover:border-ink-3 focus:outline-2 focus:outline-focus"
      />
    </div>
  );
}
