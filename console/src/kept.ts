// What this browser keeps. Storage may be switched off or full: then nothing is kept, and nothing breaks.

/** What was kept under a name. */
export function kept(name: string): string | null {
  try {
    return localStorage.getItem(`payflow.${name}`);
  } catch {
    return null;
  }
}

/** Keeps a text under a name, or forgets it. */
export function keep(name: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`payflow.${name}`);
    else localStorage.setItem(`payflow.${name}`, value);
  } catch {
    // Not kept.
  }
}
