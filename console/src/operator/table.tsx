// Payments as a table: on a phone as rows of two lines.

import { Link } from '@tanstack/react-router';

import type { Transaction } from '../api/types';
import { Amount } from '../design/amount';
import { StatusBadge } from '../design/badge';
import { useLocale, useText } from '../i18n/language';
import { compare } from '../money/decimal';
import { fullTime } from '../time/format';
import { text } from './text';

/** Day and time in the viewer's zone; in full and in UTC where it is pointed at. */
export function At({ at }: { at: string }) {
  const locale = useLocale();
  const shown = new Intl.DateTimeFormat(locale, { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(new Date(at));
  return <time dateTime={at} title={`${fullTime(locale, at)}\n${at}`}>{shown}</time>;
}

interface Props {
  rows: readonly Transaction[];
  /** The row that the keyboard is at. */
  at?: number;
}

export function PaymentTable({ rows, at }: Props) {
  const t = useText();
  const heading = 'px-4 py-2.5 text-left text-xs font-medium text-ink-3 first:pl-5 last:pr-5';
  return (
    <table className="w-full text-sm max-md:block">
      <thead className="border-b border-line max-md:sr-only">
        <tr>
          <th scope="col" className={heading}>{text.columns.time}</th>
          <th scope="col" className={heading}>{text.columns.type}</th>
          <th scope="col" className={heading}>{text.columns.description}</th>
          <th scope="col" className={heading}>{text.columns.status}</th>
          <th scope="col" className={`${heading} !text-right`}>{text.columns.amount}</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line max-md:block">
        {rows.map((row, place) => (
          <tr
            key={row.id}
            data-at={place === at || undefined}
            className="relative h-12 hover:bg-sunken has-focus-visible:bg-sunken data-at:bg-brand-tint max-md:grid max-md:h-auto max-md:grid-cols-[1fr_auto] max-md:gap-x-4 max-md:gap-y-1 max-md:px-4 max-md:py-3"
          >
            <td className="tabular px-4 whitespace-nowrap text-ink-2 first:pl-5 max-md:order-3 max-md:!p-0 max-md:text-xs"><At at={row.created_at} /></td>
            <td className="px-4 whitespace-nowrap max-md:order-1 max-md:p-0">
              {/* The link covers its row. */}
              <Link to="/payments/$id" params={{ id: row.id }} className="font-medium after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus">{t.activity.types[row.type]}</Link>
            </td>
            <td className="max-w-0 min-w-40 truncate px-4 text-ink-2 md:w-full max-md:hidden"><bdi>{row.description ?? ''}</bdi></td>
            <td className="px-4 whitespace-nowrap max-md:order-4 max-md:justify-self-end max-md:p-0">
              <StatusBadge status={row.status} />
              {compare(row.refunded_amount, '0') > 0 && <span className="ml-2 text-xs text-ink-3">{text.isRefunded}</span>}
            </td>
            <td className="px-4 pr-5 text-right font-medium whitespace-nowrap max-md:order-2 max-md:p-0"><Amount amount={row.amount} currency={row.currency} code /></td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Rows of the table that are not there yet. */
export function TableSkeleton({ rows = 10 }: { rows?: number }) {
  return (
    <div className="divide-y divide-line">
      {Array.from({ length: rows }, (_, place) => (
        <div key={place} className="flex h-12 items-center gap-6 px-5">
          <div className="skeleton h-3 w-32" />
          <div className="skeleton h-3 w-20" />
          <div className="skeleton ml-auto h-3 w-24" />
        </div>
      ))}
    </div>
  );
}
