// How the whole installation does, for those of the first organisation: figures, the health score with what it is made of, and
// whether the ledger balances.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronDown, ShieldAlert, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';

import { Card } from '../../design/card';
import { View } from '../../design/states';
import { useLocale } from '../../i18n/language';
import { ago } from '../../time/format';
import { LINK, Notice, Section } from '../parts/page';
import { type SystemSummary, summaryQuery } from '../queries';
import { useOverviewText } from '../text/overview';
import { count, duration, earlier, isForbidden, partValue, rate, share } from './figures';

/** Nothing where one may not see it. */
export function Figures() {
  const text = useOverviewText();
  const locale = useLocale();
  const asked = useQuery(summaryQuery);
  if (!asked.data && isForbidden(asked.error)) return null;
  return (
    <Section flush title={text.figures} text={asked.data && text.figuresText(duration(locale, asked.data.requests.window_seconds * 1_000, 'long'))} tour="figures">
      <View asked={asked} skeleton={<div className="skeleton m-5 h-44" />}>
        {(summary) => (
          <>
            {summary.silent_services > 0 && <div className="px-5 pt-4"><Notice tone="warning">{text.silent(summary.silent_services)}</Notice></div>}
            <dl className="grid grid-cols-2 gap-px bg-line sm:grid-cols-4"><Tiles summary={summary} /></dl>
          </>
        )}
      </View>
    </Section>
  );
}

function Tiles({ summary: { at, requests, journal, in_flight: flight, queues } }: { summary: SystemSummary }) {
  const text = useOverviewText();
  const locale = useLocale();
  const many = (value: number) => count(locale, value);
  const took = (ms: number | null | undefined) => (typeof ms === 'number' ? duration(locale, ms) : '–');
  const since = (time: string | undefined) => (time ? duration(locale, Math.max(Date.parse(at) - Date.parse(time), 0)) : '–');
  const depth = queues.reduce((sum, queue) => sum + queue.depth, 0);
  const oldest = earlier(...queues.map((queue) => queue.oldest));
  const isFlying = flight && flight.processing + flight.unresolved > 0;
  return (
    <>
      <Tile name={text.perSecond} value={rate(locale, requests.per_second)}>{requests.count > 0 ? text.requests(many(requests.count)) : text.noRequests}</Tile>
      <Tile name={text.success} value={typeof requests.success_rate === 'number' ? share(locale, requests.success_rate) : '–'}>{requests.count > 0 ? text.failures(many(requests.failed)) : text.noRequests}</Tile>
      <Tile name={text.depthOf} value={<Link to={'/queues' as '/'} className={LINK}>{many(depth)}</Link>}>{oldest ? text.oldest(ago(locale, oldest, new Date(at))) : text.allHandled}</Tile>
      <Tile name={text.inFlight} value={isFlying ? <Link to="/payments" search={{ q: 'status:processing,unresolved' }} className={LINK}>{since(earlier(flight.oldest_processing, flight.oldest_unresolved))}</Link> : '–'}>
        {!flight ? text.unknown : isFlying ? text.flying(many(flight.processing), many(flight.unresolved)) : text.nothingFlies}
      </Tile>
      {(['p50', 'p95', 'p99'] as const).map((name) => (
        <Tile key={name} name={name} value={took(requests[`${name}_ms`])}>{requests.count > 0 ? text.answeredWithin[name] : text.noRequests}</Tile>
      ))}
      <Tile name={text.journal} value={journal ? many(journal.queue_depth) : '–'}>{journal ? text.journalOf(many(journal.queue_capacity)) : text.unknown}</Tile>
    </>
  );
}

function Tile({ name, value, children }: { name: string; value: ReactNode; children: ReactNode }) {
  return (
    <div className="min-w-0 bg-surface px-5 py-4">
      <dt className="text-sm text-ink-2">{name}</dt>
      <dd className="tabular mt-0.5 text-xl font-semibold">{value}</dd>
      <dd className="text-xs text-ink-3">{children}</dd>
    </div>
  );
}

