// The dialogs of a refund that is asked for: how much and why; and the answer, with what it does said first.

import { useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';

import { api, ask } from '../api/client';
import { type ApiProblem, toProblem } from '../api/problem';
import { useRequestKey } from '../api/request-key';
import type { Transaction } from '../api/types';
import { Button } from '../design/button';
import Dialog from '../design/dialog';
import { Field } from '../design/field';
import { toastDone } from '../design/toast';
import { useLocale } from '../i18n/language';
import { amountOf, compare, decimalsOf } from '../money/decimal';
import { formatAmount } from '../money/format';
import { isGivenUp, useStepUp } from '../session/step-up';
import { AmountField } from './amount-field';
import { leftToRefund } from './refundable';
import { useReceiptText } from './texts/receipt';
import { useRequestText } from './texts/refund-request';

interface FormProps {
  title: string;
  text: ReactNode;
  act: string;
  done: string;
  kind?: 'primary' | 'danger';
  disabled?: boolean;
  /** Does it; the key is the same for the same body. */
  run: (keyOf: ReturnType<typeof useRequestKey>) => Promise<unknown>;
  onClose: () => void;
  children?: ReactNode;
}

/** A dialog that does something once, and says what went wrong. */
function Act({ title, text, act, done, kind = 'primary', disabled = false, run, onClose, children }: FormProps) {
  const r = useReceiptText();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const keyOf = useRequestKey();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<ApiProblem>();
  const submit = async () => {
    setBusy(true);
    setWrong(undefined);
    try {
      await stepUp(() => run(keyOf));
      await queries.invalidateQueries();
      toastDone(done);
      return onClose();
    } catch (problem) {
      if (!isGivenUp(problem)) setWrong(toProblem(problem));
    }
    setBusy(false);
  };
  return (
    <Dialog open onClose={onClose} title={title} text={text}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {children}
        {wrong && (
          <div role="alert" className="rounded-control bg-danger-tint px-4 py-3 text-sm text-danger">
            <p>{wrong.isUncertain ? r.uncertain : wrong.message}</p>
            {wrong.requestId && <p className="mt-1 font-mono text-xs">{wrong.requestId}</p>}
          </div>
        )}
        <Button type="submit" kind={kind} size="large" className="w-full" busy={busy} disabled={disabled}>{act}</Button>
      </form>
    </Dialog>
  );
}

/** The payer asks for a part or all of it. */
export function AskForRefund({ payment, onClose }: { payment: Transaction; onClose: () => void }) {
  const r = useRequestText();
  const receipt = useReceiptText();
  const locale = useLocale();
  const left = leftToRefund(payment);
  const decimals = decimalsOf(left);
  const [typed, setTyped] = useState(left);
  const [reason, setReason] = useState('');
  const amount = amountOf(typed, decimals);
  const error = amount !== null && compare(amount, left) > 0 ? receipt.tooMuch(formatAmount(locale, left, payment.currency)) : undefined;
  return (
    <Act
      title={r.askTitle}
      text={r.askText}
      act={r.send}
      done={r.sent}
      disabled={amount === null || error !== undefined || reason.trim() === ''}
      onClose={onClose}
      run={(keyOf) => {
        const body = { amount: amount ?? left, reason: reason.trim() };
        return ask(api.POST('/api/v1/transactions/{id}/refund-requests', { params: { path: { id: payment.id }, header: keyOf(body) }, body }));
      }}
    >
      <AmountField value={typed} onChange={setTyped} currency={payment.currency} decimals={decimals} error={error} />
      <Field label={r.reason} hint={r.reasonHint} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} autoComplete="off" required />
    </Act>
  );
}

interface AnswerProps {
  payment: Transaction;
  request: NonNullable<Transaction['refund_request']>;
  answer: 'accept' | 'decline';
  onClose: () => void;
}

/** The receiving side gives back what was asked for, or says why not. */
export function AnswerRefund({ payment, request, answer, onClose }: AnswerProps) {
  const r = useRequestText();
  const receipt = useReceiptText();
  const locale = useLocale();
  const [reason, setReason] = useState('');
  const params = (header: { 'Idempotency-Key': string }) => ({ path: { id: payment.id }, header });
  if (answer === 'accept') {
    const shown = formatAmount(locale, request.amount, payment.currency, { code: true });
    const accept = (keyOf: ReturnType<typeof useRequestKey>) => {
      const body = { request_id: request.id };
      return ask(api.POST('/api/v1/transactions/{id}/refund-requests/accept', { params: params(keyOf(body)), body }));
    };
    return <Act title={receipt.giveTitle} text={receipt.consequence(shown)} act={receipt.confirm(shown)} done={receipt.done(shown)} onClose={onClose} run={accept} />;
  }
  return (
    <Act
      title={r.declineTitle}
      text={r.declineText}
      act={r.decline}
      kind="danger"
      done={r.declinedDone}
      disabled={reason.trim() === ''}
      onClose={onClose}
      run={(keyOf) => {
        const body = { request_id: request.id, reason: reason.trim() };
        return ask(api.POST('/api/v1/transactions/{id}/refund-requests/decline', { params: params(keyOf(body)), body }));
      }}
    >
      <Field label={r.why} hint={r.whyHint} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} autoComplete="off" required />
    </Act>
  );
}
