// What can be done with a payment, each with what it does said before it is confirmed.

import { useState } from 'react';

import { api, ask } from '../../api/client';
import type { Transaction } from '../../api/types';
import { Field, Select } from '../../design/field';
import { useLocale } from '../../i18n/language';
import { compare, subtract } from '../../money/decimal';
import { currencyDecimals } from '../../money/currencies';
import { formatAmount } from '../../money/format';
import { ActDialog } from '../parts/act';
import { useCommon } from '../text/common';
import { usePaymentText } from '../text/payment';

export type Act = 'capture' | 'refund' | 'cancel' | 'resolve';

/** What an operator can do with it now; the server decides in the end. */
export function actsOf(payment: Transaction): Act[] {
  if (payment.status === 'unresolved') return ['resolve'];
  if (payment.status === 'requires_verification') return ['cancel'];
  const isRefundable = payment.type === 'payment' && compare(payment.captured_amount, payment.refunded_amount) > 0;
  if (payment.status === 'authorised') return isRefundable ? ['capture', 'refund', 'cancel'] : ['capture', 'cancel'];
  return payment.status === 'completed' && isRefundable ? ['refund'] : [];
}

/** Decimal text of what is typed in a field, with all decimals of the currency; null where it is no amount above zero. */
export function typedAmount(typed: string, currency: string): string | null {
  const decimals = currencyDecimals(currency);
  const text = typed.trim().replace(',', '.');
  const [, whole = '', part = ''] = /^(\d+)(?:\.(\d*))?$/.exec(text) ?? [];
  if (whole === '' || part.length > decimals || whole.length + decimals > 18 || !/[1-9]/.test(text)) return null;
  return decimals > 0 ? `${whole}.${part.padEnd(decimals, '0')}` : whole;
}

interface Props {
  act: Act;
  payment: Transaction;
  onClose: () => void;
}

const STALE = [['transactions'], ['audit'], ['wallets']];

export function Acting({ act, ...props }: Props) {
  if (act === 'resolve') return <Resolve {...props} />;
  if (act === 'cancel') return <Cancel {...props} />;
  return <Amounts act={act} {...props} />;
}

/** Capture and refund: of all that is left, or a part. */
function Amounts({ act, payment, onClose }: Props & { act: 'capture' | 'refund' }) {
  const text = usePaymentText();
  const common = useCommon();
  const locale = useLocale();
  const left = act === 'capture' ? subtract(payment.amount, payment.captured_amount) : subtract(payment.captured_amount, payment.refunded_amount);
  const [typed, setTyped] = useState(left);
  const [isFinal, setFinal] = useState(true);
  const shown = (value: string) => formatAmount(locale, value, payment.currency, { code: true });
  const amount = typedAmount(typed, payment.currency);
  const isTooMuch = amount !== null && compare(amount, left) > 0;
  const rest = amount && !isTooMuch ? subtract(left, amount) : null;
  const effects = !amount || rest === null ? [] : act === 'capture' ? text.captureEffects(shown(amount), shown(rest), isFinal).slice(0, /[1-9]/.test(rest) ? 2 : 1) : text.refundEffects(shown(amount), shown(rest));
  return (
    <ActDialog
      title={text.act[act]}
      effects={effects}
      confirm={rest === null || !amount ? text.act[act] : `${text.act[act]}: ${shown(amount)}`}
      kind={act === 'refund' ? 'danger' : 'primary'}
      done={act === 'refund' ? text.refunded_ : text.captured_}
      stale={STALE}
      onClose={onClose}
      disabled={rest === null}
      run={(form, keyOf) => {
        const path = { id: payment.id };
        const reason = String(form.get('reason') ?? '').trim();
        if (act === 'refund') {
          const body = { amount: amount!, ...(reason && { reason }) };
          return ask(api.POST('/api/v1/transactions/{id}/refund', { params: { path, header: keyOf([act, body]) }, body }));
        }
        const body = { amount: amount!, final: isFinal };
        return ask(api.POST('/api/v1/transactions/{id}/capture', { params: { path, header: keyOf([act, body]) }, body }));
      }}
    >
      <Field
        label={act === 'capture' ? text.captureAmount : text.refundAmount}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        inputMode="decimal"
        error={isTooMuch ? text.amountAtMost(shown(left)) : amount === null && typed !== '' ? text.invalidAmount : undefined}
        hint={text.amountAtMost(shown(left))}
        className="tabular"
        autoComplete="off"
        required
      />
      {act === 'capture' && rest !== null && /[1-9]/.test(rest) && (
        <label className="flex min-h-11 cursor-pointer items-center gap-3 text-sm"><input type="checkbox" checked={isFinal} onChange={(event) => setFinal(event.target.checked)} className="size-[18px] accent-brand" />{text.captureFinal}</label>
      )}
      {act === 'refund' && <Field label={common.reason} name="reason" maxLength={500} hint={text.refundReason} autoComplete="off" />}
    </ActDialog>
  );
}

function Cancel({ payment, onClose }: Omit<Props, 'act'>) {
  const text = usePaymentText();
  const locale = useLocale();
  const held = formatAmount(locale, subtract(payment.amount, payment.captured_amount), payment.currency, { code: true });
  return (
    <ActDialog
      title={text.act.cancel}
      effects={payment.status === 'requires_verification' ? text.cancelWaitingEffects(held) : text.cancelEffects(held)}
      confirm={text.act.cancel}
      kind="danger"
      done={text.cancelled_}
      stale={STALE}
      onClose={onClose}
      run={(_, keyOf) => ask(api.POST('/api/v1/transactions/{id}/cancel', { params: { path: { id: payment.id }, header: keyOf('cancel') }, body: {} }))}
    />
  );
}

function Resolve({ payment, onClose }: Omit<Props, 'act'>) {
  const text = usePaymentText();
  return (
    <ActDialog
      title={text.act.resolve}
      effects={text.resolveEffects}
      confirm={text.act.resolve}
      done={text.proposed_}
      stale={STALE}
      onClose={onClose}
      run={(form, keyOf) => {
        const body = { outcome: String(form.get('outcome')) as 'completed' | 'failed', reason: String(form.get('reason')).trim() };
        return ask(api.POST('/api/v1/transactions/{id}/resolve', { params: { path: { id: payment.id }, header: keyOf(body) }, body }));
      }}
    >
      <Select label={text.outcome} name="outcome">{Object.entries(text.outcomes).map(([value, name]) => <option key={value} value={value}>{name}</option>)}</Select>
      <Field label={text.evidence} name="reason" maxLength={500} required hint={text.evidenceHint} autoComplete="off" />
    </ActDialog>
  );
}
