// What happened to something, the newest first: what, by whom, when, and what they wrote.

import type { ReactNode } from 'react';

import { useWorkText } from '../text/work';
import { At } from './at';
import { Person } from './person';

export interface Happening {
  at: string;
  what: string;
  by: string | null | undefined;
  comment?: string | null | undefined;
  more?: ReactNode;
}

export function History({ entries }: { entries: readonly Happening[] }) {
  const text = useWorkText();
  return (
    <ol className="relative space-y-4 before:absolute before:top-2 before:bottom-2 before:left-[5px] before:w-px before:bg-line">
      {entries.map((entry, at) => (
        <li key={at} className="relative pl-6 text-sm">
          <span className="absolute top-1.5 left-0 size-[11px] rounded-full border-2 border-control bg-surface" aria-hidden="true" />
          <p className="flex flex-wrap items-baseline gap-x-2">
            <span className="font-medium">{entry.what}</span>
            <span className="text-ink-2">{entry.by ? <Person id={entry.by} /> : text.byItself}</span>
            <span className="text-xs text-ink-3"><At at={entry.at} /></span>
          </p>
          {entry.more && <div className="mt-0.5 text-ink-2 wrap-anywhere empty:hidden">{entry.more}</div>}
          {entry.comment && <p className="mt-1 rounded-control bg-sunken px-3 py-2 whitespace-pre-wrap wrap-anywhere"><bdi>{entry.comment}</bdi></p>}
        </li>
      ))}
    </ol>
  );
}
