// What is wrong with a rule, and beside which part of the builder it is said. Pure.

import type { ApiProblem } from '../../api/problem';
import { type Path, placeOf, type Predicate, type Rule, walk } from './ast';

/** Something wrong, at a place of the rule: `when.all[1].compare.left`; the whole where it is empty. */
export interface Fault {
  place: string;
  message: string;
}

/** What the server says of a rule that stands at `index` of the set. What it says of other rules is about the whole. */
export function faultsOf(problem: ApiProblem, index: number): Fault[] {
  return [...problem.fields].map(([param, message]) => {
    const [, of, place] = /^rules\[(\d+)\]\.?(.*)$/.exec(param) ?? [];
    if (of === undefined) return param === 'rules' || param === '' ? { place: '', message } : { place: param.replace(/^rule\./, ''), message };
    return Number(of) === index ? { place: place!, message } : { place: '', message: `${param}: ${message}` };
  });
}

const isUnder = (place: string, anchor: string) => place === anchor || (place.startsWith(anchor) && /[.[]/.test(place.charAt(anchor.length)));

/** Where the builder says what is wrong: fields of their own, each condition, what follows. */
export function anchorsOf(rule: Rule): string[] {
  return ['code', 'name', 'description', 'effect', 'unknown.error', 'unknown.not_applicable', 'unknown.too_little_data', 'unknown', ...walk(rule.when).map(({ path }) => placeOf(path))];
}

/** What is wrong by the nearest place at which it can be said; under '' what has none. */
export function byAnchor(faults: readonly Fault[], anchors: readonly string[]): Map<string, Fault[]> {
  const found = new Map<string, Fault[]>();
  for (const fault of faults) {
    const anchor = anchors.filter((one) => isUnder(fault.place, one)).toSorted((a, b) => b.length - a.length)[0] ?? '';
    found.set(anchor, [...(found.get(anchor) ?? []), fault]);
  }
  return found;
}

/** Whether something is wrong with a part of a condition: `left`, `right`, `values`. */
export const isAt = (faults: readonly Fault[] | undefined, path: Path): boolean => !!faults?.some((fault) => isUnder(fault.place, placeOf(path)));

/** What the builder itself says before it asks the server. */
export interface Words {
  fill: string;
  empty: string;
  code: string;
  window: string;
  tooLarge: string;
}

/** What is not filled in, or cannot be sent exactly. The server says all else. */
export function missing(rule: Rule, words: Words): Fault[] {
  const faults: Fault[] = [];
  const say = (path: Path, message: string) => void faults.push({ place: placeOf(path), message });
  if (!rule.name.trim()) say(['name'], words.fill);
  if (!/^[a-z0-9_]{1,64}$/.test(rule.code)) say(['code'], words.code);
  for (const { path, predicate } of walk(rule.when)) {
    const kind = Object.keys(predicate)[0]!;
    if (kind === 'all' || kind === 'any') {
      if ((predicate as Record<string, Predicate[]>)[kind]!.length === 0) say([...path, kind], words.empty);
    } else if (kind !== 'not') for (const [at, value] of leaves(predicate, path)) {
      if (value === '' || value === null) say(at, words.fill);
      else if (typeof value === 'number' && !Number.isSafeInteger(value)) say(at, words.tooLarge);
      else if (at.at(-1) === 'window' && !isWindow(String(value))) say(at, words.window);
    }
    if ('in' in predicate && predicate.in.values.length === 0) say([...path, 'in', 'values'], words.fill);
  }
  return faults;
}

/** `day`, or 1 minute to 90 days. */
export function isWindow(text: string): boolean {
  const [, number, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (!number) return text === 'day';
  const minutes = Number(number) * { m: 1, h: 60, d: 1_440 }[unit as 'm' | 'h' | 'd'];
  return minutes >= 1 && minutes <= 90 * 1_440;
}

/** The values of a part of a rule with their ways. */
function leaves(value: unknown, path: Path): [Path, unknown][] {
  if (Array.isArray(value)) return value.flatMap((one, at) => leaves(one, [...path, at]));
  if (typeof value === 'object' && value !== null) return Object.entries(value).flatMap(([name, one]) => (one === undefined ? [] : leaves(one, [...path, name])));
  return [[path, value]];
}

/** Where a rule or a set has a number that this browser cannot hold exactly. */
export const inexact = (value: unknown): string[] => leaves(value, []).filter(([, one]) => typeof one === 'number' && !Number.isSafeInteger(one)).map(([path]) => placeOf(path));
