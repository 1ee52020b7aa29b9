// How an account and a wallet are, in a word.

import { Ban, CircleCheck, Snowflake } from 'lucide-react';

import type { Wallet } from '../../api/types';
import { Tag } from '../parts/tag';
import { useCustomersText } from '../text/customers';

export function UserTag({ status }: { status: string }) {
  const text = useCustomersText();
  return status === 'active' ? <Tag tone="success" icon={CircleCheck}>{text.active}</Tag> : <Tag tone="danger" icon={Ban}>{text.suspended}</Tag>;
}

export function WalletTag({ status }: { status: Wallet['status'] }) {
  const text = useCustomersText();
  if (status === 'active') return <Tag tone="success" icon={CircleCheck}>{text.walletStatus.active}</Tag>;
  return status === 'frozen' ? <Tag tone="info" icon={Snowflake}>{text.walletStatus.frozen}</Tag> : <Tag icon={Ban}>{text.walletStatus.closed}</Tag>;
}
