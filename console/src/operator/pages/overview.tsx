// What needs somebody, then how everything stands. Each figure says what it was made of, and leads to it.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, ShieldCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

import { ApiProblem } from '../../api/problem';
import { healthQuery, meQuery, transactionsQuery, trialBalanceQuery } from '../../api/queries';
import { useRows } from '../../api/rows';
import { Card } from '../../design/card';
import { Message, View } from '../../design/states';
import { useLocale } from '../../i18n/language';
import { PaymentTable, TableSkeleton } from '../table';
import { text } from '../text';

export function Overview() {
  return (
    <>
      <h1 className="mb-6 text-xl font-semibold">{text.overview}</h1>
      <div className="grid gap-6 xl:grid-cols-[minmax(0,1fr)_320px]">
        <div className="min-w-0 space-y-8">
          <Waiting title={text.needsYou} about={text.needsYouText} status="unresolved,requires_verification,in_review" none={text.nothing} noneText={text.nothingText} />
          <Waiting title={text.underWay} about={text.underWayText} status="processing,authorised" none={text.noneUnderWay} />
        </div>
        <div className="space-y-4">
          <Success />
          <Ledger />
          <Parts />
        </div>
      </div>
    </>
  );
}

function Waiting({ title, about, status, none, noneText }: { title: string; about: string; status: string; none: string; noneText?: string }) {
  const asked = useInfiniteQuery(transactionsQuery({ status }, 6));
  const rows = useRows(asked);
  const { data: me } = useQuery(meQuery);
  return (
    <section>
      <div className="mb-3 flex items-end justify-between gap-4">
        <div><h2 className="text-base font-semibold">{title}</h2><p className="text-sm text-ink-2">{about}</p></div>
        {!!rows?.length && <Link to="/payments" search={{ q: `status:${status}` }} className="rounded-md px-2 py-1 text-sm font-medium whitespace-nowrap text-brand underline-offset-4 hover:underline">{text.showAll}</Link>}
      </div>
      <Card className="overflow-hidden">
        <View asked={{ ...asked, data: rows }} skeleton={<TableSkeleton rows={3} />} role={me?.role}>
          {(rows) => (rows.length > 0 ? <PaymentTable rows={rows} /> : <Message icon={<CircleCheck aria-hidden="true" />} title={none} text={noneText} />)}
        </View>
      </Card>
    </section>
  );
}

function Tile({ title, children }: { title: string; children: ReactNode }) {
  return <Card className="p-5"><h2 className="text-sm font-medium text-ink-2">{title}</h2>{children}</Card>;
}

/** How the newest payments ended. The API counts nothing, so that this is said of the newest hundred only. */
function Success() {
  const locale = useLocale();
  const asked = useInfiniteQuery(transactionsQuery({}, 100));
  const rows = asked.data?.pages[0]?.data ?? [];
  const count = (status: string) => rows.filter((row) => row.status === status).length;
  const [completed, failed] = [count('completed'), count('failed')];
  const ended = completed + failed;
  const rate = ended === 0 ? '–' : new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(completed / ended);
  return (
    <Tile title={text.lastHundred(rows.length)}>
      <p className="tabular mt-2 text-xl font-semibold">{rate}</p>
      <p className="text-sm text-ink-2">{text.rate}</p>
      <p className="mt-3 flex gap-4 text-sm">
        <Link to="/payments" search={{ q: 'status:completed' }} className="text-ink-2 underline-offset-4 hover:underline"><span className="tabular font-medium text-ink">{completed}</span> {text.completed}</Link>
        <Link to="/payments" search={{ q: 'status:failed' }} className="text-ink-2 underline-offset-4 hover:underline"><span className="tabular font-medium text-ink">{failed}</span> {text.failed}</Link>
      </p>
    </Tile>
  );
}

/** Only administrators may see it: nothing is shown to others. */
function Ledger() {
  const { data, error } = useQuery(trialBalanceQuery);
  if (!data || (error instanceof ApiProblem && error.status === 403)) return null;
  return (
    <Card className={`flex gap-3 p-5 ${data.balanced ? '' : 'border-danger bg-danger-tint'}`}>
      <ShieldCheck className={`size-5 shrink-0 ${data.balanced ? 'text-success' : 'text-danger'}`} aria-hidden="true" />
      <div className="text-sm"><p className="font-medium">{data.balanced ? text.balanced : text.unbalanced}</p><p className="text-ink-2">{data.balanced ? text.balancedText : text.unbalancedText}</p></div>
    </Card>
  );
}

function Parts() {
  const asked = useQuery(healthQuery);
  return (
    <Tile title={text.health}>
      <View asked={asked} skeleton={<div className="skeleton mt-3 h-24" />}>
        {({ checks, version }) => (
          <>
            <ul className="mt-3 space-y-2.5 text-sm">
              {Object.entries(checks).map(([name, part]) => (
                <li key={name} className="flex items-baseline gap-2.5">
                  {part.status === 'ok' ? <span className="size-2 shrink-0 rounded-full bg-success" aria-hidden="true" /> : <TriangleAlert className={`size-4 shrink-0 self-center ${part.status === 'warning' ? 'text-warning' : 'text-danger'}`} aria-hidden="true" />}
                  <span className="min-w-0 flex-1"><span className="font-mono text-xs">{name}</span>{part.detail && <span className="block text-ink-2">{part.detail}</span>}</span>
                  <span className="text-xs text-ink-3">{text.of[part.status]}</span>
                </li>
              ))}
            </ul>
            <p className="mt-4 text-xs text-ink-3">{text.version} {version}</p>
          </>
        )}
      </View>
    </Tile>
  );
}
