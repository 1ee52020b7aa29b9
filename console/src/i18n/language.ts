// The language of this browser: what was chosen, else the first of its own that there is. English is always there; others are
// loaded when they are needed.

import { useSyncExternalStore } from 'react';

import { keep, kept } from '../kept';
import { en, type Messages } from './en';

export type Language = 'en' | 'de';
export const LANGUAGES: Record<Language, string> = { en: 'English', de: 'Deutsch' };

interface Chosen {
  language: Language;
  /** How amounts and times are written: the browser's way of the language. */
  locale: string;
  messages: Messages;
}

let chosen: Chosen = { language: 'en', locale: localeFor('en'), messages: en };
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
  const messages = language === 'de' ? (await import('./de')).de : en;
  chosen = { language, locale: localeFor(language), messages };
  document.documentElement.lang = language;
  if (isChoice) keep('language', language);
  for (const listener of listeners) listener();
}

function useChosen(): Chosen {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => chosen,
  );
}

/** The texts in the language of this browser. */
export const useText = (): Messages => useChosen().messages;
/** By which amounts and times are written. */
export const useLocale = (): string => useChosen().locale;
export const useLanguage = (): Language => useChosen().language;
