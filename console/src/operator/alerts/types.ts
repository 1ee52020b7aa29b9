// Alerts as the API shows them.

import type { components } from '../../api/generated';

type Schemas = components['schemas'];

export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export const STATES = ['unresolved', 'open', 'acknowledged', 'resolved', 'any'] as const;
/** Why somebody ends an alert; those that end by themselves have others. */
export const REASONS = ['fixed', 'expected', 'false_alarm', 'duplicate', 'other'] as const;
export type Reason = (typeof REASONS)[number];
export type Severity = Schemas['Severity'];
export type Alert = Schemas['AlertBody'];
export type AlertDetail = Schemas['AlertDetail'];
