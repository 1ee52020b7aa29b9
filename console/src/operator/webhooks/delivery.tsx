// One delivery: what was sent, each attempt with its answer, and once more. What a server answered is text, never HTML.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import { View } from '../../design/states';
import { useLocale } from '../../i18n/language';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { Back, Columns, LINK, PageHead, Pair, Pairs, Raw, Section } from '../parts/page';
import { useMayOperate, useMyRole } from '../parts/role';
import { type Delivery, deliveryQuery, endpointQuery } from '../queries';
import { useCommon } from '../text/common';
import { useWebhooksText } from '../text/webhooks';
import { DeliveryTag } from './tags';

export function DeliveryPage() {
  const text = useWebhooksText();
  const { id } = useParams({ from: '/webhooks/deliveries/$id' });
  const asked = useQuery(deliveryQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to={asked.data ? `/webhooks/${asked.data.endpoint_id}` : '/webhooks'}>{text.deliveries}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(delivery) => <Shown delivery={delivery} />}</View>
    </>
  );
}

function Shown({ delivery }: { delivery: Delivery }) {
  const text = useWebhooksText();
  const common = useCommon();
  const mayAct = useMayOperate();
  const [again, setAgain] = useState(false);
  const { data: endpoint } = useQuery(endpointQuery(delivery.endpoint_id));
  return (
    <>
      <PageHead
        name={delivery.type}
        title={<span className="flex flex-wrap items-center gap-3"><span className="font-mono text-base">{delivery.type}</span><DeliveryTag status={delivery.status} /></span>}
        text={endpoint && <span className="break-all">{endpoint.url}</span>}
        actions={mayAct && <Button size="small" onClick={() => setAgain(true)}>{text.resend}</Button>}
      />
      <Columns
        aside={
          <Section title={common.details}>
            <Pairs>
              <Pair name={text.endpoint}><Link to={`/webhooks/${delivery.endpoint_id}` as '/'} className={`font-mono text-xs ${LINK}`}>{delivery.endpoint_id}</Link></Pair>
              <Pair name={text.deliveryColumns.subject}>{/^txn_/.test(delivery.subject) ? <Link to="/payments/$id" params={{ id: delivery.subject }} className={`font-mono text-xs ${LINK}`}>{delivery.subject}</Link> : <span className="font-mono text-xs">{delivery.subject}</span>}</Pair>
              <Pair name={text.eventId}><CopyId id={delivery.event_id} /></Pair>
              <Pair name={text.deliveryColumns.time}><At at={delivery.created_at} /></Pair>
              {delivery.next_attempt_at && <Pair name={text.nextAttempt}><At at={delivery.next_attempt_at} /></Pair>}
            </Pairs>
          </Section>
        }
      >
        <Section flush title={text.attempts}>
          {delivery.attempts.length === 0 && <p className="px-5 py-4 text-sm text-ink-2">{text.noAttempt}</p>}
          <ol className="divide-y divide-line">{[...delivery.attempts].reverse().map((attempt, at) => <Attempt key={attempt.number} attempt={attempt} isOpen={at === 0} />)}</ol>
        </Section>
        <Section title={text.sentBody}>{delivery.body ? <Raw label={text.sentBody}>{delivery.body}</Raw> : <p className="text-sm text-ink-2">{text.noBody}</p>}</Section>
      </Columns>
      {again && <ActDialog title={text.resend} effects={text.resendEffects} confirm={text.resend} done={text.resent} stale={[['webhooks']]} onClose={() => setAgain(false)} run={(_, keyOf) => ask(api.POST('/api/v1/webhook-endpoints/deliveries/{id}/resend', { params: { path: { id: delivery.id }, header: keyOf('resend') }, body: {} }))} />}
    </>
  );
}

const lines = (headers: object) => Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`).join('\n');

function Attempt({ attempt, isOpen }: { attempt: Delivery['attempts'][number]; isOpen: boolean }) {
  const text = useWebhooksText();
  const locale = useLocale();
  const ms = new Intl.NumberFormat(locale, { style: 'unit', unit: 'millisecond', unitDisplay: 'short' }).format(attempt.duration_ms);
  const isGood = attempt.status != null && attempt.status >= 200 && attempt.status < 300;
  return (
    <li>
      <details open={isOpen} className="px-5 py-3 text-sm">
        <summary className="flex flex-wrap items-baseline gap-x-4 gap-y-1 rounded-md">
          <span className="font-medium">{text.attempt(attempt.number)}</span>
          <span className={isGood ? 'text-success' : 'text-danger'}>{attempt.status == null ? text.noAnswer(ms) : text.answered(attempt.status, ms)}</span>
          <span className="text-ink-3 sm:ml-auto"><At at={attempt.at} /></span>
        </summary>
        <div className="mt-3 space-y-3">
          {attempt.error && <p className="break-words text-danger">{attempt.error}</p>}
          {attempt.response && (
            <div>
              <p className="mb-1 text-xs font-medium text-ink-3">{text.response}</p>
              <Raw label={`${text.response}: ${text.headers}`}>{lines(attempt.response.headers)}</Raw>
              <div className="mt-2">{attempt.response.body ? <Raw label={`${text.response}: ${text.body}`}>{attempt.response.body}</Raw> : <p className="text-ink-3">{text.emptyBody}</p>}</div>
            </div>
          )}
          {attempt.request && (
            <div>
              <p className="mb-1 text-xs font-medium text-ink-3">{text.request}</p>
              <Raw label={`${text.request}: ${text.headers}`}>{`POST ${attempt.request.url}\n${lines(attempt.request.headers)}`}</Raw>
            </div>
          )}
        </div>
      </details>
    </li>
  );
}
