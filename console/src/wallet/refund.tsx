// Giving back a part or all of a payment that was received.

import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useRef, useState } from 'react';

import { api, ask } from '../api/client';
import { type ApiProblem, toProblem } from '../api/problem';
import { useRequestKey } from '../api/request-key';
import type { Transaction, Wallet } from '../api/types';
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

export default function Refund({ payment, wallet, onClose }: { payment: Transaction; wallet: Wallet | undefined; onClose: () => void }) {
  const r = useReceiptText();
  const locale = useLocale();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const keyOf = useRequestKey();
  const { currency } = payment;
  const left = leftToRefund(payment);
  const decimals = decimalsOf(left);
  const [typed, setTyped] = useState(left);
  const [reason, setReason] = useState('');
  const [wrong, setWrong] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const working = useRef(false);
  const shown = (value: string) => formatAmount(locale, value, currency);
  const amount = amountOf(typed, decimals);
  const available = wallet?.balance.available;
  const isTooMuch = amount !== null && compare(amount, left) > 0;
  const hasNoFunds = amount !== null && available !== undefined && compare(amount, available) > 0;
  const error = isTooMuch ? r.tooMuch(shown(left)) : hasNoFunds ? r.noFunds(shown(available)) : undefined;
  const submit = async () => {
    if (amount === null || error || working.current) return;
    working.current = true;
    setBusy(true);
    setWrong(undefined);
    const body = { amount, ...(reason.trim() && { reason: reason.trim() }) };
    try {
      const made = await stepUp(() => ask(api.POST('/api/v1/transactions/{id}/refund', { params: { path: { id: payment.id }, header: keyOf(body) }, body })));
      void queries.invalidateQueries();
      toastDone(r.done(shown(amount)));
      onClose();
      return await navigate({ to: '/activity/$id', params: { id: made.id } });
    } catch (problem) {
      if (!isGivenUp(problem)) setWrong(toProblem(problem));
    }
    working.current = false;
    setBusy(false);
  };
  return (
    <Dialog open onClose={onClose} title={r.giveTitle} text={r.left(shown(left))}>
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <AmountField value={typed} onChange={setTyped} currency={currency} decimals={decimals} error={error} />
        <Field label={r.reason} hint={r.reasonHint} maxLength={500} value={reason} onChange={(event) => setReason(event.target.value)} autoComplete="off" />
        {amount !== null && !error && <p className="rounded-control bg-warning-tint px-4 py-3 text-sm text-warning">{r.consequence(shown(amount))}</p>}
        {wrong && (
          <div role="alert" className="rounded-control bg-danger-tint px-4 py-3 text-sm text-danger">
            <p>{wrong.isUncertain ? r.uncertain : wrong.message}</p>
            {wrong.requestId && <p className="mt-1 font-mono text-xs">{wrong.requestId}</p>}
          </div>
        )}
        <Button type="submit" size="large" className="w-full" busy={busy} disabled={amount === null || error !== undefined}>{amount === null ? r.give : r.confirm(formatAmount(locale, amount, currency, { code: true }))}</Button>
      </form>
    </Dialog>
  );
}
