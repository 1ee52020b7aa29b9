// Figures of the overview as text. Pure.

import { ApiProblem } from '../../api/problem';

export const count = (locale: string, value: number): string => new Intl.NumberFormat(locale).format(value);

/** With as many digits as say something: 0.03, 2.4, 18. */
export const rate = (locale: string, value: number): string => new Intl.NumberFormat(locale, value < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 }).format(value);

/** A share, rounded down: what is not all is not 100 %. */
export const share = (locale: string, value: number): string => new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(Math.floor(value * 10_000 + 1e-6) / 10_000);

/** How long something took, in the unit that fits. */
export function duration(locale: string, ms: number, unitDisplay: 'short' | 'long' = 'short'): string {
  const [value, unit] = ms < 1_000 ? [ms, 'millisecond'] : ms < 60_000 ? [ms / 1_000, 'second'] : ms < 3_600_000 ? [ms / 60_000, 'minute'] : [ms / 3_600_000, 'hour'];
  return new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay, maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}

/** The value of a part of the health score, by what its name says that it counts. */
export function partValue(locale: string, name: string, value: number): string {
  if (name.endsWith('_ms')) return duration(locale, value);
  if (name.endsWith('_seconds')) return duration(locale, value * 1_000);
  if (name.endsWith('_hours')) return duration(locale, value * 3_600_000);
  if (name.endsWith('_rate') || name.endsWith('_used')) return share(locale, value);
  return count(locale, value);
}

/** The earlier of two times, either of which may be missing. */
export const earlier = (...times: (string | null | undefined)[]): string | undefined => times.filter((time) => typeof time === 'string').toSorted()[0];

/** Whether somebody may not see what was asked for, which no other try changes. */
export const isForbidden = (error: Error | null): boolean => error instanceof ApiProblem && error.status === 403;
