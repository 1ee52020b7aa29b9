// Times for people, in the viewer's zone.

/** In the shape that lists need: the time today, the day this year, else the date. */
export function shortTime(locale: string, at: string, now: Date = new Date()): string {
  const time = new Date(at);
  if (dayKey(time) === dayKey(now)) return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(time);
  const year = time.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', ...year }).format(time);
}

/** The time of day. */
export function timeOfDay(locale: string, at: string): string {
  return new Intl.DateTimeFormat(locale, { timeStyle: 'short' }).format(new Date(at));
}

/** Day, time and zone. */
export function fullTime(locale: string, at: string): string {
  return new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'short',
  }).format(new Date(at));
}

/** The viewer's day that a time belongs to. */
export function dayKey(time: Date): string {
  return `${time.getFullYear()}-${time.getMonth() + 1}-${time.getDate()}`;
}

/** The name of a day: today, yesterday, or its date. */
export function dayName(locale: string, at: string, now: Date = new Date()): string {
  const time = new Date(at);
  const yesterday = new Date(now);
  yesterday.setDate(now.getDate() - 1);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const capitalised = (text: string) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  if (dayKey(time) === dayKey(now)) return capitalised(relative.format(0, 'day'));
  if (dayKey(time) === dayKey(yesterday)) return capitalised(relative.format(-1, 'day'));
  const year = time.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', ...year }).format(time);
}

/** How long after one time another came. */
export function gap(locale: string, from: string, to: string): string {
  const ms = new Date(to).getTime() - new Date(from).getTime();
  const [value, unit] =
    ms < 1_000 ? [ms, 'millisecond'] : ms < 60_000 ? [ms / 1_000, 'second'] : ms < 3_600_000 ? [ms / 60_000, 'minute'] : ms < 86_400_000 ? [ms / 3_600_000, 'hour'] : [ms / 86_400_000, 'day'];
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: ms < 60_000 && ms >= 1_000 ? 1 : 0 });
  return format.format(value);
}
