// Deciding about a payment in review: what follows is said, a reason is asked for, and where it takes two operators the first proposes.

import { useQuery } from '@tanstack/react-query';

import { api, ask } from '../../api/client';
import { meQuery } from '../../api/queries';
import type { Transaction } from '../../api/types';
import { Field } from '../../design/field';
import { useLocale } from '../../i18n/language';
import { formatAmount } from '../../money/format';
import { ActDialog } from '../parts/act';
import { usePaymentRiskText } from '../text/payment-risk';

interface Props {
  act: 'approve' | 'decline';
  payment: Transaction;
  onClose: () => void;
}

export default function Review({ act, payment, onClose }: Props) {
  const text = usePaymentRiskText();
  const locale = useLocale();
  const { data: me } = useQuery(meQuery);
  const amount = formatAmount(locale, payment.amount, payment.currency, { code: true });
  const { needs_two: needsTwo, proposed } = payment.risk ?? {};
  const isSecond = !!proposed && proposed.approve === (act === 'approve') && proposed.by !== me?.id;
  const isProposal = !!needsTwo && !isSecond;
  const effects = (act === 'approve' ? text.approveEffects : text.declineEffects)(amount);
  return (
    <ActDialog
      title={isProposal ? text.propose[act] : text.act[act]}
      effects={isProposal ? [text.proposeEffects[act], text.proposeNext] : isSecond ? [text.secondEffect, ...effects] : effects}
      confirm={isProposal ? text.propose[act] : `${text.act[act]}: ${amount}`}
      kind={act === 'decline' ? 'danger' : 'primary'}
      done={isProposal ? text.doneProposed : text.done[act]}
      stale={[['transactions'], ['audit'], ['wallets']]}
      onClose={onClose}
      run={(form, keyOf) => {
        const body = { reason: String(form.get('reason')).trim() };
        const init = { params: { path: { id: payment.id }, header: keyOf([act, body]) }, body };
        return ask(act === 'approve' ? api.POST('/api/v1/transactions/{id}/approve', init) : api.POST('/api/v1/transactions/{id}/decline', init));
      }}
    >
      <Field label={text.reason} name="reason" maxLength={500} required hint={text.reasonHint} autoComplete="off" />
    </ActDialog>
  );
}
