// The columns of the explorer: what each shows, how wide it is, and which are shown where nothing was chosen.

import { Undo2 } from 'lucide-react';
import type { ReactNode } from 'react';

import type { Transaction } from '../../api/types';
import { Amount } from '../../design/amount';
import { StatusBadge } from '../../design/badge';
import { compare } from '../../money/decimal';
import { At } from '../parts/at';
import { useCommon } from '../text/common';
import { usePaymentsText } from '../text/payments';

export const COLUMNS = ['time', 'type', 'who', 'description', 'status', 'amount', 'id', 'external', 'from', 'to', 'refunded', 'failure'] as const;
export type ColumnName = (typeof COLUMNS)[number];
export const USUAL: readonly ColumnName[] = ['time', 'type', 'who', 'description', 'status', 'amount'];
/** Those of a short list on another page. */
export const FEW: readonly ColumnName[] = ['time', 'type', 'who', 'status', 'amount'];

/** Widths in pixels; a column without one takes what is left. */
const WIDTHS: Record<ColumnName, number | undefined> = { time: 154, type: 108, who: undefined, description: undefined, status: 176, amount: 150, id: 280, external: 160, from: 280, to: 280, refunded: 140, failure: 180 };
/** The width where the longest amount has so many characters: no digit of an amount is ever cut. */
export function widthOf(column: ColumnName, longest: number): number | undefined {
  const width = WIDTHS[column];
  return width && AT_END.includes(column) ? width + Math.max(longest - 9, 0) * 12 : width;
}

export const AT_END: readonly ColumnName[] = ['amount', 'refunded'];

/** The columns that an address names; the usual ones where it names none. */
export function columnsOf(text: string | undefined): ColumnName[] {
  const named = COLUMNS.filter((column) => text?.split(',').includes(column));
  return named.length > 0 ? named : [...USUAL];
}

/** The same as text of an address; nothing for the usual ones. */
export const columnsText = (columns: readonly ColumnName[]): string | undefined => (columns.join() === USUAL.join() ? undefined : columns.join());

const mono = (text: string | null | undefined) => <span className="font-mono text-xs text-ink-2">{text ?? ''}</span>;

/** What a payment shows in a column. The type is the link, and not made here. */
export function Cell({ column, row }: { column: Exclude<ColumnName, 'type'>; row: Transaction }): ReactNode {
  const common = useCommon();
  switch (column) {
    case 'time':
      return <span className="text-ink-2"><At at={row.created_at} /></span>;
    case 'who':
      return <Parties parties={row.parties} />;
    case 'description':
      return <bdi className="text-ink-2" title={row.description ?? undefined}>{row.description ?? ''}</bdi>;
    case 'status':
      return <span className="inline-flex items-center gap-2"><StatusBadge status={row.status} /><RefundMark row={row} /></span>;
    case 'amount':
      return <span className="font-medium max-md:whitespace-normal"><Amount amount={row.amount} currency={row.currency} code wraps /></span>;
    case 'refunded':
      return compare(row.refunded_amount, '0') > 0 ? <Amount amount={row.refunded_amount} currency={row.currency} code /> : null;
    case 'failure':
      return row.failure ? <code className="font-mono text-xs text-danger" title={row.failure.detail}>{row.failure.code}</code> : null;
    case 'id':
      return mono(row.id);
    case 'external':
      return <bdi className="font-mono text-xs text-ink-2">{row.external_id ?? ''}</bdi>;
    case 'from':
      return mono(row.from_wallet ?? common.acquirer);
    case 'to':
      return mono(row.to_wallet ?? common.acquirer);
  }
}

/** Who gave to whom; one of them where the other side is outside of PayFlow. */
function Parties({ parties }: { parties: Transaction['parties'] }) {
  const text = usePaymentsText();
  const [from, to] = partyNames(parties);
  return (
    <span className="relative" title={[from, to].filter(Boolean).join(' → ')}>
      {from && <bdi>{from}</bdi>}
      {from && to && <><span className="text-ink-3" aria-hidden="true"> → </span><span className="sr-only"> {text.toWhom} </span></>}
      {to && <bdi>{to}</bdi>}
    </span>
  );
}

/** The names of both sides; the end of an id where somebody has none any more, nothing for what is outside. */
export function partyNames(parties: Transaction['parties']): [from: string | undefined, to: string | undefined] {
  const name = (party: NonNullable<NonNullable<Transaction['parties']>['from']> | null | undefined) => party?.name ?? (party ? `…${party.user_id.slice(-6)}` : undefined);
  return [name(parties?.from), name(parties?.to)];
}

function RefundMark({ row }: { row: Transaction }) {
  const text = usePaymentsText();
  if (compare(row.refunded_amount, '0') <= 0) return null;
  const name = compare(row.refunded_amount, row.captured_amount) >= 0 ? text.refunded : text.partlyRefunded;
  return <span title={name}><Undo2 className="size-4 text-ink-3" aria-hidden="true" /><span className="sr-only">{name}</span></span>;
}
