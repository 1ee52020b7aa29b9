// Parts of an app that are loaded when they are needed. After an upgrade an open tab asks for parts that are gone, and while the
// server is away for parts that do not come: the one is mended by loading the page anew, the other by waiting.

import { ApiProblem, unreachable } from './api/problem';

const NAME = 'payflow.reloaded';
/** A page that was loaded anew for a missing part is not loaded anew again so soon. */
const ONCE_IN_MS = 20_000;

/** Whether the server answers. */
export const isThere = (): Promise<boolean> =>
  fetch('/favicon.svg', { method: 'HEAD', cache: 'no-store' }).then(
    (answer) => answer.ok,
    () => false,
  );

/** Loads a part; throws a problem that says why it did not come. */
export async function chunk<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch {
    if (!(await isThere())) throw unreachable();
    throw new ApiProblem({ status: 0, code: 'upgraded', detail: 'This page is of an older version.' });
  }
}

/** Loads the page anew if a problem says that it is of an older version, but not again and again. Whether it does. */
export function reloadIfUpgraded(error: unknown): boolean {
  if (!(error instanceof ApiProblem) || error.code !== 'upgraded') return false;
  try {
    const last = Number(sessionStorage.getItem(NAME));
    if (Date.now() - last < ONCE_IN_MS) return false;
    sessionStorage.setItem(NAME, String(Date.now()));
  } catch {
    // Without storage nothing would end it.
    return false;
  }
  location.reload();
  return true;
}
