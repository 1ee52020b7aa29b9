// Freezing one's own wallet, at once, and letting it go again, with a proof.

import { useQueryClient } from '@tanstack/react-query';
import { Snowflake } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { api, ask, newKey } from '../../api/client';
import { walletsQuery } from '../../api/queries';
import type { Wallet } from '../../api/types';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { toastDone } from '../../design/toast';
import { useFreezeText } from '../texts/freeze';
import { useAttempt } from './attempt';

const Confirm = lazy(() => chunk(() => import('./confirm')));

export function Freeze({ wallet }: { wallet: Wallet }) {
  const f = useFreezeText();
  const queries = useQueryClient();
  const attempt = useAttempt();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const isFrozen = wallet.status === 'frozen';
  if (isFrozen && wallet.frozen_by !== 'owner') return <p className="flex gap-3 px-5 py-4 text-sm text-info"><Snowflake className="mt-0.5 size-4 shrink-0" aria-hidden="true" />{f.byOperator}</p>;
  const change = async (act: 'freeze' | 'unfreeze', done: string) => {
    setBusy(true);
    const params = { path: { id: wallet.id }, header: { 'Idempotency-Key': newKey() } };
    const call = () => (act === 'freeze' ? ask(api.POST('/api/v1/wallets/{id}/freeze', { params, body: {} })) : ask(api.POST('/api/v1/wallets/{id}/unfreeze', { params, body: {} })));
    if (await attempt(call)) toastDone(done);
    await queries.invalidateQueries({ queryKey: walletsQuery.queryKey });
    setBusy(false);
  };
  return (
    <div className="flex items-center justify-between gap-4 px-5 py-4 text-sm">
      <p className="min-w-0"><span className="block font-medium">{isFrozen ? f.frozen : f.title}</span><span className="text-ink-2">{isFrozen ? f.frozenText : f.text}</span></p>
      {isFrozen ? (
        <Button size="small" busy={busy} onClick={() => void change('unfreeze', f.unfrozen)}>{f.unfreeze}</Button>
      ) : (
        <Button kind="secondary" size="small" onClick={() => setAsking(true)}><Snowflake className="size-4" aria-hidden="true" />{f.freeze}</Button>
      )}
      <Suspense>{asking && <Confirm title={f.ask(wallet.label || wallet.currency)} text={f.askText} act={f.freeze} onAct={() => change('freeze', f.done)} onClose={() => setAsking(false)} />}</Suspense>
    </div>
  );
}
