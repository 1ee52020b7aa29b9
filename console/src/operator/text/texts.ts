// Texts of the console, by area: each file of this folder holds those of one area in all languages, so that a page loads its own.

import { type Language, useLanguage } from '../../i18n/language';

/** A hook that gives the texts of an area in the language of this browser. All languages have the shape of the English ones. */
export function texts<Shape extends object>(en: Shape, others: Record<Exclude<Language, 'en'>, Shape>): () => Shape {
  const all: Record<Language, Shape> = { en, ...others };
  return () => all[useLanguage()];
}
