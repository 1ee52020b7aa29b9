// The status of a transaction: an icon, a word and a tint. One table for all pages.

import { Ban, CircleCheck, CircleDashed, CircleHelp, CirclePause, CircleX, Clock, Eye, RotateCcw, ShieldQuestionMark } from 'lucide-react';
import type { ComponentType } from 'react';

import type { TransactionStatus } from '../api/types';
import { useText } from '../i18n/language';

const LOOKS: Record<TransactionStatus, [ComponentType<{ className?: string }>, string]> = {
  requires_verification: [ShieldQuestionMark, 'bg-warning-tint text-warning'],
  in_review: [Eye, 'bg-review-tint text-review'],
  authorised: [CirclePause, 'bg-info-tint text-info'],
  processing: [Clock, 'bg-info-tint text-info'],
  unresolved: [CircleHelp, 'bg-warning-tint text-warning'],
  completed: [CircleCheck, 'bg-success-tint text-success'],
  failed: [CircleX, 'bg-danger-tint text-danger'],
  cancelled: [Ban, 'bg-sunken text-ink-2'],
  expired: [CircleDashed, 'bg-sunken text-ink-2'],
  reversed: [RotateCcw, 'bg-sunken text-ink-2'],
};

/** `name` is said instead of the usual word, where the page knows more. */
export function StatusBadge({ status, name }: { status: TransactionStatus; name?: string | undefined }) {
  const t = useText();
  const [Icon, tint] = LOOKS[status];
  return (
    <span className={`inline-flex h-6 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap ${tint}`}>
      <Icon className="size-3.5" aria-hidden="true" />
      {name ?? t.status[status]}
    </span>
  );
}
