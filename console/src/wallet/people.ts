// What this browser keeps of a user: whom they have sent money to, so that it need not be typed again, and that they know their way.

import { keep, kept } from '../kept';

export interface Person {
  email: string;
  name: string;
}

const MOST = 6;

/** Newest first, of the user with this id. */
export function people(user: string): Person[] {
  try {
    const list: unknown = JSON.parse(kept(`people.${user}`) ?? '[]');
    return Array.isArray(list) ? list.filter((one): one is Person => typeof one?.email === 'string' && typeof one?.name === 'string') : [];
  } catch {
    return [];
  }
}

/** Puts somebody first. */
export function rememberPerson(user: string, person: Person): void {
  const others = people(user).filter((one) => one.email !== person.email);
  keep(`people.${user}`, JSON.stringify([person, ...others].slice(0, MOST)));
}

/** Whether this user has done, or put away, what one does at first. */
export const areFirstStepsOver = (user: string): boolean => kept(`first-steps.${user}`) === 'over';
export const endFirstSteps = (user: string): void => keep(`first-steps.${user}`, 'over');
