// Answers of the server as files: statements, the audit log.

import { problemOf } from '../api/problem';
import { toastProblem } from '../design/toast';
import { download } from './csv';

/** Asks for a path as this kind of file, and hands it to the browser. */
export async function saveText(path: string, type: string, name: string): Promise<void> {
  try {
    const answer = await fetch(path, { headers: { Accept: type }, credentials: 'same-origin' });
    if (!answer.ok) throw problemOf(answer, await answer.json().catch(() => null));
    download(name, await answer.text(), `${type};charset=utf-8`);
  } catch (error) {
    toastProblem(error);
  }
}
