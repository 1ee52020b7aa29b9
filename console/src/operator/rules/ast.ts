// A rule as it is edited: places in it, and what the builder does to its conditions. Pure; nothing is changed in place.

import type { components } from '../../api/generated';

type Schemas = components['schemas'];
export type Rule = Schemas['Rule'];
export type RuleSet = Schemas['RuleSet'];
export type Predicate = Schemas['Predicate'];
export type Operand = Schemas['Operand'];
export type Literal = Schemas['Literal'];
export type Velocity = Schemas['Velocity'];
export type Weight = Schemas['Weight'];
export type Effect = Schemas['Effect'];

/** The way to a part of a rule. */
export type Path = readonly (string | number)[];

/** A rule after a change, and the condition that is worked on next. */
export interface Edited {
  rule: Rule;
  at: Path;
}

/** How the server names a place: `when.all[1].compare.left`. */
export const placeOf = (path: Path): string => path.reduce<string>((text, step) => (typeof step === 'number' ? `${text}[${step}]` : text ? `${text}.${step}` : step), '');

/** What is at a place. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce((value: unknown, step) => (typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined), root);
}

/** The same with something else at a place; without it where that is undefined. */
export function withValue<T>(root: T, path: Path, value: unknown): T {
  const [step, ...rest] = path;
  if (step === undefined) return value as T;
  const inside = withValue((root as Record<string | number, unknown> | undefined)?.[step], rest, value);
  if (Array.isArray(root)) return root.map((one: unknown, at) => (at === step ? inside : one)) as T;
  const { [step as keyof T]: _, ...others } = root as T & object;
  return (inside === undefined ? others : { ...root, [step]: inside }) as T;
}

export const kindOf = (predicate: Predicate): string => Object.keys(predicate)[0] ?? '';

const predicateAt = (rule: Rule, path: Path) => valueAt(rule, path) as Predicate;

/** The conditions of a group; null where it is none. */
export function partsOf(predicate: Predicate | undefined): Predicate[] | null {
  if (!predicate) return null;
  return 'all' in predicate ? predicate.all : 'any' in predicate ? predicate.any : null;
}

/** A condition of a group by its place: the list, and the number in it. */
function inList(path: Path): { list: Path; index: number; group: Path } | null {
  const index = path.at(-1);
  return typeof index === 'number' ? { list: path.slice(0, -1), index, group: path.slice(0, -2) } : null;
}

const listAt = (rule: Rule, list: Path) => valueAt(rule, list) as Predicate[];

/** Puts a condition at the end of a group. */
export function addTo(rule: Rule, group: Path, predicate: Predicate): Edited {
  const list = [...group, kindOf(predicateAt(rule, group))];
  const parts = listAt(rule, list);
  return { rule: withValue(rule, list, [...parts, predicate]), at: [...list, parts.length] };
}

/** Puts a condition behind another one; what is alone becomes a group of both. */
export function addAfter(rule: Rule, path: Path, predicate: Predicate): Edited {
  const place = inList(path);
  if (!place) return { rule: withValue(rule, path, { all: [predicateAt(rule, path), predicate] }), at: [...path, 'all', 1] };
  const parts = listAt(rule, place.list);
  return { rule: withValue(rule, place.list, parts.toSpliced(place.index + 1, 0, predicate)), at: [...place.list, place.index + 1] };
}

/** Takes a condition away, and groups that are empty then. */
export function remove(rule: Rule, path: Path): Edited {
  const place = inList(path);
  if (!place) return path.length <= 1 ? { rule: { ...rule, when: { all: [] } }, at: ['when'] } : remove(rule, path.slice(0, -1));
  const parts = listAt(rule, place.list).toSpliced(place.index, 1);
  if (parts.length === 0 && place.group.length > 1) return remove(rule, place.group);
  return { rule: withValue(rule, place.list, parts), at: parts.length > 0 ? [...place.list, Math.min(place.index, parts.length - 1)] : place.group };
}

/**
 * Moves a condition up (-1) or down (1), as through an outline: into a group that it comes to, and out of its own at either end.
 * It stays where it is at the ends of the rule.
 */
