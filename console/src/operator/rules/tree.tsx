// The conditions of a rule to read, one line each.

import { useRulesText } from '../text/rules';
import { partsOf, type Predicate } from './ast';
import { condition, type Language } from './sentence';

export function Tree({ predicate, language }: { predicate: Predicate; language: Language }) {
  const text = useRulesText();
  if ('not' in predicate) return <Group name={text.groups.not} parts={[predicate.not]} language={language} />;
  const parts = partsOf(predicate);
  if (parts) return <Group name={'all' in predicate ? text.groups.all : text.groups.any} parts={parts} language={language} />;
  return <p className="py-0.5 text-sm wrap-anywhere">{condition(predicate, language)}</p>;
}

function Group({ name, parts, language }: { name: string; parts: readonly Predicate[]; language: Language }) {
  return (
    <div>
      <p className="text-xs font-medium text-ink-3">{name}</p>
      <ul className="mt-1 space-y-1 border-l-2 border-line pl-3">{parts.map((part, at) => <li key={at}><Tree predicate={part} language={language} /></li>)}</ul>
    </div>
  );
}
