// Somebody by what was typed: their id, or the whole of their e-mail.

import { api, ask } from '../../api/client';

/** The id of whom a text names; null where it names nobody, or not exactly one. */
export async function findPerson(typed: string): Promise<string | null> {
  const text = typed.trim();
  if (/^usr_[0-9a-z]{26}$/.test(text)) return text;
  const { data } = await ask(api.GET('/api/v1/users', { params: { query: { q: text, limit: 5 } } }));
  const exact = data.filter((user) => user.email.toLowerCase() === text.toLowerCase());
  return (exact[0] ?? (data.length === 1 ? data[0] : undefined))?.id ?? null;
}
