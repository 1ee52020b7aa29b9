// What the page of a payment asks for beside the payment.

import { queryOptions } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import type { Transaction } from '../../api/types';
import type { Delivery, Endpoint, Message, StatementEntry } from '../queries';
import { bookedFor } from './postings';

type Statement = components['schemas']['Statement'];

/** A little after a time: the end of a range that includes it. */
const after = (time: string, ms: number) => new Date(Date.parse(time) + ms).toISOString();

/** So many pages of a wallet's statement are read for a payment. */
const MOST_PAGES = 20;

async function entriesOf(wallet: string, payment: Transaction): Promise<StatementEntry[]> {
  const query = { from: payment.created_at, to: after(payment.updated_at, 2), include_holds: true, limit: 100 };
  const entries: StatementEntry[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < MOST_PAGES; page++) {
    const statement = (await ask(api.GET('/api/v1/wallets/{id}/statement', { params: { path: { id: wallet }, query: { ...query, ...(cursor && { cursor }) } } }))) as Statement;
    entries.push(...statement.data.filter((entry) => entry.transaction_id === payment.id));
    cursor = statement.next_cursor;
    if (!cursor) break;
  }
  return entries;
}

export const postingsQuery = (payment: Transaction) =>
  queryOptions({
    queryKey: ['transactions', payment.id, 'postings', payment.updated_at],
    queryFn: async () => {
      const wallets = [...new Set([payment.from_wallet, payment.to_wallet])].filter((wallet) => wallet != null);
      const statements = await Promise.all(wallets.map(async (wallet) => ({ wallet, entries: await entriesOf(wallet, payment) })));
      return bookedFor(payment, statements);
    },
  });

/** What endpoints were told of it. The API has no list by subject: the newest of each endpoint are looked through. */
export const deliveriesOfQuery = (payment: Transaction) =>
  queryOptions({
    queryKey: ['webhooks', 'of', payment.id, payment.updated_at],
    queryFn: async () => {
      const endpoints = await ask(api.GET('/api/v1/webhook-endpoints', { params: { query: { limit: 20 } } }));
      const lists = await Promise.all(
        endpoints.data.map(async (endpoint: Endpoint) => {
          const { data } = await ask(api.GET('/api/v1/webhook-endpoints/{id}/deliveries', { params: { path: { id: endpoint.id }, query: { limit: 100 } } }));
          return data.filter((delivery) => delivery.subject === payment.id).map((delivery) => ({ endpoint, delivery }));
        }),
      );
      return { endpoints: endpoints.data.length, found: lists.flat().toSorted((a: { delivery: Delivery }, b: { delivery: Delivery }) => b.delivery.created_at.localeCompare(a.delivery.created_at)) };
    },
  });

/** So many pages of somebody's messages are looked through for those of a payment. */
const MOST_MESSAGE_PAGES = 5;

/** What its owners were sent for its events. The newest messages of each are looked through, back to its beginning. */
export const messagesOfQuery = (payment: Transaction, owners: readonly string[]) =>
  queryOptions({
    queryKey: ['messages', 'of', payment.id, payment.updated_at, owners],
    queryFn: async () => {
      const timeline = await ask(api.GET('/api/v1/transactions/{id}/timeline', { params: { path: { id: payment.id } } }));
      const events = new Set(timeline.data.map((entry) => entry.event_id));
      const lists = await Promise.all(owners.map((owner) => messagesSince(owner, payment.created_at)));
      return lists.flat().filter((message) => message.event_id != null && events.has(message.event_id));
    },
  });

async function messagesSince(user_id: string, since: string): Promise<Message[]> {
  const messages: Message[] = [];
  let cursor: string | null | undefined;
  for (let page = 0; page < MOST_MESSAGE_PAGES; page++) {
    const found = await ask(api.GET('/api/v1/admin/notifications/messages', { params: { query: { user_id, limit: 100, ...(cursor && { cursor }) } } }));
    messages.push(...found.data);
    cursor = found.next_cursor;
    if (!cursor || (found.data.at(-1)?.created_at ?? '') < since) break;
  }
  return messages;
}

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
