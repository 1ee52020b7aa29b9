// The bar that a query is typed into.

import { Search } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';

import { useKeys } from '../keys';
import { usePaymentsText } from '../text/payments';

export function QueryBar({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const text = usePaymentsText();
  const [typed, setTyped] = useState(value);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => setTyped(value), [value]);
  useKeys({ '/': () => input.current?.select() });
  return (
    <form
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onChange(typed.trim());
      }}
    >
      <div className="relative">
        <Search className="pointer-events-none absolute top-1/2 left-3.5 size-4 -translate-y-1/2 text-ink-3" aria-hidden="true" />
        <input
          ref={input}
          type="search"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value);
            if (event.target.value === '') onChange('');
          }}
          onKeyDown={(event) => {
            if (event.key !== 'Escape') return;
            // What was searched for stays.
            event.preventDefault();
            input.current?.blur();
          }}
          aria-label={text.query}
          aria-describedby="query-help"
          placeholder={text.placeholder}
          spellCheck={false}
          autoCapitalize="none"
          maxLength={400}
          className="h-11 w-full rounded-control border border-control bg-surface pr-3 pl-10 font-mono text-sm placeholder:text-ink-3 hover:border-ink-3 focus:outline-2 focus:outline-focus"
        />
      </div>
      <p id="query-help" className="mt-1.5 text-xs text-ink-3">{text.help} <span className="max-lg:hidden">{text.searchKey}.</span></p>
    </form>
  );
}
