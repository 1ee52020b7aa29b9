// What an entry of a case's timeline says beside what it is.

import type { ReactNode } from 'react';

import { At } from '../parts/at';
import { Person } from '../parts/person';
import { useCasesText } from '../text/cases';
import { useWorkText } from '../text/work';
import type { Entry } from './types';

/** A part of what an entry holds, as text. */
function textOf(value: unknown, name: string): string {
  const found = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
  return found === null || found === undefined ? '' : String(found);
}

/** What somebody wrote in it. */
export function wordsOf({ kind, after }: Entry): string {
  if (kind === 'commented' && typeof after === 'string') return after;
  return textOf(after, 'note') || (['snoozed', 'pinned', 'reopened'].includes(kind) ? textOf(after, 'reason') : '');
}

export function Said({ entry: { kind, before, after } }: { entry: Entry }): ReactNode {
  const text = useCasesText();
  const work = useWorkText();
  const [outcome, reason, word] = ['outcome', 'reason', 'transaction'].map((name) => textOf(after, name));
  switch (kind) {
    case 'assigned':
      return typeof after === 'string' ? <>→ <Person id={after} /></> : work.nobody;
    case 'proposed':
    case 'decided':
      return [text.verdicts[outcome as keyof typeof text.verdicts] ?? outcome, text.words[word as keyof typeof text.words]?.name, text.reasons[reason as keyof typeof text.reasons] ?? reason].filter(Boolean).join(' · ');
    case 'snoozed':
      return textOf(after, 'until') ? <>{work.until} <At at={textOf(after, 'until')} /></> : work.wake;
    case 'pinned':
      return `${textOf(before, 'priority')} → ${textOf(after, 'priority')}`;
    case 'priority_raised':
      return `${String(before)} → ${String(after)}`;
    case 'attached':
      return <bdi>{textOf(after, 'name')}</bdi>;
    case 'closed':
      return text.automatic[String(after) as keyof typeof text.automatic] ?? String(after);
    default:
      return null;
  }
}
