// Cases as the API shows them.

import type { TransactionStatus } from '../../api/types';

export const QUEUES = ['transactions', 'sanctions', 'kyc', 'unresolved'] as const;
export const STATES = ['open', 'assigned', 'snoozed', 'closed'] as const;
export const VERDICTS = ['confirmed', 'false_positive', 'valuable', 'inconclusive'] as const;
export type Queue = (typeof QUEUES)[number];
export type CaseState = (typeof STATES)[number];
export type Verdict = (typeof VERDICTS)[number];
/** What becomes of a transaction that waits. */
export type Word = 'approve' | 'decline';

export interface Proposal {
  outcome: Verdict;
  reason: string;
  note: string;
  transaction: Word | null;
  by: string;
  at: string;
}

export interface Case {
  id: string;
  queue: Queue;
  subject: string;
  title: string;
  state: CaseState;
  priority: number;
  pinned: boolean;
  owner: string | null;
  snoozed_until: string | null;
  amount: string | null;
  currency: string | null;
  hits: number;
  last_hit_at: string;
  opened_at: string;
  due_at: string;
  overdue: boolean;
  needs_two: boolean;
  proposal: Proposal | null;
  under_way: Proposal | null;
  decision: { outcome: string; automatic: boolean; reason: string | null; note: string | null; proposed_by: string | null; decided_by: string | null; at: string } | null;
}

export interface EvidenceRow {
  label: string;
  value: unknown;
  compared_with?: unknown;
}

export interface Evidence {
  about: 'sides' | 'factors' | 'hit' | (string & {});
  at: string;
  rows: EvidenceRow[];
}

export interface Attachment {
  id: string;
  name: string;
  kind: string;
  size: number;
  added_by: string;
  added_at: string;
}

export interface LinkedTransaction {
  transaction: string;
  status: TransactionStatus | null;
  payer: string | null;
  payee: string | null;
  created_at: string;
}

export interface WholeCase extends Case {
  transaction_status: TransactionStatus | null;
  people: { user: string; is_subject: boolean }[];
  evidence: Evidence[];
  links: { same_subject: Case[]; same_people: Case[]; same_instrument: LinkedTransaction[] };
  timeline: { kind: string; by: string | null; before: unknown; after: unknown; at: string }[];
  attachments: Attachment[];
  reasons: string[];
}

export interface CaseFilters {
  queue?: Queue;
  status?: CaseState;
  owner?: string;
}

export interface CasePage {
  data: Case[];
  has_more: boolean;
  next_cursor?: string | null;
}

export interface DecideCase {
  outcome: Verdict;
  reason: string;
  note: string;
  transaction?: Word;
}
