// The state of a rule, and what becomes of a transaction, in a word and a tint.

import { CircleCheck, CircleDot, CircleOff, CircleX, Eye, Ghost, PenLine, Plus, ShieldQuestionMark, Trash2 } from 'lucide-react';

import { useLocale } from '../../i18n/language';
import { Tag, type Tone } from '../parts/tag';
import { useRulesText } from '../text/rules';
import type { RiskOutcome, RuleBody } from './data';

const MODES = { live: ['success', CircleDot], shadow: ['review', Ghost], off: ['quiet', CircleOff] } as const;

export function ModeTag({ mode = 'live' }: { mode?: 'live' | 'shadow' | 'off' | undefined }) {
  const text = useRulesText();
  const [tone, icon] = MODES[mode];
  return <Tag tone={tone} icon={icon}>{text.modes[mode]}</Tag>;
}

const STATES = { changed: ['warning', PenLine], new: ['info', Plus], removed: ['danger', Trash2] } as const;

/** What the draft does with a rule; nothing where it leaves it as it is. */
export function StateTag({ state }: { state: RuleBody['state'] }) {
  const text = useRulesText();
  if (state === 'in_force') return null;
  const [tone, icon] = STATES[state];
  return <Tag tone={tone} icon={icon}>{text.states[state]}</Tag>;
}

const OUTCOMES: Record<RiskOutcome, [Tone, typeof Eye]> = { approve: ['success', CircleCheck], step_up: ['warning', ShieldQuestionMark], review: ['review', Eye], decline: ['danger', CircleX] };

export function OutcomeTag({ outcome }: { outcome: RiskOutcome }) {
  const text = useRulesText();
  const [tone, icon] = OUTCOMES[outcome];
  return <Tag tone={tone} icon={icon}>{text.outcomes[outcome]}</Tag>;
}

/** How many of a rule's hits were confirmed, of those that operators have decided about. */
export function PrecisionOf({ row: { precision } }: { row: RuleBody }) {
  const text = useRulesText();
  const locale = useLocale();
  if (precision.percent == null) return <span className="text-ink-3">–</span>;
  return <span className="tabular" title={text.precisionOf(precision.confirmed, precision.decided)}>{new Intl.NumberFormat(locale, { style: 'percent' }).format(precision.percent / 100)}</span>;
}
