// What was booked for a payment: the postings as a table, and their sum; and what the acquirer was told.

import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleHelp, CircleX, Clock, TriangleAlert } from 'lucide-react';
import { Fragment } from 'react';

import type { Transaction } from '../../api/types';
import { Amount } from '../../design/amount';
import { CopyId } from '../../design/copy';
import { Message, View } from '../../design/states';
import { subtract } from '../../money/decimal';
import { At } from '../parts/at';
import { Section } from '../parts/page';
import { useMyRole } from '../parts/role';
import { Tag } from '../parts/tag';
import { WalletOwner } from '../parts/wallet-owner';
import { usePaymentText } from '../text/payment';
import { attemptsQuery, postingsQuery } from './data';
import { type Posting, sumOf, transfersOf } from './postings';

export function Postings({ payment }: { payment: Transaction }) {
  const text = usePaymentText();
  const role = useMyRole();
  const asked = useQuery(postingsQuery(payment));
  const isHeld = ['requires_verification', 'in_review', 'authorised', 'processing', 'unresolved'].includes(payment.status);
  const held = payment.from_wallet && isHeld ? subtract(payment.amount, payment.captured_amount) : '0';
  return (
    <Section flush title={text.postings} text={text.postingsText} tour="postings">
      {/[1-9]/.test(held) && <p className="flex items-center gap-2.5 border-b border-line px-5 py-3 text-sm text-ink-2"><Clock className="size-4 shrink-0" aria-hidden="true" /><span><Amount amount={held} currency={payment.currency} code className="font-medium text-ink" /> {text.heldOnly}</span></p>}
      <View asked={asked} skeleton={<div className="skeleton m-5 h-24" />} role={role}>
        {(postings) => (postings.length === 0 ? <Message title={text.noPostings} text={text.noPostingsText} /> : <Table postings={postings} currency={payment.currency} />)}
      </View>
    </Section>
  );
}

function Table({ postings, currency }: { postings: readonly Posting[]; currency: string }) {
  const text = usePaymentText();
  const heading = 'px-5 py-2 text-left text-xs font-medium text-ink-3';
  const sum = sumOf(postings, currency);
  const isZero = !/[1-9]/.test(sum);
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label={text.postings}>
      <table className="w-full text-sm">
        <thead>
          <tr className="border-b border-line">
            <th scope="col" className={heading}>{text.account}</th>
            <th scope="col" className={`${heading} !text-right`}>{text.amount}</th>
          </tr>
        </thead>
        <tbody>
          {transfersOf(postings).map((sides) => (
            <Fragment key={sides[0].transfer_id}>
              <tr className="bg-sunken">
                <th colSpan={2} scope="colgroup" className="px-5 py-1.5 text-left text-xs font-normal text-ink-3">
                  <span className="flex flex-wrap items-center justify-between gap-x-4"><At at={sides[0].at} /><CopyId id={sides[0].transfer_id} /></span>
                </th>
              </tr>
              {sides.map((side) => <Side key={side.account_id} side={side} />)}
            </Fragment>
          ))}
        </tbody>
        <tfoot>
          <tr className="border-t border-line">
            <th scope="row" className="py-2.5 pl-5 text-left font-medium">
              {text.sum}
              {isZero ? <span className="ml-3 inline-flex items-center gap-1 text-xs font-normal text-success"><CircleCheck className="size-3.5" aria-hidden="true" />{text.sumZero}</span> : <TriangleAlert className="ml-3 inline size-4 text-danger" aria-label="!" />}
            </th>
            <td className="px-5 text-right font-semibold"><Amount amount={sum} currency={currency} code /></td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Side({ side }: { side: Posting }) {
  const text = usePaymentText();
  return (
    <tr className="border-t border-line first:border-t-0">
      <td className="max-w-0 min-w-44 truncate py-2.5 pr-3 pl-5">
        {side.wallet_id ? <WalletOwner wallet={side.wallet_id} /> : <span className="text-ink-2">{text.accounts[side.account]}</span>}
      </td>
      <td className="px-5 text-right font-medium"><Amount amount={side.amount} currency={side.currency} signed code /></td>
    </tr>
  );
}

const OUTCOMES = { approved: ['success', CircleCheck], declined: ['danger', CircleX], unknown: ['warning', CircleHelp] } as const;

/** Only for what an acquirer has to do with. */
export function Attempts({ payment }: { payment: Transaction }) {
  const text = usePaymentText();
  const asked = useQuery(attemptsQuery(payment));
  if (!asked.data?.reference) return null;
  const { data, next_at, reference } = asked.data;
  return (
    <Section flush title={text.attempts} text={<span className="flex flex-wrap items-center gap-x-2">{text.attemptsText} <CopyId id={reference} /></span>}>
      {data.length === 0 && <p className="px-5 py-4 text-sm text-ink-2">{text.noAttempts}</p>}
      <ol className="divide-y divide-line">
        {data.map((attempt) => {
          const [tone, icon] = OUTCOMES[attempt.outcome];
          return (
            <li key={attempt.event_id} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-5 py-3 text-sm">
              <div className="min-w-0 flex-1 basis-56">
                <p className="text-ink-2"><At at={attempt.at} /></p>
                {(attempt.code || attempt.detail) && <p className="break-words">{attempt.code && <code className="mr-2 font-mono text-xs">{attempt.code}</code>}<bdi>{attempt.detail}</bdi></p>}
              </div>
              <Tag tone={tone} icon={icon}>{text.attempt[attempt.outcome]}</Tag>
            </li>
          );
        })}
      </ol>
      {next_at && <p className="border-t border-line px-5 py-3 text-sm text-ink-2">{text.nextAttempt} <At at={next_at} /></p>}
    </Section>
  );
}
