// A refund that the payer has asked for: what became of it, and what each side can do about it.

import { useQueryClient } from '@tanstack/react-query';
import { MessageSquareText, Undo2 } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import type { Transaction } from '../api/types';
import { chunk } from '../chunk';
import { Button } from '../design/button';
import { Card } from '../design/card';
import { toastDone } from '../design/toast';
import { useLocale } from '../i18n/language';
import { compare } from '../money/decimal';
import { formatAmount } from '../money/format';
import { shortTime } from '../time/format';
import { api, ask } from '../api/client';
import { useRequestKey } from '../api/request-key';
import { useAttempt } from './account/attempt';
import { leftToRefund } from './refundable';
import { useRequestText } from './texts/refund-request';

const Ask = lazy(() => chunk(() => import('./refund-question').then((part) => ({ default: part.AskForRefund }))));
const Answer = lazy(() => chunk(() => import('./refund-question').then((part) => ({ default: part.AnswerRefund }))));

type Request = NonNullable<Transaction['refund_request']>;

/** As the payer, or as the receiving side. Nothing where neither can do anything. */
export function RefundRequest({ payment, isPayer }: { payment: Transaction; isPayer: boolean }) {
  const r = useRequestText();
  const request = payment.refund_request;
  const [asking, setAsking] = useState(false);
  if (request?.status === 'open') return isPayer ? <Waiting payment={payment} request={request} /> : <Asked payment={payment} request={request} />;
  if (!isPayer || payment.status !== 'completed' || compare(leftToRefund(payment), '0') <= 0) return null;
  return (
    <Card className="mt-4 space-y-4 p-5 text-sm print:hidden">
      {request?.status === 'declined' && <Words title={r.declined} words={request.answer} />}
      {request?.status === 'expired' && <p className="text-ink-2">{r.expired}</p>}
      <div className="flex items-center justify-between gap-4">
        <p className="min-w-0"><span className="block font-medium">{r.want}</span><span className="text-ink-2">{r.wantText}</span></p>
        <Button kind="secondary" size="small" onClick={() => setAsking(true)}><Undo2 className="size-4" aria-hidden="true" />{r.ask}</Button>
      </div>
      <Suspense>{asking && <Ask payment={payment} onClose={() => setAsking(false)} />}</Suspense>
    </Card>
  );
}

function Words({ title, words }: { title: string; words: string | null | undefined }) {
  return (
    <div className="flex gap-3">
      <MessageSquareText className="mt-0.5 size-4 shrink-0 text-ink-3" aria-hidden="true" />
      <p className="min-w-0 break-words"><span className="block font-medium">{title}</span>{words && <bdi className="text-ink-2">“{words}”</bdi>}</p>
    </div>
  );
}

/** The payer waits, or does not want it any more. */
function Waiting({ payment, request }: { payment: Transaction; request: Request }) {
  const r = useRequestText();
  const locale = useLocale();
  const queries = useQueryClient();
  const attempt = useAttempt();
  const keyOf = useRequestKey();
  const [busy, setBusy] = useState(false);
  const withdraw = async () => {
    setBusy(true);
    const body = { request_id: request.id };
    if (await attempt(() => ask(api.POST('/api/v1/transactions/{id}/refund-requests/withdraw', { params: { path: { id: payment.id }, header: keyOf(body) }, body })))) toastDone(r.withdrawn);
    await queries.invalidateQueries({ queryKey: ['transactions'] });
    setBusy(false);
  };
  return (
    <Card className="mt-4 space-y-4 p-5 text-sm print:hidden">
      <Words title={r.waiting(formatAmount(locale, request.amount, payment.currency))} words={request.reason} />
      <div className="flex items-center justify-between gap-4">
        <p className="text-ink-2">{r.until(shortTime(locale, request.expires_at))}</p>
        <Button kind="secondary" size="small" busy={busy} onClick={() => void withdraw()}>{r.withdraw}</Button>
      </div>
    </Card>
  );
}

/** The receiving side gives it back, or says why not. */
function Asked({ payment, request }: { payment: Transaction; request: Request }) {
  const r = useRequestText();
  const locale = useLocale();
  const [answer, setAnswer] = useState<'accept' | 'decline'>();
  return (
    <Card className="mt-4 space-y-4 border-review p-5 text-sm print:hidden">
      <Words title={r.asked(formatAmount(locale, request.amount, payment.currency))} words={request.reason} />
      <div className="flex flex-wrap items-center justify-end gap-3">
        <p className="mr-auto text-ink-2">{r.answerUntil(shortTime(locale, request.expires_at))}</p>
        <Button kind="secondary" size="small" onClick={() => setAnswer('decline')}>{r.decline}</Button>
        <Button size="small" onClick={() => setAnswer('accept')}>{r.accept}</Button>
      </div>
      <Suspense>{answer && <Answer payment={payment} request={request} answer={answer} onClose={() => setAnswer(undefined)} />}</Suspense>
    </Card>
  );
}
