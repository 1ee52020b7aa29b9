// The way out of what waits: its maker cancels it, and the money is free.

import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { transactionQuery } from '../../api/queries';
import { useRequestKey } from '../../api/request-key';
import type { Transaction } from '../../api/types';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { toastProblem } from '../../design/toast';
import { useConfirmText } from '../texts/confirm';

const Question = lazy(() => chunk(() => import('../account/confirm')));

export function Cancel({ id }: { id: string }) {
  const c = useConfirmText();
  const queries = useQueryClient();
  const keyOf = useRequestKey();
  const [asking, setAsking] = useState(false);
  const cancel = async () => {
    try {
      const done = await ask(api.POST('/api/v1/transactions/{id}/cancel', { params: { path: { id }, header: keyOf(id) }, body: {} }));
      queries.setQueryData<Transaction>(transactionQuery(id).queryKey, (before) => ({ ...before, ...done }));
    } catch (error) {
      toastProblem(error);
    }
    void queries.invalidateQueries();
  };
  return (
    <>
      <Button kind="quiet" size="small" className="-ml-3" onClick={() => setAsking(true)}>{c.cancel}</Button>
      <Suspense>{asking && <Question title={c.cancelTitle} text={c.cancelText} act={c.cancelAct} keep={c.keep} onAct={cancel} onClose={() => setAsking(false)} />}</Suspense>
    </>
  );
}
