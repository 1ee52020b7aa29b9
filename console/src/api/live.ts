// Whether the server's stream of events is open, and following it. What it says is put into the cache by live-events.ts, which is loaded
// once somebody is logged in. Without the stream, pages ask more often.

import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';

import { chunk } from '../chunk';

let isLive = false;
const listeners = new Set<() => void>();

function setLive(now: boolean): void {
  if (isLive === now) return;
  isLive = now;
  for (const listener of listeners) listener();
}

/** How often what others may change is asked for again: seldom, while the stream tells of it. */
export const freshInterval = (): number => (isLive ? 60_000 : 10_000);

/** Whether the stream is open. */
export const useIsLive = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => isLive,
  );

/** Follows the stream while the page of somebody who is logged in is open. */
export function useLive(): void {
  const queries = useQueryClient();
  useEffect(() => {
    // Without both, polling does.
    if (!('locks' in navigator) || typeof BroadcastChannel === 'undefined' || typeof EventSource === 'undefined') return;
    const ended = new AbortController();
    // Where it does not come, polling does as well.
    void chunk(() => import('./live-events')).then(({ follow }) => !ended.signal.aborted && follow(queries, setLive, ended.signal), () => {});
    return () => {
      ended.abort();
      setLive(false);
    };
  }, [queries]);
}
