// The evidence of a case: what is known of both sides next to one another, why a payment waits, and what each hit has brought.

import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import { At } from '../parts/at';
import { LINK, Section } from '../parts/page';
import { Person } from '../parts/person';
import { Tag } from '../parts/tag';
import { useCasesText } from '../text/cases';
import { useCommon } from '../text/common';
import { differs } from './data';
import type { Evidence, EvidenceRow } from './types';

export function EvidenceSections({ evidence }: { evidence: readonly Evidence[] }) {
  const text = useCasesText();
  if (evidence.length === 0) return <Section title={text.evidence}><p className="text-sm text-ink-2">{text.noEvidence}</p></Section>;
  const order = ['hit', 'sides', 'factors'];
  return evidence.toSorted((a, b) => order.indexOf(a.about) - order.indexOf(b.about)).map((one, at) => (
    <Section key={at} flush={one.about !== 'factors'} title={text.abouts[one.about as keyof typeof text.abouts] ?? one.about} action={<span className="text-xs text-ink-3"><At at={one.at} /></span>}>
      {one.about === 'factors' ? <Factors rows={one.rows} /> : <SideBySide evidence={one} />}
    </Section>
  ));
}

/** A value as people read it. */
function Value({ children: value }: { children: unknown }): ReactNode {
  const text = useCasesText();
  const common = useCommon();
  if (value === null || value === undefined || value === '') return <span className="text-ink-3">–</span>;
  if (typeof value === 'boolean') return value ? common.yes : common.no;
  if (typeof value === 'number') return <span className="tabular">{value}</span>;
  if (Array.isArray(value)) return <ul className="space-y-0.5">{value.map((one, at) => <li key={at}><Value>{one}</Value></li>)}</ul>;
  if (typeof value === 'object') {
    // What could not be found out.
    const [name, of] = Object.entries(value)[0] ?? [];
    if (name === 'unknown' || name === 'error') return <span className="text-ink-3">{text.unknowns[String(of) as keyof typeof text.unknowns] ?? String(of)}</span>;
    return <dl className="space-y-0.5">{Object.entries(value).map(([key, one]) => <div key={key} className="flex gap-2"><dt className="text-ink-3">{key}</dt><dd className="min-w-0 wrap-anywhere"><Value>{one}</Value></dd></div>)}</dl>;
  }
  const shown = String(value);
  if (/^usr_[0-9a-z]{26}$/.test(shown)) return <Person id={shown} />;
  if (/^txn_[0-9a-z]{26}$/.test(shown)) return <Link to="/payments/$id" params={{ id: shown }} className={`font-mono text-xs ${LINK}`}>{shown}</Link>;
  return <bdi className="wrap-anywhere">{text.values[shown as keyof typeof text.values] ?? shown}</bdi>;
}

function SideBySide({ evidence: { about, rows } }: { evidence: Evidence }) {
  const text = useCasesText();
  const [left, right] = about === 'sides' ? [text.payer, text.payee] : [text.known, text.listed];
  const hasRight = rows.some((row) => row.compared_with !== undefined && row.compared_with !== null);
  return (
    <div className="overflow-x-auto" tabIndex={0} role="group" aria-label={text.abouts[about as keyof typeof text.abouts] ?? about}>
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b border-line text-left text-xs text-ink-3">
            <th scope="col" className="py-2 pr-3 pl-5 font-medium"><span className="sr-only">{text.what}</span></th>
            <th scope="col" className="px-3 py-2 font-medium">{left}</th>
            {hasRight && <th scope="col" className="py-2 pr-5 pl-3 font-medium">{right}</th>}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row, at) => {
            // Of two sides nothing follows from what differs; of a match it does.
            const isOther = about !== 'sides' && differs(row);
            return (
              <tr key={at} className="align-top">
                <th scope="row" className="py-2.5 pr-3 pl-5 text-left font-normal text-ink-2 md:whitespace-nowrap">{text.labels[row.label as keyof typeof text.labels] ?? row.label.replaceAll('_', ' ')}{isOther && <span className="sr-only"> ({text.differs})</span>}</th>
                <td className="px-3 py-2.5"><Value>{row.value}</Value></td>
                {hasRight && <td className={`py-2.5 pr-5 pl-3 ${isOther ? 'bg-warning-tint' : ''}`}><Value>{row.compared_with}</Value></td>}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

const part = (value: unknown, name: string): unknown => (typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined);

function Factors({ rows }: { rows: readonly EvidenceRow[] }) {
  const text = useCasesText();
  const whole = rows.find((row) => row.label === 'decision')?.value;
  return (
    <>
      {whole !== undefined && <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm"><Tag tone="review">{text.levels[String(part(whole, 'level')) as keyof typeof text.levels] ?? String(part(whole, 'level') ?? '')}</Tag><span className="tabular">{text.score(Number(part(whole, 'score') ?? 0))}</span><Link to="/rules/all-versions/$version" params={{ version: String(part(whole, 'rule_set') ?? 1) }} className={`text-xs ${LINK}`}>{text.ruleSet(String(part(whole, 'rule_set') ?? '–'))}</Link></p>}
      <ul className="mt-2 divide-y divide-line">
        {rows.filter((row) => row.label !== 'decision').map((row, at) => (
          <li key={at} className="flex gap-3 py-2 text-sm">
            <span className="tabular w-12 shrink-0 text-right font-medium">{Number(part(row.value, 'points') ?? 0) > 0 && '+'}{String(part(row.value, 'points') ?? '')}</span>
            <span className="min-w-0 wrap-anywhere">{String(part(row.value, 'detail') ?? '')} <Link to="/rules/$code" params={{ code: row.label }} className={`font-mono text-xs ${LINK}`}>{row.label}</Link></span>
          </li>
        ))}
      </ul>
    </>
  );
}
