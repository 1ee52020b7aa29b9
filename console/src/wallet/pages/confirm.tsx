// A transaction that waits before it goes on: for a code of who made it, or for a review; and what became of it. The page stays while
// that changes.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';

import { toProblem } from '../../api/problem';
import { meQuery, transactionQuery } from '../../api/queries';
import type { Transaction } from '../../api/types';
import { buttonClass } from '../../design/button';
import { Message, View } from '../../design/states';
import { useText } from '../../i18n/language';
import { CodeForm } from '../confirm/code-form';
import { InReview } from '../confirm/in-review';
import { Outcome } from '../confirm/outcome';
import { Result } from '../result';
import { useConfirmText } from '../texts/confirm';
import { useReceiptText } from '../texts/receipt';

export function Confirm() {
  const t = useText();
  const { receipt } = useReceiptText();
  const { id } = useParams({ from: '/inside/confirm/$id' });
  const asked = useQuery(transactionQuery(id));
  const { data: me } = useQuery(meQuery);
  const isNowhere = asked.error && [400, 404, 422].includes(toProblem(asked.error).status);
  return (
    <div className="mx-auto max-w-[520px]">
      {isNowhere ? (
        <Message isPage title={receipt.nobody} text={receipt.nobodyText} action={<Link to="/activity" className={buttonClass('secondary', 'small')}>{t.nav.activity}</Link>} />
      ) : (
        <View asked={asked} skeleton={<div className="skeleton h-[30rem] rounded-card" />} role={me?.role}>
          {(transaction) => <Shown transaction={transaction} isMine={transaction.created_by === me?.id} />}
        </View>
      )}
    </div>
  );
}

function Shown({ transaction, isMine }: { transaction: Transaction; isMine: boolean }) {
  const c = useConfirmText();
  const t = useText();
  const isWaiting = transaction.status === 'requires_verification' || transaction.status === 'in_review';
  if (isWaiting && !isMine) {
    return (
      <Result kind="pending" title={c.others} text={c.othersText}>
        <Link to="/" className={buttonClass('primary')}>{t.act.done}</Link>
      </Result>
    );
  }
  if (transaction.status === 'requires_verification') return <CodeForm transaction={transaction} />;
  if (transaction.status === 'in_review') return <InReview transaction={transaction} />;
  return <Outcome transaction={transaction} />;
}
