// What happens, while it happens: the server's stream of events, one connection for all tabs of a browser. The tab that holds the
// lock reads it and tells the others; when it closes, another one goes on. What an event says is put into the cache where it is a
// transaction, and asked for anew where it is not.

import type { QueryClient } from '@tanstack/react-query';

import type { Transaction } from './types';

const URL = '/api/v1/events/stream';
const NAME = 'payflow.live';
/** The types that something on a page depends on. */
const TYPES = [
  ...['requires_verification', 'in_review', 'review_proposed', 'authorised', 'captured', 'processing', 'unresolved', 'resolution_proposed', 'completed', 'failed', 'cancelled', 'expired', 'refunded', 'reversed'].map((what) => `transaction.${what}`),
  ...['opened', 'frozen', 'unfrozen', 'limited', 'closed'].map((what) => `wallet.${what}`),
  'user.verified',
  'user.email_changed',
  'user.changed',
  'session.new_device',
  'credential.changed',
  'api_key.created',
  'api_key.ended',
  'stream.gap',
];
const AGAIN_MS = 5_000;
/** In-app notifications are written a moment after the event of which they tell, and no event tells of them: they are looked for. */
const NOTIFIED_MS = [150, 700, 2_500];

interface Told {
  kind: 'event' | 'state';
  type?: string;
  data?: unknown;
  live?: boolean;
}

interface Pages {
  pages: { data: Transaction[] }[];
}

/** Puts a transaction in the place of the older one of the same id, wherever it is shown. */
export function putTransaction(queries: QueryClient, transaction: Transaction): void {
  const newer = (before: Transaction | undefined) => (before && before.updated_at <= transaction.updated_at ? transaction : before);
  queries.setQueryData<Transaction>(['transactions', transaction.id], newer);
  queries.setQueriesData<Pages>({ queryKey: ['transactions', 'list'] }, (before) => {
    if (!before?.pages.some((page) => page.data.some((row) => row.id === transaction.id))) return before;
    const pages = before.pages.map((page) => ({ ...page, data: page.data.map((row) => (row.id === transaction.id ? newer(row)! : row)) }));
    return { ...before, pages };
  });
}

/** What an event changes. Lists that hold their rows still (`['transactions', 'list', …, 'still']`) are not asked for anew. */
export function take(queries: QueryClient, type: string, data: unknown): void {
  const stale = (...key: string[]) => void queries.invalidateQueries({ queryKey: key, predicate: (query) => !query.queryKey.includes('still') });
  const [family] = type.split('.');
  if (type === 'stream.gap') return stale();
  if (family === 'transaction') {
    if (isTransaction(data)) putTransaction(queries, data);
    stale('transactions');
  }
  if (family === 'transaction' || family === 'wallet') stale('wallets');
  if (family === 'user') stale('me');
  if (family === 'session') stale('sessions');
  if (family === 'credential') stale('factors');
  if (family === 'api_key') stale('api-keys');
  lookForNotifications(() => stale('notifications'));
}

let looks: ReturnType<typeof setTimeout>[] = [];

/** Looks anew after each event: of many at once, the last one counts. */
function lookForNotifications(look: () => void): void {
  looks.forEach(clearTimeout);
  looks = NOTIFIED_MS.map((ms) => setTimeout(look, ms));
}

function isTransaction(data: unknown): data is Transaction {
  return typeof data === 'object' && data !== null && 'id' in data && 'updated_at' in data && 'status' in data;
}

/** Reads the stream until it is told to stop. */
function read(tell: (told: Told) => void): () => void {
  let source: EventSource;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    source = new EventSource(URL);
    source.onopen = () => tell({ kind: 'state', live: true });
    source.onerror = () => {
      tell({ kind: 'state', live: false });
      // A browser goes on by itself, but not after an answer that refuses.
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(open, AGAIN_MS);
    };
    for (const type of TYPES) {
      source.addEventListener(type, (event: MessageEvent<string>) => {
        try {
          tell({ kind: 'event', type, data: (JSON.parse(event.data) as { data?: unknown }).data });
        } catch {
          tell({ kind: 'event', type });
        }
      });
    }
  };
  open();
  return () => {
    clearTimeout(timer);
    source.close();
  };
}

/** Follows the stream, and says whether it is open, until it is told to stop. */
export function follow(queries: QueryClient, onState: (isLive: boolean) => void, until: AbortSignal): void {
  const channel = new BroadcastChannel(NAME);
  const hear = (told: Told) => {
    if (told.kind === 'state') onState(told.live ?? false);
    else if (told.type) take(queries, told.type, told.data);
  };
  channel.onmessage = (message: MessageEvent<Told>) => hear(message.data);
  until.addEventListener('abort', () => channel.close());
  void navigator.locks
    .request(NAME, { signal: until }, async () => {
      if (until.aborted) return;
      const stop = read((told) => {
        hear(told);
        channel.postMessage(told);
      });
      await new Promise<void>((done) => until.addEventListener('abort', () => done()));
      stop();
    })
    .catch(() => {});
}
