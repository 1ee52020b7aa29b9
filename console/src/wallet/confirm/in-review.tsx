// A transaction that somebody has to look at first: what is held, and what happens next. Why, its maker is not told.

import { Link } from '@tanstack/react-router';
import { Eye } from 'lucide-react';

import type { Transaction } from '../../api/types';
import { buttonClass } from '../../design/button';
import { Card } from '../../design/card';
import { useLocale, useText } from '../../i18n/language';
import { dayName } from '../../time/format';
import { useConfirmText } from '../texts/confirm';
import { Cancel } from './cancel';
import { usePayee } from './payee';
import { Terms } from './terms';

export function InReview({ transaction }: { transaction: Transaction }) {
  const c = useConfirmText();
  const t = useText();
  const locale = useLocale();
  const payee = usePayee(transaction);
  const until = transaction.expires_at ? dayName(locale, transaction.expires_at) : '';
  const steps = (transaction.from_wallet ? c.reviewSteps : c.reviewStepsDeposit)(until);
  return (
    <>
      <div className="mb-5 flex items-start gap-4">
        <span className="grid size-12 shrink-0 place-items-center rounded-full bg-review-tint text-review"><Eye className="size-6" aria-hidden="true" /></span>
        <div className="min-w-0"><h1 className="text-xl font-semibold">{c.review}</h1><p className="mt-1 text-sm text-ink-2" role="status">{c.reviewText}</p></div>
      </div>
      <Card className="px-5 pt-5 pb-2"><Terms transaction={transaction} payee={payee} /></Card>
      <section className="mt-6">
        <h2 className="mb-3 px-1 text-sm font-semibold text-ink-2">{c.reviewNext}</h2>
        <ol className="space-y-3 px-1 text-sm">
          {steps.map((step, at) => (
            <li key={at} className="flex gap-3"><span className="tabular grid size-6 shrink-0 place-items-center rounded-full bg-sunken text-xs font-semibold text-ink-2" aria-hidden="true">{at + 1}</span><span className="min-w-0 pt-0.5">{step}</span></li>
          ))}
        </ol>
      </section>
      <div className="mt-8 flex flex-col gap-3">
        <Link to="/" className={buttonClass('primary')}>{t.act.done}</Link>
        <Link to="/activity/$id" params={{ id: transaction.id }} className={buttonClass('secondary')}>{c.receipt}</Link>
      </div>
      <footer className="mt-6 border-t border-line pt-4"><Cancel id={transaction.id} /></footer>
    </>
  );
}
