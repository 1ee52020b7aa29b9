// Rows that stay where they are while somebody points at them or has the focus in them: what is new is counted, and shown afterwards.

import { type FocusEvent, useState } from 'react';

interface Held<T> {
  rows: T[] | undefined;
  /** How many are new and not shown. */
  newer: number;
  /** Shows them. */
  release: () => void;
  /** What the element around the rows listens to. */
  area: {
    onPointerEnter: () => void;
    onPointerLeave: () => void;
    onFocus: () => void;
    onBlur: (event: FocusEvent) => void;
  };
}

/** The rows to show of those that there are, newest first. */
export function useHeldRows<T extends { id: string }>(latest: T[] | undefined): Held<T> {
  const [held, setHeld] = useState<T[] | null>(null);
  const hold = () => setHeld((before) => before ?? latest ?? null);
  const release = () => setHeld(null);
  const area = {
    onPointerEnter: hold,
    onPointerLeave: release,
    onFocus: hold,
    onBlur: (event: FocusEvent) => {
      if (!event.currentTarget.contains(event.relatedTarget as Node | null)) release();
    },
  };
  if (!held || !latest) return { rows: latest, newer: 0, release, area };
  const now = new Map(latest.map((row) => [row.id, row]));
  const known = new Set(held.map((row) => row.id));
  // What changes in a row is shown in its place.
  const rows = held.map((row) => now.get(row.id) ?? row);
  return { rows, newer: latest.filter((row) => !known.has(row.id)).length, release: () => setHeld(latest), area };
}
