// Alerts as the API shows them.

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export const STATES = ['unresolved', 'open', 'acknowledged', 'resolved', 'any'] as const;
/** Why somebody ends an alert; those that end by themselves have others. */
export const REASONS = ['fixed', 'expected', 'false_alarm', 'duplicate', 'other'] as const;
export type Severity = (typeof SEVERITIES)[number];
export type Reason = (typeof REASONS)[number];
export type Status = 'open' | 'acknowledged' | 'resolved';

export interface Alert {
  id: string;
  kind: string;
  subject: string;
  scenario: string;
  severity: Severity;
  status: Status;
  firing: boolean;
  count: number;
  first_at: string;
  last_at: string;
  evidence: { at: string; says: string }[];
  owner: string | null;
  acknowledged: { by: string; at: string; seconds: number; comment: string | null } | null;
  snoozed: { until: string; severity: Severity; by: string } | null;
  resolved: { at: string; by: string | null; reason: Reason | 'condition_ended' | 'quiet'; while_firing: boolean } | null;
  suppressed_by: string | null;
  follows: string | null;
  notices: number;
}

export interface AlertEntry {
  at: string;
  what: string;
  by: string | null;
  comment: string | null;
  facts: Record<string, unknown>;
}

export interface AlertDetail extends Alert {
  timeline: AlertEntry[];
  group: { status: Status; open: number; acknowledged: number };
}

export interface AlertFilters {
  severity?: Severity;
  status?: (typeof STATES)[number];
  kind?: string;
  owner?: string;
}

export interface AlertPage {
  data: Alert[];
  has_more: boolean;
  next_cursor?: string | null;
}
