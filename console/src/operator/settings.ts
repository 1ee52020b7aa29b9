// How this browser shows the console: density, time zone, whether single keys do something. What was chosen is kept, and density and
// zone are also preferences of the account, so that they follow to another browser.

import { useSyncExternalStore } from 'react';

import { keep, kept } from '../kept';
import { setZone } from '../time/format';

export type Density = 'comfortable' | 'compact';

export interface Settings {
  density: Density;
  /** An IANA name; empty for the zone of this browser. */
  zone: string;
  /** Whether keys without Ctrl, Cmd or Alt do something (WCAG 2.1.4). */
  singleKeys: boolean;
}

function read(): Settings {
  return { density: kept('density') === 'compact' ? 'compact' : 'comfortable', zone: kept('zone') ?? '', singleKeys: kept('single-keys') !== 'off' };
}

let settings: Settings = read();
const listeners = new Set<() => void>();

function show(): void {
  document.documentElement.dataset['density'] = settings.density;
  setZone(settings.zone);
  for (const listener of listeners) listener();
}
show();

/** Changes what this browser keeps. */
export function setSettings(change: Partial<Settings>): void {
  settings = { ...settings, ...change };
  keep('density', settings.density === 'compact' ? 'compact' : null);
  keep('zone', settings.zone || null);
  keep('single-keys', settings.singleKeys ? null : 'off');
  show();
}

export const currentSettings = (): Settings => settings;

export const useSettings = (): Settings =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => settings,
  );
