// What an entry of the audit log says of a change. Pure.

/** What an entry says of a change: `before` and `after`, or `x_before` beside `x`. */
export function changesOf(details: Record<string, unknown>): { name: string; before?: unknown; after?: unknown }[] {
  const names = Object.keys(details).filter((name) => !(name.endsWith('_before') && name.slice(0, -7) in details));
  return names.map((name) => ({ name, after: details[name], ...(`${name}_before` in details && { before: details[`${name}_before`] }) }));
}
