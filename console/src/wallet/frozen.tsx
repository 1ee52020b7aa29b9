// What is said of a wallet that is frozen, by who has frozen it.

import { Link } from '@tanstack/react-router';
import { Snowflake } from 'lucide-react';

import type { Wallet } from '../api/types';
import { useFreezeText } from './texts/freeze';

export default function Frozen({ wallet }: { wallet: Wallet }) {
  const f = useFreezeText();
  const isOwn = wallet.frozen_by === 'owner';
  return (
    <div className="mt-6 flex flex-wrap items-center gap-3 rounded-control bg-info-tint px-4 py-3 text-sm text-info">
      <Snowflake className="size-5 shrink-0" aria-hidden="true" />
      <p className="min-w-0 flex-1 basis-44">{isOwn ? f.frozen : f.byOperator}</p>
      {isOwn && <Link to="/account/limits" className="rounded-md px-1 py-1 font-medium underline underline-offset-4">{f.manage}</Link>}
    </div>
  );
}
