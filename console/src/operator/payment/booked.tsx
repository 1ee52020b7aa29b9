// The postings of a payment as a table, and their sum.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { Fragment } from 'react';

import type { Transaction } from '../../api/types';
import { walletOwnerQuery } from '../../api/queries';
import { Amount } from '../../design/amount';
import { Message, View } from '../../design/states';
import { At } from '../parts/at';
import { Section } from '../parts/page';
import { useMyRole } from '../parts/role';
import { usePaymentText } from '../text/payment';
import { postingsQuery } from './data';
import { type Booked, type Posting, sumOf } from './postings';

export function Postings({ payment }: { payment: Transaction }) {
  const text = usePaymentText();
  const role = useMyRole();
  const asked = useQuery(postingsQuery(payment));
  return (
    <Section flush title={text.postings} text={text.postingsText} tour="postings">
      <View asked={asked} skeleton={<div className="skeleton m-5 h-24" />} role={role}>
        {(booked) => (booked.length === 0 ? <Message title={text.noPostings} text={text.noPostingsText} /> : <Table booked={booked} currency={payment.currency} />)}
      </View>
    </Section>
  );
}

function Table({ booked, currency }: { booked: readonly Booked[]; currency: string }) {
  const text = usePaymentText();
  const heading = 'px-3 py-2 text-left text-xs font-medium text-ink-3 first:pl-5 last:pr-5';
  const sum = sumOf(booked, currency);
  const isZero = !/[1-9]/.test(sum);
  return (
    <div className="relative overflow-x-auto" tabIndex={0} role="group" aria-label={text.postings}>
      <table className="w-full text-sm sm:min-w-[520px]">
        <thead>
          <tr className="border-b border-line">
            <th scope="col" className={heading}>{text.account}</th>
            <th scope="col" className={`${heading} !text-right max-sm:hidden`}>{text.held}</th>
            <th scope="col" className={`${heading} !text-right`}>{text.amount}</th>
            <th scope="col" className={`${heading} !text-right max-sm:hidden`}>{text.balance}</th>
          </tr>
        </thead>
        <tbody>
          {booked.map((one) => (
            <Fragment key={one.seq}>
              <tr className="bg-sunken"><th colSpan={4} scope="colgroup" className="px-5 py-1.5 text-left text-xs font-medium text-ink-2">{text.entries[one.entry]} <span className="ml-2 font-normal text-ink-3"><At at={one.time} /> · #{one.seq}</span></th></tr>
              {one.sides.map((side, at) => <Side key={at} side={side} currency={currency} />)}
            </Fragment>
          ))}
        </tbody>
        <tfoot>
          <tr className="border-t border-line">
            <th scope="row" className="py-2.5 pl-5 text-left font-medium">
              {text.sum}
              {isZero ? <span className="ml-3 inline-flex items-center gap-1 text-xs font-normal text-success"><CircleCheck className="size-3.5" aria-hidden="true" />{text.sumZero}</span> : <TriangleAlert className="ml-3 inline size-4 text-danger" aria-label="!" />}
            </th>
            <td className="max-sm:hidden" />
            <td className="px-3 text-right font-semibold max-sm:pr-5"><Amount amount={sum} currency={currency} code /></td>
            <td className="max-sm:hidden" />
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Side({ side, currency }: { side: Posting; currency: string }) {
  const text = usePaymentText();
  const { data } = useQuery({ ...walletOwnerQuery(side.wallet ?? ''), enabled: side.wallet !== null });
  return (
    <tr className="border-t border-line first:border-t-0">
      <td className="max-w-0 min-w-44 truncate py-2 pr-3 pl-5">
        {side.wallet ? <Link to={`/wallets/${side.wallet}` as '/'} className="underline-offset-4 hover:underline">{data ? <bdi>{data.owner.name}</bdi> : <span className="font-mono text-xs">{side.wallet}</span>}</Link> : <span className="text-ink-2">{text.settlement}</span>}
      </td>
      <td className="px-3 text-right text-ink-2 max-sm:hidden">{side.held && <Amount amount={side.held} currency={currency} signed />}</td>
      <td className="px-3 text-right font-medium max-sm:pr-5">{/[1-9]/.test(side.amount) ? <Amount amount={side.amount} currency={currency} signed code /> : <><span className="max-sm:hidden">–</span>{side.held && <span className="font-normal text-ink-2 sm:hidden"><Amount amount={side.held} currency={currency} signed /></span>}</>}</td>
      <td className="pr-5 text-right text-ink-2 max-sm:hidden">{side.balance && <Amount amount={side.balance} currency={currency} />}</td>
    </tr>
  );
}
