// One list out of several: the payments of somebody's wallets, newest first, each once, however far apart they lie. The place where a
// page ended holds what was read of each list and is not shown yet.

import type { Transaction } from './types';

interface Page {
  data: Transaction[];
  next_cursor?: string | null | undefined;
}

/** One of the lists: what of it waits, and where it goes on; null at its end. */
interface Part {
  rows: Transaction[];
  cursor: string | null;
}

export interface MergedPlace {
  parts: Part[];
  /** The ids that were shown last: a payment between two of the wallets is in both lists. */
  shown: string[];
}

export interface MergedPage {
  data: Transaction[];
  next: MergedPlace | undefined;
}

/** So many pages are read at most before a page is given, so that a search through very many rows shows its progress. */
const MOST_READS = 12;

const isBefore = (a: Transaction, b: Transaction) => a.created_at > b.created_at || (a.created_at === b.created_at && a.id > b.id);

/** The next page of so many lists together. `read` gives a page of one of them; an empty cursor is its beginning. */
export async function nextMerged(count: number, place: MergedPlace | '', limit: number, read: (list: number, cursor: string) => Promise<Page>): Promise<MergedPage> {
  if (count === 1) {
    // One list is its own order.
    const page = await read(0, place ? place.parts[0]!.cursor! : '');
    return { data: page.data, next: page.next_cursor ? { parts: [{ rows: [], cursor: page.next_cursor }], shown: [] } : undefined };
  }
  const parts: Part[] = place ? place.parts.map((part) => ({ ...part, rows: [...part.rows] })) : Array.from({ length: count }, () => ({ rows: [], cursor: '' }));
  const shown = new Set(place ? place.shown : []);
  const data: Transaction[] = [];
  let reads = 0;
  while (data.length < limit) {
    const empty = parts.map((_, list) => list).filter((list) => parts[list]!.rows.length === 0 && parts[list]!.cursor !== null);
    if (empty.length > 0) {
      // A row is the newest only where each list has shown its own.
      if (reads >= MOST_READS) break;
      const pages = await Promise.all(empty.map((list) => read(list, parts[list]!.cursor!)));
      pages.forEach((page, at) => (parts[empty[at]!] = { rows: [...page.data], cursor: page.next_cursor ?? null }));
      reads += 1;
      continue;
    }
    let newest: Part | undefined;
    for (const part of parts) if (part.rows.length > 0 && (!newest || isBefore(part.rows[0]!, newest.rows[0]!))) newest = part;
    if (!newest) break;
    const row = newest.rows.shift()!;
    if (!shown.has(row.id)) data.push(row);
    shown.add(row.id);
  }
  const isOver = parts.every((part) => part.rows.length === 0 && part.cursor === null);
  return { data, next: isOver ? undefined : { parts, shown: [...shown].slice(-limit) } };
}