export function move(rule: Rule, path: Path, by: -1 | 1): Edited {
  const stays = { rule, at: path };
  const place = inList(path);
  if (!place) return stays;
  const parts = listAt(rule, place.list);
  const moved = parts[place.index]!;
  const next = parts[place.index + by];
  const without = withValue(rule, place.list, parts.toSpliced(place.index, 1));
  if (next) {
    const inside = partsOf(next);
    const index = by > 0 ? place.index : place.index - 1;
    if (!inside) return { rule: withValue(rule, place.list, parts.toSpliced(place.index, 1).toSpliced(place.index + by, 0, moved)), at: [...place.list, place.index + by] };
    const list = [...place.list, index, kindOf(next)];
    const to = by > 0 ? 0 : inside.length;
    return { rule: withValue(without, list, inside.toSpliced(to, 0, moved)), at: [...list, to] };
  }
  const outer = inList(place.group);
  if (!outer) return stays;
  const isEmpty = parts.length === 1;
  const above = listAt(without, outer.list);
  const to = by > 0 ? outer.index + 1 : outer.index;
  const list = above.toSpliced(to, 0, moved);
  const group = by > 0 ? outer.index : outer.index + 1;
  return { rule: withValue(rule, outer.list, isEmpty ? list.toSpliced(group, 1) : list), at: [...outer.list, isEmpty && by > 0 ? to - 1 : to] };
}

/** Puts a condition into a group of its own. */
export function wrap(rule: Rule, path: Path, group: 'all' | 'any'): Edited {
  return { rule: withValue(rule, path, { [group]: [predicateAt(rule, path)] }), at: [...path, group, 0] };
}

/** Whether a group can be taken apart: several conditions need another group around them. */
export function canUnwrap(rule: Rule, path: Path): boolean {
  const parts = partsOf(predicateAt(rule, path));
  return parts !== null && parts.length > 0 && (parts.length === 1 || inList(path) !== null);
}

/** Takes a group apart: its conditions stand where it stood. */
export function unwrap(rule: Rule, path: Path): Edited {
  const parts = partsOf(predicateAt(rule, path));
  const place = inList(path);
  if (!parts || !canUnwrap(rule, path)) return { rule, at: path };
  if (!place) return { rule: withValue(rule, path, parts[0]), at: path };
  return { rule: withValue(rule, place.list, listAt(rule, place.list).toSpliced(place.index, 1, ...parts)), at: path };
}

/** Says the contrary of a condition, or no longer the contrary. */
export function negate(rule: Rule, path: Path): Edited {
  const predicate = predicateAt(rule, path);
  return 'not' in predicate ? { rule: withValue(rule, path, predicate.not), at: path } : { rule: withValue(rule, path, { not: predicate }), at: [...path, 'not'] };
}

/** Whether all of a group must hold, or any. */
export function setGroup(rule: Rule, path: Path, group: 'all' | 'any'): Edited {
  return { rule: withValue(rule, path, { [group]: partsOf(predicateAt(rule, path)) ?? [] }), at: path };
}

/** All conditions and groups with their ways, each before what is in it. */
export function walk(predicate: Predicate, path: Path = ['when']): { path: Path; predicate: Predicate }[] {
  const inside = 'not' in predicate ? walk(predicate.not, [...path, 'not']) : (partsOf(predicate) ?? []).flatMap((part, at) => walk(part, [...path, kindOf(predicate), at]));
  return [{ path, predicate }, ...inside];
}

/** How many parts the conditions have, and how deep they lie; the server has a limit for both. */
export function sizeOf(rule: Rule): { nodes: number; depth: number } {
  const all = walk(rule.when);
  return { nodes: all.length, depth: Math.max(...all.map(({ path }) => 1 + path.filter((step) => typeof step === 'string' && ['all', 'any', 'not'].includes(step)).length)) };
}

/** The code that a name suggests: 1 to 64 small letters, digits and `_`. */
export const codeOf = (name: string): string => name.toLowerCase().normalize('NFKD').replace(/\p{M}/gu, '').replace(/ß/g, 'ss').replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 64);
