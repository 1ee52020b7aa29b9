// What differs between two sets of rules: by rule, as sentences and value by value.

import { Link } from '@tanstack/react-router';

import { Tag } from '../parts/tag';
import { LINK } from '../parts/page';
import { useRulesText } from '../text/rules';
import type { Rule, RuleSet } from './ast';
import { grouped } from './changes';
import { type Change, useRuleLanguage } from './data';
import { sentence } from './sentence';

interface Props {
  before: RuleSet | undefined;
  after: RuleSet;
  changes: readonly Change[];
}

export function Diff({ before, after, changes }: Props) {
  const text = useRulesText();
  const language = useRuleLanguage();
  const ruleOf = (set: RuleSet | undefined, code: string) => set?.rules.find((rule) => rule.code === code);
  const words = (rule: Rule) => (language ? sentence(rule, language) : rule.name);
  return (
    <ul className="divide-y divide-line">
      {grouped(changes).map(({ code, changes: of }) => {
        const [old, now] = code === null ? [undefined, undefined] : [ruleOf(before, code), ruleOf(after, code)];
        const kind = code === null || (old && now) ? 'changed' : now ? 'added' : 'removed';
        return (
          <li key={code ?? ''} className="space-y-2 px-5 py-4 text-sm">
            <p className="flex flex-wrap items-center gap-2">
              {code === null ? <span className="font-medium">{text.ofTheSet}</span> : now ? <Link to="/rules/$code" params={{ code }} className={`font-medium ${LINK}`}>{now.name}</Link> : <span className="font-medium">{old?.name ?? code}</span>}
              <Tag tone={({ changed: 'warning', added: 'success', removed: 'danger' } as const)[kind]}>{text.kinds[kind]}</Tag>
            </p>
            {old && <Line sign="−" name={text.before} tone="bg-danger-tint text-danger">{words(old)}</Line>}
            {now && <Line sign="+" name={text.after} tone="bg-success-tint text-success">{words(now)}</Line>}
            {kind === 'changed' && <Changes changes={of} />}
          </li>
        );
      })}
    </ul>
  );
}

function Line({ sign, name, tone, children }: { sign: string; name: string; tone: string; children: string }) {
  return (
    <p className={`flex gap-2 rounded-control px-3 py-2 ${tone}`}>
      <span aria-hidden="true" className="font-mono">{sign}</span>
      <span className="min-w-0 wrap-anywhere"><span className="sr-only">{name}: </span>{children}</span>
    </p>
  );
}

const shown = (value: unknown) => (value === undefined ? '–' : typeof value === 'string' ? value : JSON.stringify(value));

/** Each place that changed, with what was there and what is. */
export function Changes({ changes }: { changes: readonly Change[] }) {
  const text = useRulesText();
  return (
    <dl className="space-y-1.5 text-xs">
      {changes.map((change) => (
        <div key={change.path} className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5">
          <dt className="font-mono wrap-anywhere text-ink-2">{change.path.replace(/^rules\[[a-z0-9_]+\]\.?/, '')}</dt>
          <dd className="font-mono wrap-anywhere"><span className="sr-only">{text.before}: </span><del className="text-danger">{shown(change.before)}</del> <span aria-hidden="true">→</span> <span className="sr-only">{text.after}: </span><ins className="text-success no-underline">{shown(change.after)}</ins></dd>
        </div>
      ))}
    </dl>
  );
}
