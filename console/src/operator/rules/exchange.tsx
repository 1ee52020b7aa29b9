// Rules as JSON: out of PayFlow as a file, and into the draft. A whole set takes the place of the draft, a single rule is added or
// changed.

import { useState } from 'react';

import { api, ask } from '../../api/client';
import { ApiProblem, toProblem } from '../../api/problem';
import { toastProblem } from '../../design/toast';
import { download } from '../csv';
import { ActDialog } from '../parts/act';
import { useRulesText } from '../text/rules';
import type { Rule, RuleSet } from './ast';
import { inexact } from './faults';

/** What a text is: a set of rules, a rule, or why it is neither. */
export function readRules(text: string, words: { noJson: string; noRules: string; inexact: (place: string) => string }): { set: RuleSet } | { rule: Rule } | { wrong: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { wrong: `${words.noJson} ${error instanceof Error ? error.message : ''}` };
  }
  const [place] = inexact(value);
  if (place !== undefined) return { wrong: words.inexact(place) };
  if (typeof value !== 'object' || value === null) return { wrong: words.noRules };
  // An answer of the API about a version has them within.
  const found = 'rules' in value && !Array.isArray(value.rules) ? value.rules : value;
  if (typeof found !== 'object' || found === null) return { wrong: words.noRules };
  if ('rules' in found && Array.isArray(found.rules)) return { set: found as RuleSet };
  return 'code' in found && 'when' in found ? { rule: found as Rule } : { wrong: words.noRules };
}

/** JSON as files have it. */
export const asJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** A version of the rules as a file. */
export async function saveRules(version: number): Promise<void> {
  try {
    const { rules } = await ask(api.GET('/api/v1/rule-sets/{version}', { params: { path: { version } } }));
    download(`rules-${version}.json`, asJson(rules), 'application/json');
  } catch (error) {
    toastProblem(error);
  }
}

export function Import({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const text = useRulesText();
  const [typed, setTyped] = useState('');
  return (
    <ActDialog
      title={text.import}
      effects={text.importEffects}
      confirm={text.import}
      done={text.imported}
      stale={[['rules']]}
      disabled={!typed.trim()}
      onClose={onClose}
      run={async () => {
        const read = readRules(typed, text);
        if ('wrong' in read) throw new ApiProblem({ status: 0, code: 'wrong', detail: read.wrong });
        await told('set' in read ? ask(api.PUT('/api/v1/rule-drafts', { body: read.set })) : putRule(read.rule));
        onDone();
      }}
    >
      <label className="block text-sm font-medium">
        {text.file}
        <input type="file" accept="application/json,.json" className="mt-1.5 block w-full text-sm text-ink-2 file:mr-3 file:h-9 file:rounded-control file:border file:border-solid file:border-line file:bg-surface file:px-3 file:font-medium file:text-ink" onChange={(event) => void event.target.files?.[0]?.text().then(setTyped)} />
      </label>
      <label className="block text-sm font-medium">
        JSON
        <textarea value={typed} onChange={(event) => setTyped(event.target.value)} rows={9} spellCheck={false} className="mt-1.5 block w-full rounded-control border border-control bg-surface p-3 font-mono text-xs hover:border-ink-3 focus:outline-2 focus:outline-focus" />
      </label>
    </ActDialog>
  );
}

/** Puts a rule into the draft, whether there is one with its code or not. */
export async function putRule(rule: Rule): Promise<void> {
  try {
    await ask(api.PUT('/api/v1/rules/{name}', { params: { path: { name: rule.code } }, body: rule }));
  } catch (error) {
    if (toProblem(error).status !== 404) throw error;
    await ask(api.POST('/api/v1/rules', { body: rule }));
  }
}

/** With what is wrong at its place in the message: a dialog has no place of its own for it. */
async function told<T>(act: Promise<T>): Promise<T> {
  try {
    return await act;
  } catch (error) {
    const problem = toProblem(error);
    if (problem.fields.size === 0) throw error;
    const faults = [...problem.fields].map(([place, message]) => `${place}: ${message}`);
    throw new ApiProblem({ status: problem.status, code: problem.code, detail: `${problem.message} ${faults.join('. ')}.`, request_id: problem.requestId ?? '' });
  }
}
