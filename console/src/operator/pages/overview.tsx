// What needs somebody, then how everything stands. Each figure says what it was made of, and leads to it.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BellRing, CircleCheck, FolderSearch, Inbox, ListOrdered, TriangleAlert, Webhook } from 'lucide-react';
import { lazy, type ReactNode, Suspense } from 'react';

import { healthQuery, meQuery, transactionsQuery, trialBalanceQuery } from '../../api/queries';
import { useRows } from '../../api/rows';
import { chunk } from '../../chunk';
import { Message, View } from '../../design/states';
import { useLocale } from '../../i18n/language';
import { ago } from '../../time/format';
import { alertsQuery } from '../alerts/data';
import { casesQuery } from '../cases/data';
import { TableSkeleton } from '../parts/data-table';
import { LINK, PageHead, Section } from '../parts/page';
import { FEW } from '../payments/columns';
import { PaymentTable } from '../payments/table';
import { deadLetterGroupsQuery, endpointsQuery, queuesQuery, summaryQuery } from '../queries';
import { useOverviewText } from '../text/overview';
import { useProgress } from '../tour/progress';
import { isForbidden } from './figures';
import { Figures, LedgerCard, LedgerCheck, Score } from './summary';

const TourOffer = lazy(() => chunk(() => import('../tour/offer')));

export function Overview() {
  const text = useOverviewText();
  const tour = useProgress();
  return (
    <>
      <PageHead title={text.title} />
      <div className="grid gap-5 min-[1400px]:grid-cols-[minmax(0,1fr)_320px]">
        <div className="min-w-0 space-y-5">
          <Calls />
          <Waiting title={text.needsYou} about={text.needsYouText} status="unresolved,requires_verification,in_review" none={text.nothing} noneText={text.nothingText} tour="needs-you" />
          <Figures />
          <Waiting title={text.underWay} about={text.underWayText} status="processing,authorised" none={text.noneUnderWay} />
        </div>
        <div className="space-y-5">
          <Score />
          <Parts />
          <Books />
          <Success />
          {/* Whoever has taken it finds it in the help centre. */}
          {!tour?.isOver && <Suspense><TourOffer /></Suspense>}
        </div>
      </div>
    </>
  );
}

/** What stands still or was given up, where anything was. */
function Calls() {
  const text = useOverviewText();
  const { data: groups } = useQuery(deadLetterGroupsQuery({}));
  const { data: queues } = useQuery(queuesQuery);
  const { data: endpoints } = useInfiniteQuery(endpointsQuery);
  const { data: alerts } = useInfiniteQuery(alertsQuery({ status: 'open' }));
  const { data: cases } = useInfiniteQuery(casesQuery({ status: 'open' }));
  /** How many there are; of very many only that. */
  const counted = (pages: readonly { data: readonly unknown[]; has_more: boolean }[] | undefined): [number, string] => [pages?.[0]?.data.length ?? 0, `${pages?.[0]?.data.length ?? 0}${pages?.[0]?.has_more ? '+' : ''}`];
  const [open, openCount] = counted(alerts?.pages);
  const [waiting, waitingCount] = counted(cases?.pages);
  const dead = groups?.data.reduce((sum, group) => sum + group.count, 0) ?? 0;
  const paused = queues?.data.filter((queue) => queue.paused).length ?? 0;
  const failing = endpoints?.pages.flatMap((page) => page.data).filter((endpoint) => endpoint.status === 'enabled' && endpoint.failing_since).length ?? 0;
  const calls: [boolean, ReactNode, string, string, string?][] = [
    [open > 0, <BellRing key="i" className="size-5" aria-hidden="true" />, text.openAlerts(open, openCount), '/alerts?status=open'],
    [waiting > 0, <FolderSearch key="i" className="size-5" aria-hidden="true" />, text.waitingCases(waiting, waitingCount), '/cases'],
    [dead > 0, <Inbox key="i" className="size-5" aria-hidden="true" />, text.deadLetters(dead), '/dead-letters', text.deadLettersText],
    [failing > 0, <Webhook key="i" className="size-5" aria-hidden="true" />, text.failingEndpoints(failing), '/webhooks', text.failingText],
    [paused > 0, <ListOrdered key="i" className="size-5" aria-hidden="true" />, text.pausedQueues(paused), '/queues'],
  ];
  return calls.map(
    ([isThere, icon, title, to, about]) =>
      isThere && (
        <div key={to} className="flex items-center gap-4 rounded-card border border-warning bg-warning-tint px-5 py-3.5 text-sm text-warning">
          {icon}
          <div className="min-w-0 flex-1"><p className="font-semibold">{title}</p>{about && <p>{about}</p>}</div>
          <Link to={to.split('?')[0] as '/'} search={Object.fromEntries(new URLSearchParams(to.split('?')[1])) as never} className="rounded-md px-2 py-1 font-medium underline underline-offset-4">{text.look}</Link>
        </div>
      ),
  );
}

