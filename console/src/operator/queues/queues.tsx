// The queues: how many events wait in each, for how long, and a way to stop one and let it go on.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CirclePause, CirclePlay, TriangleAlert } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { useLocale } from '../../i18n/language';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, List } from '../parts/data-table';
import { LINK, PageHead } from '../parts/page';
import { useMayOperate } from '../parts/role';
import { Tag } from '../parts/tag';
import { endpointsQuery, type Queue, queuesQuery } from '../queries';
import { SearchField } from '../parts/search-field';
import { useQueuesText } from '../text/queues';

export function Queues() {
  const text = useQueuesText();
  const locale = useLocale();
  const mayAct = useMayOperate();
  const asked = useQuery(queuesQuery);
  const [changing, setChanging] = useState<Queue>();
  const [sought, setSought] = useState('');
  const number = (value: number) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(value);
  const all = asked.data?.data;
  const rows = all?.filter((queue) => queue.name.includes(sought.trim()));
  const columns: Column<Queue>[] = [
    { key: 'name', head: text.columns.name, phone: 'a', wide: true, cell: (queue) => <Name queue={queue} /> },
    { key: 'depth', head: text.columns.depth, phone: 'b', align: 'end', cell: (queue) => <span className={`tabular ${queue.depth > 0 ? 'font-medium' : 'text-ink-3'}`}><span className="mr-1.5 text-xs font-normal text-ink-3 md:hidden" aria-hidden="true">{text.columns.depth}</span>{number(queue.depth)}</span> },
    { key: 'oldest', head: text.columns.oldest, align: 'end', cell: (queue) => (queue.oldest ? <At at={queue.oldest} relative /> : <span className="text-ink-3">–</span>) },
    { key: 'rate', head: text.columns.rate, align: 'end', cell: (queue) => <span className="tabular text-ink-2">{queue.per_second >= 1 || queue.per_second === 0 ? text.perSecond(number(queue.per_second)) : text.perMinute(number(queue.per_second * 60))}</span> },
    { key: 'inFlight', head: text.columns.inFlight, align: 'end', cell: (queue) => <span className="tabular text-ink-2">{number(queue.in_flight)}</span> },
    { key: 'dead', head: text.columns.dead, align: 'end', cell: (queue) => <Dead queue={queue} shown={number(queue.dead_letters)} /> },
    { key: 'state', head: text.columns.state, phone: 'c', cell: (queue) => <State queue={queue} /> },
    ...(mayAct ? [{ key: 'act', head: '', phone: 'd' as const, align: 'end' as const, cell: (queue: Queue) => <Button kind="quiet" size="small" className="relative z-10 !h-8 max-md:-mr-3" aria-label={`${queue.paused ? text.resume : text.pause} ${queue.name}`} onClick={() => setChanging(queue)}>{queue.paused ? text.resume : text.pause}</Button> }] : []),
  ];
  return (
    <>
      <PageHead title={text.title} text={text.about} actions={(all?.length ?? 0) > 8 && <SearchField label={text.search} value={sought} onChange={setSought} />} />
      <Card className="overflow-hidden">
        <List asked={{ ...asked, data: rows }} label={text.title} columns={columns} keyOf={(queue) => queue.name} empty={{ title: text.none, text: text.noneText }} filtered={sought ? { title: text.noMatch, text: sought, onClear: () => setSought('') } : undefined} />
      </Card>
      {changing && <Change queue={changing} onClose={() => setChanging(undefined)} />}
    </>
  );
}

function Name({ queue }: { queue: Queue }) {
  const text = useQueuesText();
  const isEndpoint = queue.kind === 'webhook_endpoint';
  const { data: endpoints } = useInfiniteQuery({ ...endpointsQuery, enabled: isEndpoint });
  const endpoint = endpoints?.pages.flatMap((page) => page.data).find((one) => one.id === queue.name);
  // An endpoint is known by what it is called and where it is.
  const name = endpoint ? <bdi>{endpoint.description || new URL(endpoint.url).host}</bdi> : <span className="font-mono text-xs">{queue.name}</span>;
  return (
    <>
      {isEndpoint ? <Link to={`/webhooks/${queue.name}` as '/'} className={LINK} title={queue.name}>{name}</Link> : name}
      <span className="ml-2 text-xs text-ink-3 max-lg:hidden">{text.kinds[queue.kind as keyof typeof text.kinds] ?? queue.kind}</span>
      {queue.last_error && <span className="block truncate text-xs text-danger" title={queue.last_error}>{queue.last_error}</span>}
    </>
  );
}

function Dead({ queue, shown }: { queue: Queue; shown: string }) {
  const [consumer, feed] = queue.name.split(':');
  if (queue.dead_letters === 0) return <span className="tabular text-ink-3">{shown}</span>;
  if (queue.kind !== 'consumer' || !consumer || !feed) return <span className="tabular font-medium text-danger">{shown}</span>;
  return <Link to={'/dead-letters' as '/'} search={{ consumer, feed } as never} className="tabular font-medium text-danger underline underline-offset-4">{shown}</Link>;
}

function State({ queue }: { queue: Queue }) {
  const text = useQueuesText();
  if (queue.paused) return <Tag tone="warning" icon={CirclePause}>{text.paused}</Tag>;
  if (queue.last_error) return <Tag tone="danger" icon={TriangleAlert}>{text.troubled}</Tag>;
  return <Tag tone="success" icon={CirclePlay}>{text.running}</Tag>;
}

function Change({ queue, onClose }: { queue: Queue; onClose: () => void }) {
  const text = useQueuesText();
  const locale = useLocale();
  const params = { path: { name: queue.name } };
  if (queue.paused) {
    const effects = text.resumeEffects(new Intl.NumberFormat(locale).format(queue.depth));
    return <ActDialog title={text.resumeTitle(queue.name)} effects={effects} confirm={text.resume} done={text.resumedDone} stale={[['queues']]} onClose={onClose} run={() => ask(api.POST('/api/v1/admin/queues/{name}/resume', { params }))} />;
  }
  return <ActDialog title={text.pauseTitle(queue.name)} effects={text.pauseEffects} confirm={text.pause} kind="danger" done={text.pausedDone} stale={[['queues']]} onClose={onClose} run={() => ask(api.POST('/api/v1/admin/queues/{name}/pause', { params }))} />;
}
