// Views that this browser keeps: filters and columns under a name.

import { keep, kept } from '../../kept';

export interface View {
  name: string;
  q: string;
  columns: string | undefined;
}

/** The views that this browser keeps; none where what it keeps cannot be read. */
export function keptViews(): View[] {
  try {
    const views: unknown = JSON.parse(kept('views') ?? '[]');
    if (!Array.isArray(views)) return [];
    return views.filter((view): view is View => typeof view?.name === 'string' && typeof view?.q === 'string').map(({ name, q, columns }) => ({ name, q, columns: typeof columns === 'string' ? columns : undefined }));
  } catch {
    return [];
  }
}

const listeners = new Set<() => void>();
// Another tab keeps its own.
window.addEventListener('storage', () => listeners.forEach((listener) => listener()));

export function keepViews(views: readonly View[]): void {
  keep('views', views.length > 0 ? JSON.stringify(views) : null);
  for (const listener of listeners) listener();
}

/** Calls `changed` whenever other views are kept; gives what ends that. */
export function onKeptViews(changed: () => void): () => void {
  listeners.add(changed);
  return () => void listeners.delete(changed);
}
