// Times for people, in the viewer's zone: that of the browser, or the one that was chosen.

let zone: string | undefined;

/** Shows times in a zone by its IANA name; in the browser's own for an empty or unknown one. */
export function setZone(name: string): void {
  zone = isZone(name) ? name : undefined;
}

/** Whether there is a zone of this name. */
export function isZone(name: string): boolean {
  try {
    return name !== '' && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** The zone that times are shown in. */
export const currentZone = (): string => zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making a format takes longer than using it, and lists use few for many rows. */
function write(locale: string, time: Date, options: Intl.DateTimeFormatOptions): string {
  const key = JSON.stringify([locale, zone, options]);
  let format = formats.get(key);
  if (!format) formats.set(key, (format = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone })));
  return format.format(time);
}

/** In the shape that lists need: the time today, the day this year, else the date. */
export function shortTime(locale: string, at: string, now: Date = new Date()): string {
  const time = new Date(at);
  if (dayKey(time) === dayKey(now)) return write(locale, time, { timeStyle: 'short' });
  return write(locale, time, { day: 'numeric', month: 'short', ...yearOf(time, now) });
}

/** The time of day. */
export function timeOfDay(locale: string, at: string): string {
  return write(locale, new Date(at), { timeStyle: 'short' });
}

/** Day, time and zone. */
export function fullTime(locale: string, at: string): string {
  return write(locale, new Date(at), { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short' });
}

/** The viewer's day that a time belongs to. */
export function dayKey(time: Date): string {
  return write('en-CA', time, { year: 'numeric', month: '2-digit', day: '2-digit' });
}

/** The year, where it is not this one. */
const yearOf = (time: Date, now: Date): Intl.DateTimeFormatOptions => (dayKey(time).slice(0, 4) === dayKey(now).slice(0, 4) ? {} : { year: 'numeric' });

/** Day and time to the second, as lists of operators show it. */
export function exactTime(locale: string, at: string, now: Date = new Date()): string {
  const time = new Date(at);
  return write(locale, time, { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit', ...yearOf(time, now) });
}

/** How long ago a time was, in the largest unit that fits. */
export function ago(locale: string, at: string, now: Date = new Date()): string {
  const seconds = Math.round((new Date(at).getTime() - now.getTime()) / 1_000);
  const size = Math.abs(seconds);
  const [value, unit] = size < 60 ? [seconds, 'second'] : size < 3_600 ? [seconds / 60, 'minute'] : size < 86_400 ? [seconds / 3_600, 'hour'] : [seconds / 86_400, 'day'];
  return new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' }).format(Math.trunc(value), unit as Intl.RelativeTimeFormatUnit);
}

/** The name of a day: today, yesterday, or its date. */
export function dayName(locale: string, at: string, now: Date = new Date()): string {
  const time = new Date(at);
  // By the calendar: a day may have 23 or 25 hours.
  const yesterday = new Date(Date.parse(`${dayKey(now)}T12:00Z`) - 86_400_000).toISOString().slice(0, 10);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const capitalised = (text: string) => text.charAt(0).toLocaleUpperCase(locale) + text.slice(1);
  if (dayKey(time) === dayKey(now)) return capitalised(relative.format(0, 'day'));
  if (dayKey(time) === yesterday) return capitalised(relative.format(-1, 'day'));
  return write(locale, time, { weekday: 'long', day: 'numeric', month: 'long', ...yearOf(time, now) });
}

/** How long after one time another came. */
export function gap(locale: string, from: string, to: string): string {
  const ms = new Date(to).getTime() - new Date(from).getTime();
  const [value, unit] =
    ms < 1_000 ? [ms, 'millisecond'] : ms < 60_000 ? [ms / 1_000, 'second'] : ms < 3_600_000 ? [ms / 60_000, 'minute'] : ms < 86_400_000 ? [ms / 3_600_000, 'hour'] : [ms / 86_400_000, 'day'];
  const format = new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: ms < 60_000 && ms >= 1_000 ? 1 : 0 });
  return format.format(value);
}

/** When a day (`2026-11-30`) begins in the viewer's zone; null where it is no day. */
export function startOfDay(day: string): Date | null {
  const utc = Date.parse(`${day}T00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || Number.isNaN(utc)) return null;
  // The zone's offset may be another one before the change of clocks than after it: twice finds it.
  let at = utc;
  for (let turn = 0; turn < 2; turn++) at = utc - offset(new Date(at));
  return new Date(at);
}

/** Milliseconds that the viewer's clocks are ahead of UTC at a time. */
function offset(time: Date): number {
  const text = write('sv-SE', time, { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' });
  return Date.parse(`${text.replace(' ', 'T')}Z`) - Math.floor(time.getTime() / 1_000) * 1_000;
}
