// What belongs to a payment elsewhere: webhooks, messages, refunds, the audit log.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import type { Transaction } from '../../api/types';
import { Amount } from '../../design/amount';
import { View } from '../../design/states';
import { At } from '../parts/at';
import { LINK, Section } from '../parts/page';
import { Person } from '../parts/person';
import { useMayAudit, useMyRole } from '../parts/role';
import { endpointsQuery } from '../queries';
import { DeliveryTag } from '../webhooks/tags';
import { MessageTag } from '../customers/message-tag';
import { useMessageKind } from '../text/messages';
import { usePaymentText } from '../text/payment';
import { auditOfQuery, deliveriesOfQuery, messagesOfQuery, refundsOfQuery } from './data';

export function Webhooks({ payment }: { payment: Transaction }) {
  const text = usePaymentText();
  const role = useMyRole();
  const asked = useQuery(deliveriesOfQuery(payment));
  const { data: endpoints } = useInfiniteQuery({ ...endpointsQuery, enabled: !!asked.data?.data.length });
  const urls = new Map(endpoints?.pages.flatMap((page) => page.data).map((endpoint) => [endpoint.id, endpoint.url]));
  return (
    <Section flush title={text.webhooks} text={text.webhooksText}>
      <View asked={asked} skeleton={<div className="skeleton m-5 h-8" />} role={role}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="px-5 py-4 text-sm text-ink-2">{text.noWebhooks}. {text.noWebhooksText}</p>
          ) : (
            <ul className="divide-y divide-line">
              {data.map((delivery) => (
                <li key={delivery.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3 text-sm">
                  <div className="min-w-0 flex-1 basis-56">
                    <Link to={`/webhooks/deliveries/${delivery.id}` as '/'} className={`font-mono text-xs ${LINK}`}>{delivery.type}</Link>
                    <p className="truncate text-ink-3">{urls.get(delivery.endpoint_id) ?? delivery.endpoint_id}</p>
                  </div>
                  <span className="text-ink-3"><At at={delivery.created_at} /></span>
                  <DeliveryTag status={delivery.status} />
                </li>
              ))}
            </ul>
          )
        }
      </View>
    </Section>
  );
}

export function Messages({ payment }: { payment: Transaction }) {
  const text = usePaymentText();
  const role = useMyRole();
  const kindOf = useMessageKind();
  const asked = useQuery(messagesOfQuery(payment));
  return (
    <Section flush title={text.messages} text={text.messagesText}>
      <View asked={asked} skeleton={<div className="skeleton m-5 h-8" />} role={role}>
        {(messages) =>
          messages.length === 0 ? (
            <p className="px-5 py-4 text-sm text-ink-2">{text.noMessages}.</p>
          ) : (
            <ul className="divide-y divide-line">
              {messages.map((message) => (
                <li key={message.id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3 text-sm">
                  <div className="min-w-0 flex-1 basis-56"><p title={message.type}>{kindOf(message.type)}</p><p className="text-ink-3">{message.user_id && <Person id={message.user_id} />}</p></div>
                  <span className="text-ink-3"><At at={message.created_at} /></span>
                  <span className="flex flex-wrap gap-1.5">{message.deliveries.map((delivery) => <MessageTag key={delivery.channel} delivery={delivery} />)}</span>
                </li>
              ))}
            </ul>
          )
        }
      </View>
    </Section>
  );
}

export function Refunds({ payment }: { payment: Transaction }) {
  const text = usePaymentText();
  const asked = useQuery({ ...refundsOfQuery(payment), enabled: /[1-9]/.test(payment.refunded_amount) });
  if (!asked.data?.length) return null;
  return (
    <Section flush title={text.refunds}>
      <ul className="divide-y divide-line">
        {asked.data.map((refund) => (
          <li key={refund.id} className="flex items-center justify-between gap-4 px-5 py-3 text-sm">
            <Link to="/payments/$id" params={{ id: refund.id }} className={LINK}><At at={refund.created_at} /></Link>
            <span className="font-medium"><Amount amount={refund.amount} currency={refund.currency} code /></span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** Who may not read the audit log is not shown a part of it. */
export function Audit({ id }: { id: string }) {
  const text = usePaymentText();
  const may = useMayAudit();
  const asked = useQuery({ ...auditOfQuery(id), enabled: may });
  if (!may) return null;
  return (
    <Section flush title={text.audit} action={<Link to={'/audit' as '/'} search={{ subject: id } as never} className={`text-sm font-medium whitespace-nowrap ${LINK}`}>{text.auditAll}</Link>}>
      <View asked={asked} skeleton={<div className="skeleton m-5 h-8" />}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="px-5 py-4 text-sm text-ink-2">{text.noAudit}</p>
          ) : (
            <ul className="divide-y divide-line">
              {data.map((entry) => (
                <li key={entry.no} className="px-5 py-3 text-sm">
                  <p className="flex flex-wrap justify-between gap-x-4"><code className="font-mono text-xs">{entry.act}</code><span className="text-ink-3"><At at={entry.time} /></span></p>
                  <p className="text-ink-2">{entry.actor && <Person id={entry.actor} />}{entry.outcome !== 'done' && <span className="text-danger"> · {entry.outcome}</span>}</p>
                </li>
              ))}
            </ul>
          )
        }
      </View>
    </Section>
  );
}
