// How one way of a message ended.

import { Ban, CircleCheck, CircleX, Clock } from 'lucide-react';

import { Tag } from '../parts/tag';
import type { Message } from '../queries';
import { useWays } from '../text/messages';

const LOOKS = { sent: ['success', CircleCheck], delivered: ['success', CircleCheck], failed: ['danger', CircleX], bounced: ['danger', CircleX], suppressed: ['quiet', Ban] } as const;

export function MessageTag({ delivery }: { delivery: Message['deliveries'][number] }) {
  const ways = useWays();
  const [tone, icon] = LOOKS[delivery.state as keyof typeof LOOKS] ?? (['quiet', Clock] as const);
  return <span title={[delivery.address, delivery.error].filter(Boolean).join(' · ')}><Tag tone={tone} icon={icon}>{ways.channels[delivery.channel] ?? delivery.channel} {ways.states[delivery.state] ?? delivery.state}</Tag></span>;
}
