// One endpoint: how it is, what was sent to it, and what can be done with it.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { View } from '../../design/states';
import { useLocale } from '../../i18n/language';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, COVER, PagedList } from '../parts/data-table';
import { Segments } from '../parts/filters';
import { Back, Columns, Notice, PageHead, Pair, Pairs, Section } from '../parts/page';
import { Person } from '../parts/person';
import { PanelButton, Popover } from '../parts/popover';
import { useMayOperate, useMyRole } from '../parts/role';
import { deliveriesQuery, type Delivery, type Endpoint, endpointQuery } from '../queries';
import { useCommon } from '../text/common';
import { useWebhooksText } from '../text/webhooks';
import { EndpointForm, EndpointSecret } from './form';
import { DeliveryTag, EndpointTag } from './tags';

export function EndpointPage() {
  const text = useWebhooksText();
  const { id } = useParams({ from: '/webhooks/$id' });
  const asked = useQuery(endpointQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to="/webhooks">{text.back}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(endpoint) => <Shown endpoint={endpoint} />}</View>
    </>
  );
}

type Act = 'edit' | 'test' | 'rotate' | 'recover' | 'switch' | 'remove';

function Shown({ endpoint }: { endpoint: Endpoint }) {
  const text = useWebhooksText();
  const common = useCommon();
  const mayAct = useMayOperate();
  const [act, setAct] = useState<Act>();
  const isOn = endpoint.status === 'enabled';
  const actions = mayAct && (
    <>
      <Button size="small" onClick={() => setAct('test')} disabled={!isOn}>{text.test}</Button>
      <Button size="small" kind="secondary" onClick={() => setAct('edit')}>{text.edit}</Button>
      <Popover label={common.actions} align="end">
        {(close) => (
          <>
            {(['rotate', 'recover', 'switch', 'remove'] as const).map((one) => (
              <PanelButton key={one} onClick={() => { close(); setAct(one); }}>{one === 'switch' ? (isOn ? text.disable : text.enable) : text[one]}</PanelButton>
            ))}
          </>
        )}
      </Popover>
    </>
  );
  return (
    <>
      <PageHead name={endpoint.description || endpoint.url} title={<span className="flex flex-wrap items-center gap-3"><bdi className="break-all">{endpoint.description || endpoint.url}</bdi><EndpointTag endpoint={endpoint} /></span>} text={endpoint.description ? <span className="break-all">{endpoint.url}</span> : undefined} actions={actions} />
      {endpoint.last_error && isOn && endpoint.failing_since && <Notice tone="danger">{text.failingSince} <At at={endpoint.failing_since} />: {endpoint.last_error}</Notice>}
      {!isOn && endpoint.disabled_reason && <Notice tone="warning">{text.disabledReason} {text.reasons[endpoint.disabled_reason as keyof typeof text.reasons] ?? endpoint.disabled_reason}{endpoint.disabled_at && <> (<At at={endpoint.disabled_at} />)</>}.</Notice>}
      <Columns aside={<Details endpoint={endpoint} />}><Deliveries id={endpoint.id} /></Columns>
      {act && <Acting act={act} endpoint={endpoint} onClose={() => setAct(undefined)} />}
    </>
  );
}

function Details({ endpoint }: { endpoint: Endpoint }) {
  const text = useWebhooksText();
  return (
    <Section title={text.details}>
      <Pairs>
        <Pair name={text.columns.events}><span className="font-mono text-xs">{endpoint.event_types.join(', ')}</span></Pair>
        <Pair name={text.columns.audience}>{text.audience[endpoint.audience as keyof typeof text.audience] ?? endpoint.audience}</Pair>
        <Pair name={text.columns.owner}><Person id={endpoint.user_id} /></Pair>
        <Pair name={text.failures}>{endpoint.failures}</Pair>
        {endpoint.previous_secret_until && <Pair name={text.previousSecret}><At at={endpoint.previous_secret_until} /></Pair>}
        {endpoint.earlier_secret_until && <Pair name={text.earlierSecret}><At at={endpoint.earlier_secret_until} /></Pair>}
        <Pair name={text.columns.created}><At at={endpoint.created_at} /></Pair>
        <Pair name="Id"><CopyId id={endpoint.id} /></Pair>
      </Pairs>
    </Section>
  );
}

const STATES = ['waiting', 'delivered', 'failed', 'missed'] as const;

/** How an attempt ended, in a few words. */
function useEnding(): (attempt: Delivery['attempts'][number]) => string {
  const text = useWebhooksText();
  const locale = useLocale();
  return ({ status, duration_ms }) => {
    const ms = new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond', unitDisplay: 'short' }).format(duration_ms);
    return status == null ? text.noAnswer(ms) : text.answered(status, ms);
  };
}

