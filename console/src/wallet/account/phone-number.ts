// Phone numbers as people type them.

/** A typed number in the international form (E.164); null where it has no country code, or is none. */
export function internationalNumber(typed: string): string | null {
  // "(0)" between the country code and the rest is written, and not dialled.
  const dialled = typed.replace(/\(0\)/, '').replace(/[\s\-./()\u00a0\u202a-\u202e\u2066-\u2069]/g, '').replace(/^00/, '+');
  return /^\+[1-9]\d{7,14}$/.test(dialled) ? dialled : null;
}
