// Cases as the API shows them.

import type { components } from '../../api/generated';

type Schemas = components['schemas'];

export const QUEUES = ['transactions', 'sanctions', 'kyc', 'unresolved'] as const;
export const STATES = ['open', 'assigned', 'snoozed', 'closed'] as const;
export const VERDICTS = ['confirmed', 'false_positive', 'valuable', 'inconclusive'] as const;
export type Queue = Schemas['CaseQueue'];
export type Verdict = Schemas['CaseOutcome'];
/** What becomes of a transaction that waits. */
export type Word = Schemas['CaseTransaction'];
export type Proposal = Schemas['CaseProposal'];
export type Case = Schemas['CaseBody'];
export type Attachment = Schemas['CaseFile'];

/** What is in evidence and entries may be anything that JSON has. */
export interface EvidenceRow {
  label: string;
  value: unknown;
  compared_with?: unknown;
}

export interface Evidence {
  about: string;
  at: string;
  rows: EvidenceRow[];
}

export interface Entry {
  kind: string;
  by?: string | null;
  before: unknown;
  after: unknown;
  at: string;
}

export type WholeCase = Omit<Schemas['WholeCaseBody'], 'evidence' | 'timeline'> & { evidence: Evidence[]; timeline: Entry[] };
