// The keyboard map. Single keys do nothing while somebody types, in a dialog, or where they are switched off.

import { useEffect, useRef } from 'react';

import { currentSettings } from './settings';

/** Whether a key press is for a field or an open dialog. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented) return true;
  const at = event.target;
  return at instanceof Element && (at.matches('input:not([type=checkbox]), textarea, select, [contenteditable]') || document.querySelector('[role=dialog], dialog[open]') !== null);
}

/** What keys do: `j`, `/`, `?`, or `g p` for one after the other. */
export type Keys = Record<string, (event: KeyboardEvent) => void>;

const TOGETHER_MS = 1_000;

/** Keys that work while the component is there. */
export function useKeys(keys: Keys): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    let first = '';
    let since = 0;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event) || !currentSettings().singleKeys) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const both = first && event.timeStamp - since < TOGETHER_MS ? latest.current[`${first} ${key}`] : undefined;
      const act = both ?? latest.current[key];
      first = key;
      since = event.timeStamp;
      if (!act) return;
      if (both) first = '';
      if (key !== 'Enter') event.preventDefault();
      act(event);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
}
