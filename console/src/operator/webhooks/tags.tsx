// How a delivery and an endpoint are, in a word.

import { Ban, CircleCheck, CirclePause, CircleX, Clock, TriangleAlert } from 'lucide-react';

import { Tag } from '../parts/tag';
import type { Endpoint } from '../queries';
import { useWebhooksText } from '../text/webhooks';

const LOOKS = { delivered: ['success', CircleCheck], waiting: ['info', Clock], failed: ['danger', CircleX], missed: ['warning', TriangleAlert] } as const;

export function DeliveryTag({ status }: { status: string }) {
  const text = useWebhooksText();
  const [tone, icon] = LOOKS[status as keyof typeof LOOKS] ?? (['quiet', Clock] as const);
  return <Tag tone={tone} icon={icon}>{text.deliveryStatus[status as keyof typeof text.deliveryStatus] ?? status}</Tag>;
}

export function EndpointTag({ endpoint }: { endpoint: Endpoint }) {
  const text = useWebhooksText();
  if (endpoint.status !== 'enabled') return <Tag icon={Ban}>{text.disabled}</Tag>;
  if (endpoint.paused) return <Tag tone="warning" icon={CirclePause}>{text.paused}</Tag>;
  if (endpoint.failing_since) return <Tag tone="danger" icon={TriangleAlert}>{text.failing}</Tag>;
  return <Tag tone="success" icon={CircleCheck}>{text.enabled}</Tag>;
}
