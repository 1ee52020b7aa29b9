// The language of this browser: what was chosen, else the first of its own that there is. What every page needs is loaded with the
// app, in that language only; the texts of a single page come with the page, in all languages (`part`).

import { useSyncExternalStore } from 'react';

import { keep, kept } from '../kept';
import type { Messages } from './en';

export type Language = 'en' | 'de';
export const LANGUAGES: Record<Language, string> = { en: 'English', de: 'Deutsch' };

interface Chosen {
  language: Language;
  /** How amounts and times are written: the browser's way of the language. */
  locale: string;
  messages: Messages;
}

let chosen: Chosen | undefined;
const listeners = new Set<() => void>();

function localeFor(language: Language): string {
  return navigator.languages.find((one) => one.toLowerCase().startsWith(language)) ?? language;
}

/** The language that this browser asks for. */
export function preferredLanguage(): Language {
  const wanted = [kept('language'), ...navigator.languages].map((one) => one?.slice(0, 2).toLowerCase());
  return wanted.find((one): one is Language => one === 'en' || one === 'de') ?? 'en';
}

/** Loads a language and shows everything in it. */
export async function setLanguage(language: Language, isChoice = true): Promise<void> {
  const messages = language === 'de' ? (await import('./de')).de : (await import('./en')).en;
  chosen = { language, locale: localeFor(language), messages };
  document.documentElement.lang = language;
  if (isChoice) keep('language', language);
  for (const listener of listeners) listener();
}

/** What was chosen: an app chooses before it draws anything. */
function current(): Chosen {
  if (!chosen) throw new Error('no language is set: await setLanguage before the app is drawn');
  return chosen;
}

function useChosen(): Chosen {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);
}

/** The texts in the language of this browser. */
export const useText = (): Messages => useChosen().messages;
/** The same outside of what is drawn. */
export const currentText = (): Messages => current().messages;
/** By which amounts and times are written. */
export const useLocale = (): string => useChosen().locale;
export const useLanguage = (): Language => useChosen().language;

/** The texts of a page that is loaded later, in every language. */
export function part<T>(en: T, de: NoInfer<T>): () => T {
  const texts = { en, de };
  return () => texts[useLanguage()];
}
