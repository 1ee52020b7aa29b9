// Where a case is, how urgent it is and when it is due.

import { AlarmClock, BellOff, CircleCheck, CircleDot, UserCheck } from 'lucide-react';

import { useLocale } from '../../i18n/language';
import { ago } from '../../time/format';
import { Tag } from '../parts/tag';
import { useCasesText } from '../text/cases';
import type { Case } from './types';

const STATES = { open: ['warning', CircleDot], assigned: ['info', UserCheck], snoozed: ['quiet', BellOff], closed: ['success', CircleCheck] } as const;

export function CaseTag({ state }: { state: Case['state'] }) {
  const text = useCasesText();
  const [tone, icon] = STATES[state];
  return <Tag tone={tone} icon={icon}>{text.states[state]}</Tag>;
}

/** 0 to 100, as a number and a bar. */
export function Priority({ priority }: { priority: number }) {
  const text = useCasesText();
  const tone = priority >= 75 ? 'bg-danger' : priority >= 40 ? 'bg-warning' : 'bg-control';
  return (
    <span className="inline-flex items-center gap-2" title={text.priorityOf(priority)}>
      <span className="h-1.5 w-10 overflow-hidden rounded-full bg-sunken" aria-hidden="true"><span className={`block h-full ${tone}`} style={{ width: `${Math.min(Math.max(priority, 4), 100)}%` }} /></span>
      <span className="tabular w-6 text-right text-xs">{priority}</span>
    </span>
  );
}

export function Due({ of }: { of: Pick<Case, 'due_at' | 'overdue' | 'state'> }) {
  const text = useCasesText();
  const locale = useLocale();
  if (of.state === 'closed') return <span className="text-ink-3">–</span>;
  if (of.overdue) return <Tag tone="danger" icon={AlarmClock}>{text.overdue} {ago(locale, of.due_at)}</Tag>;
  return <time dateTime={of.due_at} className="text-ink-2">{ago(locale, of.due_at)}</time>;
}
