// What became of a transaction that had to wait, or was declined.

import { Link } from '@tanstack/react-router';

import type { Transaction } from '../../api/types';
import { BigAmount } from '../../design/amount';
import { buttonClass } from '../../design/button';
import { CopyId } from '../../design/copy';
import { useText } from '../../i18n/language';
import { Result } from '../result';
import { useConfirmText } from '../texts/confirm';
import { usePayee } from './payee';

type Shown = readonly [look: 'done' | 'pending' | 'unknown' | 'failed', title: string, text: string];

function useShown(transaction: Transaction): Shown {
  const c = useConfirmText();
  const payee = usePayee(transaction);
  const { status, type, failure } = transaction;
  switch (status) {
    case 'completed':
      return ['done', c.done[type](payee), c.doneText];
    case 'authorised':
      return ['done', c.authorised, c.authorisedText];
    case 'failed':
      return failure?.code === 'risk_declined' ? ['failed', c.declined, c.declinedText] : ['failed', c.failed, [failure?.detail, c.failedText].filter(Boolean).join(' ')];
    case 'cancelled':
    case 'reversed':
      return ['failed', c.cancelled, c.cancelledText];
    case 'expired':
      return ['failed', c.over, c.overText];
    case 'unresolved':
      return ['unknown', c.unknown, c.unknownText];
    case 'processing':
    case 'requires_verification':
    case 'in_review':
      return ['pending', c.onItsWay, c.onItsWayText];
  }
}

const AGAIN = { transfer: '/send', payment: '/send', deposit: '/add', withdrawal: '/withdraw', refund: '/activity' } as const;

export function Outcome({ transaction }: { transaction: Transaction }) {
  const c = useConfirmText();
  const t = useText();
  const { id, amount, currency, status, type, failure } = transaction;
  const [look, title, text] = useShown(transaction);
  const isDeclined = failure?.code === 'risk_declined';
  const canRepeat = look === 'failed' && !isDeclined && type !== 'payment';
  return (
    <Result
      kind={look}
      title={title}
      amount={<BigAmount amount={amount} currency={currency} className={look === 'failed' ? 'line-through' : ''} />}
      text={<>{text}{isDeclined && <span className="mt-3 block text-sm">{c.reference} <CopyId id={id} /></span>}</>}
    >
      {canRepeat && <Link to={AGAIN[type]} className={buttonClass('primary')}>{c.again}</Link>}
      <Link to="/" className={buttonClass(canRepeat ? 'secondary' : 'primary')}>{t.act.done}</Link>
      <Link to="/activity/$id" params={{ id }} className={buttonClass(status === 'completed' ? 'secondary' : 'quiet')}>{c.receipt}</Link>
    </Result>
  );
}
