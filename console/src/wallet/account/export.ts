// All that the API shows somebody of themselves, as one document. Each list is read to its end.

import { api, ask } from '../../api/client';
import type { Wallet } from '../../api/types';

interface Page {
  data: unknown[];
  next_cursor?: string | null;
}

/** All rows of a list that comes in pages. */
async function rows(page: (cursor: { cursor?: string }) => Promise<unknown>, onRows: (count: number) => void): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let cursor: string | null | undefined = ''; cursor !== null && cursor !== undefined; ) {
    const { data, next_cursor } = (await page(cursor ? { cursor } : {})) as Page;
    all.push(...data);
    onRows(data.length);
    cursor = next_cursor;
  }
  return all;
}

/** Puts the document together; `onCount` hears how many rows there are so far. */
export async function exportData(onCount: (count: number) => void): Promise<Blob> {
  let count = 0;
  const onRows = (more: number) => onCount((count += more));
  const limit = 100;
  const profile = await ask(api.GET('/api/v1/users/me'));
  const wallets = (await rows((cursor) => ask(api.GET('/api/v1/wallets', { params: { query: { owner_id: profile.id, limit, ...cursor } } })), onRows)) as Wallet[];
  const statements: Record<string, unknown[]> = {};
  for (const { id } of wallets) {
    statements[id] = await rows((cursor) => ask(api.GET('/api/v1/wallets/{id}/statement', { params: { path: { id }, query: { include_holds: true, limit, ...cursor } } })), onRows);
  }
  const document = {
    exported_at: new Date().toISOString(),
    profile,
    preferences: await ask(api.GET('/api/v1/users/me/preferences')),
    notification_preferences: await ask(api.GET('/api/v1/users/me/notification-preferences')),
    phone: await ask(api.GET('/api/v1/users/me/phone')),
    second_factors: await ask(api.GET('/api/v1/auth/2fa')),
    passkeys: (await ask(api.GET('/api/v1/auth/passkeys'))).data,
    linked_accounts: (await ask(api.GET('/api/v1/auth/linked-accounts'))).data,
    sessions: await rows((cursor) => ask(api.GET('/api/v1/auth/sessions', { params: { query: { limit, ...cursor } } })), onRows),
    api_keys: await rows((cursor) => ask(api.GET('/api/v1/api-keys', { params: { query: { limit, ...cursor } } })), onRows),
    wallets,
    statements,
    transactions: await rows((cursor) => ask(api.GET('/api/v1/transactions', { params: { query: { limit, ...cursor } } })), onRows),
    notifications: await rows((cursor) => ask(api.GET('/api/v1/notifications', { params: { query: { limit, ...cursor } } })), onRows),
  };
  return new Blob([JSON.stringify(document, null, 2)], { type: 'application/json' });
}
