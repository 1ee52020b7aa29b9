// A rule as JSON, to read and to write: it becomes the rule as soon as it can be one.

import { useEffect, useState } from 'react';

import { useRulesText } from '../text/rules';
import type { Rule } from './ast';
import { readRules } from './exchange';

export function JsonEditor({ rule, isNew, onChange }: { rule: Rule; isNew: boolean; onChange: (rule: Rule) => void }) {
  const text = useRulesText();
  const [typed, setTyped] = useState(() => JSON.stringify(rule, null, 2));
  const [wrong, setWrong] = useState<string>();
  useEffect(() => {
    // What was changed elsewhere on the page stands here, too; what is being typed is left alone.
    const read = readRules(typed, text);
    if (!('rule' in read) || JSON.stringify(read.rule) !== JSON.stringify(rule)) if (!wrong) setTyped(JSON.stringify(rule, null, 2));
  }, [rule]);
  const take = (next: string) => {
    setTyped(next);
    const read = readRules(next, text);
    if ('wrong' in read) return setWrong(read.wrong);
    if ('set' in read) return setWrong(text.noSet);
    if (!isNew && read.rule.code !== rule.code) return setWrong(text.codeStays);
    setWrong(undefined);
    onChange(read.rule);
  };
  return (
    <div>
      <textarea aria-label={text.jsonLabel} aria-invalid={wrong ? true : undefined} aria-describedby={wrong ? 'json-wrong' : undefined} value={typed} onChange={(event) => take(event.target.value)} rows={22} spellCheck={false} className={`block w-full rounded-control border bg-surface p-3 font-mono text-xs leading-5 focus:outline-2 focus:outline-focus ${wrong ? 'border-danger' : 'border-control hover:border-ink-3'}`} />
      <p id="json-wrong" role="status" className={`mt-2 min-h-5 text-sm wrap-anywhere ${wrong ? 'text-danger' : 'text-ink-3'}`}>{wrong ?? text.jsonHint}</p>
    </div>
  );
}
