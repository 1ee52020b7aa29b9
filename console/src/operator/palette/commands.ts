// What an id leads to. Pure.

/** The kinds of ids that have a page, by how they begin. */
const PLACES = { txn: 'payments', wal: 'wallets', usr: 'customers', whk: 'webhooks', whd: 'webhooks/deliveries', dlt: 'dead-letters', lst: 'lists', case: 'cases', alt: 'alerts' } as const;

export type Prefix = keyof typeof PLACES;

/** The page of an id, and of what kind it is; null where the text is none. */
export function placeOf(text: string): { prefix: Prefix; id: string; to: string } | null {
  const [id, prefix] = /^([a-z]{3,4})_[0-7][0-9a-hjkmnp-tv-z]{25}$/.exec(text.trim()) ?? [];
  return id && prefix && prefix in PLACES ? { prefix: prefix as Prefix, id, to: `/${PLACES[prefix as Prefix]}/${id}` } : null;
}

/** Whether all words of what is typed begin a word of a name. */
export function matches(name: string, typed: string): boolean {
  const words = name.toLowerCase().split(/[\s,]+/);
  return typed.toLowerCase().trim().split(/\s+/).every((part) => words.some((word) => word.startsWith(part)));
}
