// Rows of anything: a table on a desktop, rows of two lines on a phone. J and K move, Enter opens.

import { type ReactNode, useEffect, useRef, useState } from 'react';

import { useRows } from '../../api/rows';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { type Asked, Message, NothingFound, View } from '../../design/states';
import { useKeys } from '../keys';
import { useCommon } from '../text/common';
import { useMyRole } from './role';

export interface Column<Row> {
  key: string;
  head: string;
  cell: (row: Row) => ReactNode;
  /** Its place on a phone: above left and right, below left and right; nowhere where it has none. */
  phone?: 'a' | 'b' | 'c' | 'd';
  align?: 'end';
  /** Takes the room that others leave, and is cut where there is too little. */
  wide?: boolean;
}

/** The class of a link that covers its row. */
export const COVER = 'font-medium max-md:inline-block max-md:max-w-full max-md:truncate max-md:align-bottom max-md:min-h-6 max-md:leading-6 after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-focus';
const PHONE = {
  a: 'max-md:order-1 max-md:min-w-0 max-md:truncate',
  b: 'max-md:order-2 max-md:justify-self-end',
  c: 'max-md:order-3 max-md:min-w-0 max-md:truncate max-md:text-xs max-md:text-ink-2',
  d: 'max-md:order-4 max-md:justify-self-end max-md:text-xs max-md:text-ink-2',
};

interface TableProps<Row> {
  label: string;
  rows: readonly Row[];
  columns: readonly Column<Row>[];
  keyOf: (row: Row) => string;
  onOpen?: ((row: Row) => void) | undefined;
  /** What other keys do with the row that J and K have come to. */
  rowKeys?: Record<string, (row: Row) => void> | undefined;
}

export function DataTable<Row>({ label, rows, columns, keyOf, onOpen, rowKeys = {} }: TableProps<Row>) {
  const text = useCommon();
  const [at, setAt] = useState(-1);
  const body = useRef<HTMLTableSectionElement>(null);
  const move = (to: number) => {
    setAt(to);
    body.current?.children[to]?.scrollIntoView({ block: 'nearest' });
  };
  useEffect(() => setAt(-1), [rows[0] && keyOf(rows[0])]);
  useKeys(
    onOpen
      ? {
          j: () => move(Math.min(at + 1, rows.length - 1)),
          k: () => move(Math.max(at - 1, 0)),
          Enter: (event) => {
            if (event.target === document.body && rows[at]) onOpen(rows[at]);
          },
          ...Object.fromEntries(Object.entries(rowKeys).map(([key, act]) => [key, () => rows[at] && act(rows[at])])),
        }
      : {},
  );
  return (
    // Amounts of sixteen digits are wider than some windows: they are scrolled to, and never cut.
    <div className="overflow-x-auto">
      <table className="w-full text-sm max-md:block" aria-label={label}>
        <thead className="border-b border-line max-md:sr-only">
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={`px-3 py-2.5 text-left text-xs font-medium whitespace-nowrap text-ink-3 first:pl-5 last:pr-5 ${column.align === 'end' ? '!text-right' : ''}`}>{column.head || <span className="sr-only">{text.actions}</span>}</th>
            ))}
          </tr>
        </thead>
        <tbody ref={body} className="divide-y divide-line max-md:block">
          {rows.map((row, place) => (
            <tr
              key={keyOf(row)}
              data-at={place === at || undefined}
              className="relative h-(--row) hover:bg-sunken data-at:bg-brand-tint max-md:grid max-md:h-auto max-md:grid-cols-[minmax(4.5rem,1fr)_auto] max-md:gap-x-4 max-md:gap-y-1 max-md:px-5 max-md:py-3"
            >
              {columns.map((column) => (
                <td
                  key={column.key}
                  className={`px-3 first:pl-5 last:pr-5 max-md:!p-0 ${column.wide ? 'truncate md:w-full md:max-w-0 md:min-w-32' : 'whitespace-nowrap'} ${column.align === 'end' ? 'md:text-right' : ''} ${column.phone ? PHONE[column.phone] : 'max-md:hidden'}`}
                >
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What a list says where it is empty. */
export interface Empty {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  icon?: ReactNode;
}

interface ListProps<Row> extends Omit<TableProps<Row>, 'rows'> {
  asked: Asked<readonly Row[]>;
  empty: Empty;
  /** Where filters are set: what it says then, and how they are taken away. */
  filtered?: { title: string; text: string; onClear: () => void } | undefined;
}

/** A table in its five states. */
export function List<Row>({ asked, empty, filtered, ...table }: ListProps<Row>) {
  const role = useMyRole();
  return (
    <View asked={asked} skeleton={<TableSkeleton rows={6} />} role={role}>
      {(rows) => (rows.length > 0 ? <DataTable rows={rows} {...table} /> : filtered ? <NothingFound {...filtered} /> : <Message {...empty} />)}
    </View>
  );
}

interface PagedProps<Row> extends Omit<ListProps<Row>, 'asked'> {
  asked: Asked<{ pages: { data: Row[] }[] }> & { hasNextPage: boolean; isFetching: boolean; isError: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** A list that comes in pages, on a card. */
export function PagedList<Row>({ asked, ...list }: PagedProps<Row>) {
  const text = useCommon();
  const rows = useRows(asked);
  return (
    <>
      <Card className="overflow-hidden">
        <List asked={{ ...asked, data: rows }} {...list} />
      </Card>
      {asked.hasNextPage && !!rows?.length && (
        <div className="mt-4 text-center">
          <Button kind="secondary" size="small" busy={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>{text.loadMore}</Button>
        </div>
      )}
    </>
  );
}

/** Rows that are not there yet. */
export function TableSkeleton({ rows = 10 }: { rows?: number }) {
  return (
    <div className="divide-y divide-line">
      {Array.from({ length: rows }, (_, place) => (
        <div key={place} className="flex h-(--row) items-center gap-6 px-5">
          <div className="skeleton h-3 w-32" />
          <div className="skeleton h-3 w-20" />
          <div className="skeleton ml-auto h-3 w-24" />
        </div>
      ))}
    </div>
  );
}
