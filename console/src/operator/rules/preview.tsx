// What rules would have done: the payments of the last days are decided once more, and nothing changes.

import { Link } from '@tanstack/react-router';
import { FlaskConical } from 'lucide-react';
import { type ReactNode, useState } from 'react';

import { api, ask } from '../../api/client';
import { type ApiProblem, toProblem } from '../../api/problem';
import { Button } from '../../design/button';
import { Select } from '../../design/field';
import { CopyId } from '../../design/copy';
import { useLocale } from '../../i18n/language';
import { At } from '../parts/at';
import { type Column, COVER, DataTable } from '../parts/data-table';
import { LINK, Section } from '../parts/page';
import { useGrammar } from '../text/rule-grammar';
import { useRulesText } from '../text/rules';
import type { Rule } from './ast';
import { type Preview, useBase } from './data';
import { money } from './sentence';
import { OutcomeTag } from './tags';

const DAYS = [7, 30, 90] as const;

interface Props {
  /** The rule that is tried; the draft as it is where there is none. */
  rule?: Rule;
  /** Why it cannot be tried; it is asked before the server is. */
  check?: () => boolean;
  /** What the server says is wrong with it; true where it is shown elsewhere. */
  onProblem?: (problem: ApiProblem) => boolean;
}

export function PreviewPanel({ rule, check, onProblem }: Props) {
  const text = useRulesText();
  const [days, setDays] = useState<number>(30);
  const [found, setFound] = useState<{ preview: Preview; of: string; days: number }>();
  const [wrong, setWrong] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const of = JSON.stringify(rule);
  const run = async () => {
    if (check && !check()) return;
    setBusy(true);
    setWrong(undefined);
    try {
      setFound({ preview: await ask(api.POST('/api/v1/rules/preview', { body: { days, ...(rule && { rule }) } })), of, days });
    } catch (error) {
      const problem = toProblem(error);
      if (!onProblem?.(problem)) setWrong(problem);
    }
    setBusy(false);
  };
  return (
    <Section title={text.preview} text={text.previewText}>
      <div className="flex flex-wrap items-end gap-3" data-tour="rule-preview">
        <Select label={text.period} value={days} onChange={(event) => setDays(Number(event.target.value))} className="h-9 !text-sm">
          {DAYS.map((one) => <option key={one} value={one}>{text.lastDays(one)}</option>)}
        </Select>
        <Button size="small" kind="secondary" busy={busy} onClick={() => void run()}><FlaskConical className="size-4" aria-hidden="true" />{text.tryIt}</Button>
        <p role="status" className="min-h-5 text-sm text-ink-2">{found && (found.of === of ? '' : text.outdatedPreview)}</p>
      </div>
      {wrong && <div role="alert" className="mt-3 rounded-control bg-danger-tint px-3.5 py-2.5 text-sm text-danger">{wrong.message}{wrong.requestId && <> <CopyId id={wrong.requestId} /></>}</div>}
      {found && <Found preview={found.preview} code={rule?.code} days={found.days} />}
    </Section>
  );
}

function Tile({ name, children }: { name: string; children: ReactNode }) {
  return <div className="min-w-0 rounded-control bg-sunken px-3.5 py-2.5"><dt className="text-xs text-ink-2">{name}</dt><dd className="tabular mt-0.5 text-base font-semibold wrap-anywhere">{children}</dd></div>;
}

