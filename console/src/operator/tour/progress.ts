// How far somebody is in the tour. This browser keeps it, so that a reload, or another day, goes on where it was left.

import { useSyncExternalStore } from 'react';

import { keep, kept } from '../../kept';

export interface Progress {
  /** Whether the tour is shown. */
  isOpen: boolean;
  /** The step that is shown. */
  at: string;
  /** What each step that was done has found. */
  found: Readonly<Record<string, string>>;
  /** The payment that the tour has made. */
  payment?: string;
  /** The key under which it is made once. */
  key?: string;
  startedAt: string;
  /** Whether it was gone through to its end. */
  isOver: boolean;
}

const fresh = (): Progress => ({ isOpen: true, at: '', found: {}, startedAt: new Date().toISOString(), isOver: false });

function read(): Progress | null {
  try {
    const value: unknown = JSON.parse(kept('tour') ?? 'null');
    if (typeof value !== 'object' || value === null || !('at' in value) || !('found' in value) || typeof value.found !== 'object') return null;
    return { ...fresh(), ...(value as Progress) };
  } catch {
    return null;
  }
}

let progress = read();
const listeners = new Set<() => void>();

function set(next: Progress | null): void {
  progress = next;
  keep('tour', next && JSON.stringify(next));
  for (const listener of listeners) listener();
}

export const currentProgress = (): Progress | null => progress;

export const useProgress = (): Progress | null =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => progress,
  );

export const changeProgress = (change: Partial<Progress>): void => set({ ...(progress ?? fresh()), ...change });

let wasAskedFor = false;

/** Shows the tour, where it was left; from its beginning where it has ended or never begun. */
export function openTour(): void {
  wasAskedFor = true;
  set(progress && !progress.isOver ? { ...progress, isOpen: true } : fresh());
}

/** Whether somebody asked for it on this page: after a reload it is only there again. */
export const isAskedFor = (): boolean => wasAskedFor;

/** Puts it away; it can be gone on with. */
export const closeTour = (isOver = false): void => changeProgress({ isOpen: false, isOver });
