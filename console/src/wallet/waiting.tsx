// What waits for a code of the reader's, above all else of the home page: the money is held until then.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ShieldQuestionMark } from 'lucide-react';

import { waitingQuery } from '../api/later-queries';
import { Amount } from '../design/amount';
import { buttonClass } from '../design/button';
import { useConfirmText } from './texts/confirm';
import { useDescribe } from './transactions';

export default function Waiting() {
  const c = useConfirmText();
  const describe = useDescribe();
  const { data } = useQuery(waitingQuery);
  if (!data?.length) return null;
  return (
    <section className="mb-5 rounded-card bg-warning-tint px-5 py-4 text-sm" aria-label={c.waiting(data.length)}>
      <h2 className="flex items-center gap-2.5 font-semibold text-warning"><ShieldQuestionMark className="size-5 shrink-0" aria-hidden="true" />{c.waiting(data.length)}</h2>
      <ul className="mt-2 space-y-2">
        {data.map((one) => (
          <li key={one.id} className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
            <span className="min-w-0"><bdi className="font-medium">{describe(one).title}</bdi> <span className="text-ink-2">· <Amount amount={one.amount} currency={one.currency} code wraps /></span></span>
            <Link to="/confirm/$id" params={{ id: one.id }} className={buttonClass('primary', 'small')}>{c.enterCode}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
