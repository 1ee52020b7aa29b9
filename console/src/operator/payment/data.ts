// What the page of a payment asks for beside the payment.

import { queryOptions } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import type { Transaction } from '../../api/types';

/** What it moved in the ledger. */
export const postingsQuery = (payment: Pick<Transaction, 'id' | 'updated_at'>) =>
  queryOptions({
    queryKey: ['transactions', payment.id, 'postings', payment.updated_at],
    queryFn: async () => (await ask(api.GET('/api/v1/transactions/{id}/postings', { params: { path: { id: payment.id } } }))).data,
  });

/** What the acquirer was told, and what it answered. */
export const attemptsQuery = (payment: Transaction) =>
  queryOptions({
    queryKey: ['transactions', payment.id, 'attempts', payment.updated_at],
    queryFn: () => ask(api.GET('/api/v1/transactions/{id}/attempts', { params: { path: { id: payment.id } } })),
  });

/** What endpoints were told of it, the newest first. */
export const deliveriesOfQuery = (payment: Transaction) =>
  queryOptions({
    queryKey: ['webhooks', 'of', payment.id, payment.updated_at],
    queryFn: () => ask(api.GET('/api/v1/webhook-endpoints/deliveries', { params: { query: { subject: payment.id, limit: 100 } } })),
  });

/** The case in which operators decide about it; it opens a moment after the payment began to wait. */
export const caseOfQuery = (payment: Transaction) =>
  queryOptions({
    queryKey: ['cases', 'of', payment.id, payment.status],
    queryFn: async () => (await ask(api.GET('/api/v1/cases', { params: { query: { subject: payment.id, limit: 1 } } }))).data[0] ?? null,
    refetchInterval: ({ state }) => (state.data ? false : 2_000),
  });

/** So many events one question for messages may name. */
const MOST_EVENTS = 20;

/** What people were sent for its newest events. */
export const messagesOfQuery = (payment: Transaction) =>
  queryOptions({
    queryKey: ['messages', 'of', payment.id, payment.updated_at],
    queryFn: async () => {
      const timeline = await ask(api.GET('/api/v1/transactions/{id}/timeline', { params: { path: { id: payment.id } } }));
      const events = timeline.data.slice(-MOST_EVENTS).map((entry) => entry.event_id);
      if (events.length === 0) return [];
      return (await ask(api.GET('/api/v1/admin/notifications/messages', { params: { query: { event_id: events.join(','), limit: 100 } } }))).data;
    },
  });

/** Who has touched it, by the audit log. */
export const auditOfQuery = (subject: string) =>
  queryOptions({
    queryKey: ['audit', 'of', subject],
    queryFn: async () => (await ask(api.GET('/api/v1/audit', { params: { query: { subject, limit: 20 } } }))) as components['schemas']['Page_AuditEntry'],
  });

/** What was given back of a payment. */
export const refundsOfQuery = (payment: Transaction) =>
  queryOptions({
    queryKey: ['transactions', payment.id, 'refunds', payment.refunded_amount],
    queryFn: async () => {
      const query = { wallet_id: payment.to_wallet ?? '', type: 'refund', created_gte: payment.created_at, limit: 100 };
      const { data } = await ask(api.GET('/api/v1/transactions', { params: { query } }));
      return data.filter((row) => row.original_transaction === payment.id);
    },
  });

/** What risk decided about it, and of what. It never changes. */
export const decisionQuery = (id: string) =>
  queryOptions({
    queryKey: ['decisions', id],
    queryFn: () => ask(api.GET('/api/v1/risk/decisions/{id}', { params: { path: { id } } })),
    staleTime: Infinity,
  });