function Deliveries({ id }: { id: string }) {
  const text = useWebhooksText();
  const navigate = useNavigate({ from: '/webhooks/$id' });
  const { status } = useSearch({ from: '/webhooks/$id' });
  const known = STATES.find((one) => one === status);
  const asked = useInfiniteQuery(deliveriesQuery(id, known ? { status: known } : {}));
  const ending = useEnding();
  const go = (next: string) => void navigate({ search: next ? { status: next } : {}, replace: true });
  const columns: Column<Delivery>[] = [
    { key: 'type', head: text.deliveryColumns.type, phone: 'a', cell: (row) => <Link to={`/webhooks/deliveries/${row.id}` as '/'} className={`font-mono text-xs ${COVER}`}>{row.type}</Link> },
    { key: 'subject', head: text.deliveryColumns.subject, wide: true, cell: (row) => <span className="font-mono text-xs text-ink-2">{row.subject}</span> },
    { key: 'answer', head: text.deliveryColumns.answer, phone: 'c', cell: (row) => <span className="text-ink-2">{row.attempts.length > 0 ? ending(row.attempts.at(-1)!) : '–'}</span> },
    { key: 'time', head: text.deliveryColumns.time, phone: 'd', cell: (row) => <span className="text-ink-2"><At at={row.created_at} /></span> },
    { key: 'status', head: text.deliveryColumns.status, phone: 'b', align: 'end', cell: (row) => <DeliveryTag status={row.status} /> },
  ];
  return (
    <section>
      <h2 className="mb-3 text-base font-semibold">{text.deliveries}</h2>
      <Segments label={text.deliveryColumns.status} options={[['', text.allStates], ...STATES.map((one) => [one, text.deliveryStatus[one]] as const)]} chosen={known ?? ''} onChange={go} />
      <PagedList asked={asked} label={text.deliveries} columns={columns} keyOf={(row) => row.id} onOpen={(row) => void navigate({ to: `/webhooks/deliveries/${row.id}` as '/' })} empty={{ title: text.noDeliveries, text: text.noDeliveriesText }} filtered={known ? { title: text.noMatch, text: text.noMatchText, onClear: () => go('') } : undefined} />
    </section>
  );
}

function Acting({ act, endpoint, onClose }: { act: Act; endpoint: Endpoint; onClose: () => void }) {
  const text = useWebhooksText();
  const navigate = useNavigate();
  const [secret, setSecret] = useState<string>();
  const path = { id: endpoint.id };
  const shared = { stale: [['webhooks'], ['queues']], onClose };
  const isOn = endpoint.status === 'enabled';
  if (secret) return <EndpointSecret secret={secret} onClose={onClose} />;
  switch (act) {
    case 'edit':
      return <EndpointForm endpoint={endpoint} onClose={onClose} />;
    case 'test':
      return <ActDialog title={text.test} effects={[`webhook.test → ${endpoint.url}`]} confirm={text.test} done={text.testSent} {...shared} run={(_, keyOf) => ask(api.POST('/api/v1/webhook-endpoints/{id}/test', { params: { path, header: keyOf('test') }, body: {} }))} />;
    case 'rotate':
      return (
        <ActDialog
          title={text.rotate}
          effects={text.rotateEffects}
          confirm={text.rotate}
          kind="danger"
          {...shared}
          run={async (_, keyOf) => {
            setSecret((await ask(api.POST('/api/v1/webhook-endpoints/{id}/rotate-secret', { params: { path, header: keyOf('rotate') }, body: {} }))).secret);
            return false;
          }}
        />
      );
    case 'recover':
      return (
        <ActDialog
          title={text.recover}
          effects={text.recoverEffects}
          confirm={text.recover}
          done={text.recovered}
          {...shared}
          run={(form, keyOf) => {
            const body = { since: new Date(String(form.get('since'))).toISOString() };
            return ask(api.POST('/api/v1/webhook-endpoints/{id}/recover', { params: { path, header: keyOf(body) }, body }));
          }}
        >
          <Field label={text.since} name="since" type="datetime-local" required defaultValue={localTime(new Date(Date.now() - 86_400_000))} />
        </ActDialog>
      );
    case 'switch':
      return <ActDialog title={isOn ? text.disable : text.enable} effects={isOn ? text.disableEffects : text.enableEffects} confirm={isOn ? text.disable : text.enable} kind={isOn ? 'danger' : 'primary'} done={text.changed} {...shared} run={() => ask(api.PATCH('/api/v1/webhook-endpoints/{id}', { params: { path }, body: { status: isOn ? 'disabled' : 'enabled' } }))} />;
    case 'remove':
      return (
        <ActDialog
          title={text.remove}
          effects={text.removeEffects}
          confirm={text.remove}
          kind="danger"
          done={text.removed}
          onClose={onClose}
          stale={[['queues']]}
          run={async () => {
            await ask(api.DELETE('/api/v1/webhook-endpoints/{id}', { params: { path } }));
            void navigate({ to: '/webhooks' as '/' });
          }}
        />
      );
  }
}

/** A time as a field for local times takes it. */
function localTime(time: Date): string {
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
