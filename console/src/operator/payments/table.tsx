// Payments as rows of which only those in the window are drawn: 100,000 scroll like ten.

import { useNavigate } from '@tanstack/react-router';
import { memo, type MouseEvent, type ReactNode, useEffect, useRef, useSyncExternalStore } from 'react';

import type { Transaction } from '../../api/types';
import { useLanguage, useText } from '../../i18n/language';
import { COVER } from '../parts/data-table';
import { useSettings } from '../settings';
import { usePaymentsText } from '../text/payments';
import { AT_END, Cell, type ColumnName, widthOf } from './columns';
import { useDrawnRows } from './window';

const PHONE = '(max-width: 767px)';
const PHONE_ROW = 88;

/** The height of a row in pixels, of which the styles know too (`--row`). */
function useRowHeight(): number {
  const { density } = useSettings();
  const isPhone = useSyncExternalStore(
    (listener) => {
      const media = matchMedia(PHONE);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    () => matchMedia(PHONE).matches,
  );
  return isPhone ? PHONE_ROW : density === 'compact' ? 36 : 48;
}

interface Props {
  rows: readonly Transaction[];
  columns: readonly ColumnName[];
  /** The row that the keyboard is at. */
  at?: number;
  /** With boxes to select rows: which are, and what a press does. */
  selection?: { has: (id: string) => boolean; toggle: (row: Transaction) => void; head: ReactNode };
  /** The last rows are near: more are wanted. */
  onEnd?: (() => void) | undefined;
}

export function PaymentTable({ rows, columns, at, selection, onEnd }: Props) {
  const text = usePaymentsText();
  const height = useRowHeight();
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, end } = useDrawnRows(body, rows.length, height);
  const drawn = rows.slice(first, end);
  // It does not become narrower again: columns move once, and not with each row.
  const longest = useRef(0);
  longest.current = drawn.reduce((most, row) => Math.max(most, row.amount.length), longest.current);
  useEffect(() => {
    if (onEnd && end >= rows.length - 30) onEnd();
  }, [end, rows.length, onEnd]);
  useEffect(() => {
    if (at === undefined || !body.current) return;
    const top = body.current.getBoundingClientRect().top + at * height;
    if (top < 100 || top + height > window.innerHeight - 16) window.scrollBy({ top: top - window.innerHeight / 2 });
  }, [at, height]);
  const navigate = useNavigate();
  // One for all rows: a router's link in each would be most of what a row costs.
  const onClick = (event: MouseEvent) => {
    const id = event.target instanceof Element && event.target.closest('a')?.dataset['payment'];
    if (!id || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void navigate({ to: '/payments/$id', params: { id } });
  };
  const heading = 'px-3 py-2.5 text-left text-xs font-medium text-ink-3 first:pl-5 last:pr-5';
  return (
    <table className="w-full text-sm max-md:block md:table-fixed" aria-label={text.table} aria-rowcount={rows.length + 1}>
      <colgroup className="max-md:hidden">
        {selection && <col style={{ width: 48 }} />}
        {columns.map((column) => <col key={column} style={{ width: widthOf(column, longest.current) }} />)}
      </colgroup>
      <thead className="max-md:sr-only">
        <tr className="border-b border-line" aria-rowindex={1}>
          {selection && <th scope="col" className="relative pl-5 text-left">{selection.head}</th>}
          {columns.map((column) => <th key={column} scope="col" className={`${heading} ${AT_END.includes(column) ? '!text-right' : ''}`}>{text.columns[column]}</th>)}
        </tr>
      </thead>
      <tbody ref={body} onClick={onClick} className="max-md:block">
        {first > 0 && <Space height={first * height} />}
        {drawn.map((row, place) => (
          <Row key={row.id} row={row} place={first + place} height={height} columns={columns} isAt={first + place === at} isSelected={selection?.has(row.id)} onToggle={selection?.toggle} />
        ))}
        {end < rows.length && <Space height={(rows.length - end) * height} />}
      </tbody>
    </table>
  );
}

const Space = ({ height }: { height: number }) => <tr aria-hidden="true" style={{ height }} className="max-md:block"><td className="p-0" /></tr>;

interface RowProps {
  row: Transaction;
  place: number;
  height: number;
  columns: readonly ColumnName[];
  isAt: boolean;
  isSelected: boolean | undefined;
  onToggle: ((row: Transaction) => void) | undefined;
}

const PHONE_PLACE: Partial<Record<ColumnName, string>> = {
  type: 'max-md:order-1',
  amount: 'max-md:order-2 max-md:justify-self-end',
  who: 'max-md:order-3',
  status: 'max-md:order-4 max-md:justify-self-end',
  time: 'max-md:order-5 max-md:text-xs',
};

const Row = memo(function Row({ row, place, height, columns, isAt, isSelected, onToggle }: RowProps) {
  const t = useText();
  const text = usePaymentsText();
  useLanguage();
  const shown: readonly ColumnName[] = columns.includes('type') ? columns : ['type', ...columns];
  return (
    <tr
      aria-rowindex={place + 2}
      data-at={isAt || undefined}
      data-selected={isSelected || undefined}
      style={{ height }}
      className="relative border-b border-line last:border-b-0 hover:bg-sunken has-focus-visible:bg-sunken data-at:bg-brand-tint data-selected:bg-brand-tint max-md:grid max-md:grid-cols-[minmax(4.5rem,1fr)_auto] max-md:content-center max-md:gap-x-4 max-md:gap-y-0.5 max-md:px-5"
    >
      {onToggle && (
        <td className="pl-5 max-md:hidden">
          <input type="checkbox" checked={isSelected ?? false} onChange={() => onToggle(row)} aria-label={text.selectRow(row.id)} className="relative z-10 size-4 align-middle accent-brand" />
        </td>
      )}
      {shown.map((column) => (
        <td
          key={column}
          className={`truncate px-3 first:pl-5 last:pr-5 max-md:!p-0 ${columns.includes(column) ? '' : 'md:hidden'} ${AT_END.includes(column) ? 'text-right max-md:min-w-0' : ''} ${PHONE_PLACE[column] ?? 'max-md:hidden'}`}
        >
          {column === 'type' ? <a href={`/console/payments/${row.id}`} data-payment={row.id} className={COVER}>{t.activity.types[row.type]}</a> : <Cell column={column} row={row} />}
        </td>
      ))}
    </tr>
  );
});
