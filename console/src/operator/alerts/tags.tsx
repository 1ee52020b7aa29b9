// How bad an alert is and where it is, in a word and a tint.

import { BellOff, BellRing, CircleCheck, CircleDot, Info, OctagonAlert, TriangleAlert, UserCheck } from 'lucide-react';

import { Tag } from '../parts/tag';
import { useAlertsText } from '../text/alerts';
import type { Alert, Severity } from './types';

const SEVERITIES = { critical: ['danger', OctagonAlert], warning: ['warning', TriangleAlert], info: ['info', Info] } as const;

export function SeverityTag({ severity }: { severity: Severity }) {
  const text = useAlertsText();
  const [tone, icon] = SEVERITIES[severity];
  return <Tag tone={tone} icon={icon}>{text.severities[severity]}</Tag>;
}

const STATES = { open: ['danger', BellRing], acknowledged: ['info', UserCheck], resolved: ['success', CircleCheck] } as const;

export function AlertTag({ alert }: { alert: Alert }) {
  const text = useAlertsText();
  if (alert.status !== 'resolved' && alert.snoozed) return <Tag icon={BellOff}>{text.snoozed}</Tag>;
  if (alert.status !== 'resolved' && alert.suppressed_by) return <Tag icon={CircleDot}>{text.explained}</Tag>;
  const [tone, icon] = STATES[alert.status];
  return <Tag tone={tone} icon={icon}>{text.states[alert.status]}</Tag>;
}