/** One figure of all, and its parts by a press. */
export function Score() {
  const text = useOverviewText();
  const locale = useLocale();
  const { data, isPending } = useQuery(summaryQuery);
  if (!data) return isPending && <div className="skeleton h-36 rounded-card" aria-hidden="true" />;
  const { score, parts } = data.health;
  const tint = score >= 90 ? 'bg-success' : score >= 60 ? 'bg-warning' : 'bg-danger';
  // What costs most comes first.
  const sorted = parts.toSorted((a, b) => b.weight - b.points - (a.weight - a.points) || b.weight - a.weight);
  return (
    <Section title={text.score}>
      <p className="text-sm text-ink-2"><span className="tabular text-xl font-semibold text-ink">{count(locale, score)}</span> {text.of100}</p>
      <div className="mt-2 h-1.5 overflow-hidden rounded-full bg-sunken" aria-hidden="true"><div className={`h-full rounded-full ${tint}`} style={{ width: `${score}%` }} /></div>
      <details className="group mt-3 text-sm">
        <summary className={`flex cursor-pointer list-none items-center gap-1 rounded-md font-medium ${LINK} [&::-webkit-details-marker]:hidden`}>
          {text.formula}<ChevronDown className="size-4 group-open:rotate-180" aria-hidden="true" />
        </summary>
        <p className="mt-2 text-ink-2">{text.formulaText}</p>
        <ul className="mt-2 divide-y divide-line">
          {sorted.map(({ name, weight, points, value, full_at, none_at }) => {
            const shown = (of: number) => partValue(locale, name, of);
            return (
              <li key={name} className="py-2">
                <p className="flex items-baseline justify-between gap-3">
                  <span className="min-w-0">{text.partsOf[name] ?? name}</span>
                  <span className={`tabular whitespace-nowrap ${points < weight ? 'font-semibold text-warning' : 'text-ink-2'}`}>{text.points(new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(points), count(locale, weight))}</span>
                </p>
                <p className="tabular text-xs text-ink-3">{text.range(typeof value === 'number' ? shown(value) : text.unknown, shown(full_at), shown(none_at))}</p>
              </li>
            );
          })}
        </ul>
      </details>
    </Section>
  );
}

export function LedgerCheck({ summary: { ledger, at } }: { summary: SystemSummary }) {
  const text = useOverviewText();
  const locale = useLocale();
  return (
    <LedgerCard isBalanced={ledger?.balanced}>
      {ledger && !ledger.balanced && <p className="text-ink-2">{text.unbalancedIn(ledger.unbalanced_currencies.join(', '))}</p>}
      {ledger && <p className="mt-1 text-xs text-ink-2">{text.checkedAgo(count(locale, ledger.accounts), ago(locale, ledger.checked_at, new Date(at)))}</p>}
    </LedgerCard>
  );
}

/** Whether the ledger balances; `undefined` where nobody knows. */
export function LedgerCard({ isBalanced, children }: { isBalanced: boolean | undefined; children?: ReactNode }) {
  const text = useOverviewText();
  const [look, title, about] =
    isBalanced === undefined ? ['text-warning', text.unchecked, text.uncheckedText] : isBalanced ? ['text-success', text.balanced, text.balancedText] : ['text-danger', text.unbalanced, text.unbalancedText];
  const Icon = isBalanced ? ShieldCheck : ShieldAlert;
  return (
    <Card className={`flex gap-3 p-5 ${isBalanced === false ? 'border-danger! bg-danger-tint!' : ''}`}>
      <Icon className={`size-5 shrink-0 ${look}`} aria-hidden="true" />
      <div className="text-sm"><p className="font-medium">{title}</p><p className="text-ink-2">{about}</p>{children}</div>
    </Card>
  );
}
