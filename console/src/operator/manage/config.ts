// Settings in words: of which section they are, whether they fit what is looked for, and what their numbers mean. Pure.

import type { Setting } from '../queries';

/** What may be shown of them. */
export const SHOWS = ['all', 'changed', 'limits', 'retention'] as const;
export type Show = (typeof SHOWS)[number];

const FITS: Record<Show, (setting: Setting) => boolean> = {
  all: () => true,
  changed: ({ source }) => source !== 'default',
  limits: ({ key }) => /limit|_per_|\.per_|max_|_free_|longest|exports$|tests$|^payments\.(journal\.queue|lists)/.test(key),
  retention: ({ key }) => /keep|lifetime|_days$|idle|max_age|(authorisation|refund_request)_seconds$/.test(key),
};

/** Whether a setting is one of those, and has all words that are looked for. */
export function fits(setting: Setting, show: Show, sought: string): boolean {
  const text = `${setting.key} ${valueText(setting.value)} ${setting.place ?? ''}`.toLowerCase();
  return FITS[show](setting) && sought.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}

/** The settings by their section; those of none are general. */
export function bySection(settings: readonly Setting[]): [string, Setting[]][] {
  const sections = new Map<string, Setting[]>([['general', []]]);
  for (const setting of settings) {
    const dot = setting.key.indexOf('.');
    const name = dot < 0 ? 'general' : setting.key.slice(0, dot);
    sections.set(name, [...(sections.get(name) ?? []), setting]);
  }
  return [...sections].filter(([, rows]) => rows.length > 0);
}

/** A value as a settings file has it, without quotation marks. */
export function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  return value === null || value === undefined ? '' : String(value);
}

const TIMES = [['day', 86_400_000], ['hour', 3_600_000], ['minute', 60_000], ['second', 1_000]] as const;
const SIZES = [['GiB', 2 ** 30], ['MiB', 2 ** 20], ['KiB', 2 ** 10]] as const;
const UNITS = { ms: 1, s: 1_000, seconds: 1_000, minutes: 60_000, hours: 3_600_000, days: 86_400_000 } as const;

/** What a number means by the unit that ends its key, in the largest one that says it whole; nothing where the key says it all. */
export function meaning(key: string, value: unknown, locale: string): string | undefined {
  const unit = key.slice(key.lastIndexOf('_') + 1);
  if (typeof value !== 'number' || value === 0) return undefined;
  if (unit === 'bytes') {
    const [name, size] = SIZES.find(([, size]) => value % size === 0) ?? [];
    return name && `${new Intl.NumberFormat(locale).format(value / size)} ${name}`;
  }
  if (!(unit in UNITS)) return undefined;
  const each = UNITS[unit as keyof typeof UNITS];
  const [name, size] = TIMES.find(([, size]) => (value * each) % size === 0) ?? [];
  if (!name || size === each) return undefined;
  return new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'long' }).format((value * each) / size);
}
