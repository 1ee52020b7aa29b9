// Light, dark, or as the system is. `public/theme.js` sets what was kept before anything is drawn.

import { keep, kept } from './kept';

export type Theme = 'system' | 'light' | 'dark';

/** The theme that this browser was told to have. */
export function currentTheme(): Theme {
  const theme = kept('theme');
  return theme === 'light' || theme === 'dark' ? theme : 'system';
}

/** Shows a theme and keeps it. */
export function setTheme(theme: Theme): void {
  keep('theme', theme === 'system' ? null : theme);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