function Waiting({ title, about, status, none, noneText, tour }: { title: string; about: string; status: string; none: string; noneText?: string; tour?: string | undefined }) {
  const text = useOverviewText();
  const asked = useInfiniteQuery(transactionsQuery({ status }, 6));
  const rows = useRows(asked);
  const { data: me } = useQuery(meQuery);
  return (
    <Section flush title={title} text={about} tour={tour} action={!!rows?.length && <Link to="/payments" search={{ q: `status:${status}` }} className={`-mr-2 rounded-md px-2 py-1 text-sm font-medium whitespace-nowrap ${LINK}`}>{text.showAll}</Link>}>
      <View asked={{ ...asked, data: rows }} skeleton={<TableSkeleton rows={3} />} role={me?.role}>
        {(rows) => (rows.length > 0 ? <PaymentTable rows={rows.slice(0, 6)} columns={FEW} /> : <Message icon={<CircleCheck aria-hidden="true" />} title={none} text={noneText} />)}
      </View>
    </Section>
  );
}

/** How the newest payments ended. The API counts nothing, so that this is said of the newest hundred only. */
function Success() {
  const text = useOverviewText();
  const locale = useLocale();
  const asked = useInfiniteQuery(transactionsQuery({}, 100));
  return (
    <View asked={asked} skeleton={<div className="skeleton h-36 rounded-card" />}>
      {({ pages }) => {
        const rows = pages[0]?.data ?? [];
        const count = (status: string) => rows.filter((row) => row.status === status).length;
        const [completed, failed] = [count('completed'), count('failed')];
        const ended = completed + failed;
        const rate = ended === 0 ? '–' : new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 }).format(completed / ended);
        return (
          <Section title={text.lastHundred(rows.length)}>
            <p className="tabular text-xl font-semibold">{rate}</p>
            <p className="text-sm text-ink-2">{text.rate}</p>
            <p className="mt-3 flex gap-4 text-sm">
              <Link to="/payments" search={{ q: 'status:completed' }} className="text-ink-2 underline-offset-4 hover:underline"><span className="tabular font-medium text-ink">{completed}</span> {text.completed}</Link>
              <Link to="/payments" search={{ q: 'status:failed' }} className="text-ink-2 underline-offset-4 hover:underline"><span className="tabular font-medium text-ink">{failed}</span> {text.failed}</Link>
            </p>
          </Section>
        );
      }}
    </View>
  );
}

/** Queues and ledger: of the whole installation, or of one's own organisation where one may not see that. */
function Books() {
  const { data, error } = useQuery(summaryQuery);
  if (data) return <LedgerCheck summary={data} />;
  if (!error) return <div className="skeleton h-24 rounded-card" aria-hidden="true" />;
  return <><Queues /><Ledger /></>;
}

function Queues() {
  const text = useOverviewText();
  const locale = useLocale();
  const { data } = useQuery(queuesQuery);
  if (!data) return null;
  const depth = data.data.reduce((sum, queue) => sum + queue.depth, 0);
  const oldest = data.data.flatMap((queue) => queue.oldest ?? []).toSorted()[0];
  return (
    <Section title={text.queues} action={<Link to={'/queues' as '/'} className={`text-sm font-medium ${LINK}`}>{text.look}</Link>}>
      <p className="tabular text-xl font-semibold">{new Intl.NumberFormat(locale).format(depth)}</p>
      <p className="text-sm text-ink-2">{depth === 0 ? text.allHandled : `${text.depth(depth)}${oldest ? `, ${text.oldest(ago(locale, oldest))}` : ''}`}</p>
    </Section>
  );
}

/** Only administrators may see it: nothing is shown to others. */
function Ledger() {
  const { data: me } = useQuery(meQuery);
  const { data, error } = useQuery({ ...trialBalanceQuery, enabled: me?.role === 'admin' });
  if (!data || isForbidden(error)) return null;
  return <LedgerCard isBalanced={data.balanced} />;
}

function Parts() {
  const text = useOverviewText();
  const asked = useQuery(healthQuery);
  return (
    <Section title={text.health} action={<Link to={'/health' as '/'} className={`text-sm font-medium ${LINK}`}>{text.look}</Link>}>
      <View asked={asked} skeleton={<div className="skeleton h-12" />}>
        {({ checks, version }) => {
          const troubled = Object.entries(checks).filter(([, part]) => part.status !== 'ok');
          return (
            <>
              {troubled.length === 0 && <p className="flex items-center gap-2 text-sm text-ink-2"><CircleCheck className="size-4 text-success" aria-hidden="true" />{text.healthy(Object.keys(checks).length)}</p>}
              <ul className="space-y-2 text-sm">
                {troubled.map(([name, part]) => (
                  <li key={name} className="flex items-baseline gap-2.5">
                    <TriangleAlert className={`size-4 shrink-0 self-center ${part.status === 'warning' ? 'text-warning' : 'text-danger'}`} aria-hidden="true" />
                    <span className="min-w-0 flex-1"><span className="font-mono text-xs">{name}</span>{part.detail && <span className="block text-ink-2">{part.detail}</span>}</span>
                    <span className="text-xs text-ink-3">{text.of[part.status]}</span>
                  </li>
                ))}
              </ul>
              <p className="mt-3 text-xs text-ink-3">{text.version} {version}</p>
            </>
          );
        }}
      </View>
    </Section>
  );
}