function Found({ preview, code, days }: { preview: Preview; code: string | undefined; days: number }) {
  const text = useRulesText();
  const locale = useLocale();
  const grammar = useGrammar();
  const base = useBase() ?? '';
  const number = (value: number) => value.toLocaleString(locale);
  const sum = (minor: number) => money(minor, base, grammar);
  const own = preview.rules.find((one) => one.rule === code);
  const changed = preview.outcomes.filter((one) => one.before !== one.after);
  const rules = preview.rules.filter((one) => one.hits > 0).toSorted((a, b) => b.hits - a.hits);
  const columns: Column<Preview['samples'][number]>[] = [
    { key: 'at', head: text.sample.at, phone: 'c', cell: (row) => <Link to="/payments/$id" params={{ id: row.transaction }} className={COVER}><At at={row.at} /></Link> },
    { key: 'amount', head: text.sample.amount, phone: 'a', align: 'end', cell: (row) => <span className="tabular">{row.amount_minor == null ? '–' : sum(row.amount_minor)}</span> },
    { key: 'before', head: text.sample.before, cell: (row) => <span className="inline-flex items-center gap-2"><OutcomeTag outcome={row.before.outcome} /><span className="tabular text-ink-2">{row.before.score}</span></span> },
    { key: 'after', head: text.sample.after, phone: 'b', cell: (row) => <span className="inline-flex items-center gap-2"><OutcomeTag outcome={row.after.outcome} /><span className="tabular text-ink-2">{row.after.score}</span></span> },
    { key: 'factors', head: text.sample.factors, phone: 'd', wide: true, cell: (row) => <span className="font-mono text-xs text-ink-2">{row.factors.join(', ')}</span> },
  ];
  return (
    <div className="mt-4 space-y-5">
      <p className="sr-only" role="status">{own ? text.wouldHit(number(own.hits), number(preview.asked)) : text.lookedAt(number(preview.asked))}</p>
      <dl className="grid grid-cols-2 gap-2.5 sm:grid-cols-[repeat(auto-fit,minmax(8.5rem,1fr))]">
        <Tile name={text.lookedAtName}>{number(preview.asked)}</Tile>
        {own && <Tile name={text.columns.hitsPlain}>{number(own.hits)}</Tile>}
        {own && <Tile name={text.sum}>{sum(own.amount_minor)}</Tile>}
        {own && own.unknown > 0 && <Tile name={text.figures.unknown}>{number(own.unknown)}</Tile>}
        <Tile name={text.outcomesChanged}>{number(changed.reduce((all, one) => all + one.count, 0))}</Tile>
      </dl>
      {preview.asked === 0 && <p className="text-sm text-ink-2">{text.nothingToLookAt(days)}</p>}
      {preview.incomplete > 0 && <p className="text-sm text-warning">{text.incomplete(number(preview.incomplete))}</p>}
      {changed.length > 0 && (
        <div>
          <h3 className="text-sm font-semibold">{text.outcomesChanged}</h3>
          <ul className="mt-2 space-y-1.5 text-sm">
            {changed.map((one) => <li key={`${one.before} ${one.after}`} className="flex flex-wrap items-center gap-2"><span className="tabular min-w-10 text-right font-medium">{number(one.count)}</span> <OutcomeTag outcome={one.before} /> <span aria-label={text.becomes}>→</span> <OutcomeTag outcome={one.after} /></li>)}
          </ul>
        </div>
      )}
      {rules.length > 0 && (
        <div>
          <h3 className="text-sm font-semibold">{own ? text.overlap : text.byRule}</h3>
          <ul className="mt-2 space-y-1 text-sm">
            {own && own.overlap.length === 0 && <li className="text-ink-2">{text.noOverlap}</li>}
            {(own ? own.overlap.map((one) => ({ ...one, amount_minor: undefined })) : rules).map((one) => (
              <li key={one.rule} className="flex flex-wrap items-baseline gap-x-3"><span className="tabular min-w-10 text-right font-medium">{number(one.hits)}</span><Link to="/rules/$code" params={{ code: one.rule }} className={`font-mono text-xs ${LINK}`}>{one.rule}</Link>{one.amount_minor !== undefined && <span className="tabular text-ink-2">{sum(one.amount_minor)}</span>}</li>
            ))}
          </ul>
        </div>
      )}
      {preview.samples.length > 0 && (
        <div>
          <h3 className="text-sm font-semibold">{text.samples(preview.samples.length)}</h3>
          <div className="mt-2 -mx-5 border-t border-line"><DataTable label={text.samples(preview.samples.length)} rows={preview.samples} columns={columns} keyOf={(row) => row.transaction} /></div>
        </div>
      )}
    </div>
  );
}
