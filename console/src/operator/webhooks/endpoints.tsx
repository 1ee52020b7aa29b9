// The endpoints that webhooks are sent to.

import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';

import { Button } from '../../design/button';
import { type Column, COVER, PagedList } from '../parts/data-table';
import { PageHead } from '../parts/page';
import { Person } from '../parts/person';
import { useMayOperate } from '../parts/role';
import { type Endpoint, endpointsQuery } from '../queries';
import { useWebhooksText } from '../text/webhooks';
import { EndpointForm } from './form';
import { EndpointTag } from './tags';

export function Webhooks() {
  const text = useWebhooksText();
  const navigate = useNavigate();
  const mayAct = useMayOperate();
  const asked = useInfiniteQuery(endpointsQuery);
  const [making, setMaking] = useState(false);
  const make = mayAct && <Button size="small" onClick={() => setMaking(true)}><Plus className="size-4" aria-hidden="true" />{text.create}</Button>;
  const columns: Column<Endpoint>[] = [
    { key: 'url', head: text.columns.url, phone: 'a', wide: true, cell: (row) => <Link to={`/webhooks/${row.id}` as '/'} className={COVER}><bdi>{row.description || row.url}</bdi>{row.description && <span className="ml-2 font-normal text-ink-3">{row.url.replace(/^https:\/\//, '')}</span>}</Link> },
    { key: 'events', head: text.columns.events, phone: 'c', cell: (row) => <span className="font-mono text-xs text-ink-2">{row.event_types.slice(0, 2).join(', ')}{row.event_types.length > 2 && ` +${row.event_types.length - 2}`}</span> },
    { key: 'audience', head: text.columns.audience, cell: (row) => <span className="text-ink-2">{text.audience[row.audience as keyof typeof text.audience] ?? row.audience}</span> },
    { key: 'owner', head: text.columns.owner, cell: (row) => <span className="relative z-10"><Person id={row.user_id} /></span> },
    { key: 'state', head: text.columns.state, phone: 'b', align: 'end', cell: (row) => <EndpointTag endpoint={row} /> },
  ];
  return (
    <>
      <PageHead title={text.title} text={text.about} actions={make} />
      <PagedList asked={asked} label={text.endpoints} columns={columns} keyOf={(row) => row.id} onOpen={(row) => void navigate({ to: `/webhooks/${row.id}` as '/' })} empty={{ title: text.none, text: text.noneText, action: make }} />
      {making && <EndpointForm onClose={() => setMaking(false)} />}
    </>
  );
}
