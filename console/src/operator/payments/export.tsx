// Payments as CSV: the selected ones, or all that match, page by page, with a way to stop.

import { Download } from 'lucide-react';
import { useRef, useState } from 'react';

import type { TransactionFilters } from '../../api/queries';
import type { Transaction } from '../../api/types';
import { toastDone, toastProblem } from '../../design/toast';
import { useLocale } from '../../i18n/language';
import { csv, download } from '../csv';
import { PanelButton, Popover } from '../parts/popover';
import { usePaymentsText } from '../text/payments';
import { readAll } from './data';

const FIELDS: readonly (readonly [string, (row: Transaction) => unknown])[] = [
  ['id', (row) => row.id],
  ['created_at', (row) => row.created_at],
  ['type', (row) => row.type],
  ['status', (row) => row.status],
  ['amount', (row) => row.amount],
  ['currency', (row) => row.currency],
  ['captured_amount', (row) => row.captured_amount],
  ['refunded_amount', (row) => row.refunded_amount],
  ['fee', (row) => row.fee],
  ['from_wallet', (row) => row.from_wallet],
  ['to_wallet', (row) => row.to_wallet],
  ['from_name', (row) => row.parties?.from?.name],
  ['to_name', (row) => row.parties?.to?.name],
  ['description', (row) => row.description],
  ['external_id', (row) => row.external_id],
  ['original_transaction', (row) => row.original_transaction],
  ['failure_code', (row) => row.failure?.code],
  ['created_by', (row) => row.created_by],
  ['completed_at', (row) => row.completed_at],
];

export function Export({ sources, selected }: { sources: readonly TransactionFilters[]; selected: readonly Transaction[] }) {
  const text = usePaymentsText();
  const locale = useLocale();
  const [count, setCount] = useState<number>();
  const stop = useRef<AbortController>(null);
  const number = (value: number) => new Intl.NumberFormat(locale).format(value);
  const save = (rows: readonly Transaction[]) => {
    download(`payments-${new Date().toISOString().slice(0, 10)}.csv`, csv(FIELDS, rows));
    toastDone(text.exported(number(rows.length)));
  };
  const all = async () => {
    const rows: Transaction[] = [];
    stop.current = new AbortController();
    setCount(0);
    try {
      await readAll(sources, stop.current.signal, (page) => {
        rows.push(...page);
        setCount(rows.length);
      });
      if (!stop.current.signal.aborted) save(rows);
    } catch (error) {
      if (!stop.current.signal.aborted) toastProblem(error);
    }
    setCount(undefined);
  };
  if (count !== undefined) {
    return (
      <span className="flex h-8 items-center gap-2 text-sm text-ink-2" role="status">
        {text.exporting(number(count))}
        <button type="button" onClick={() => stop.current?.abort()} className="rounded-md px-1.5 py-0.5 font-medium text-brand hover:underline">{text.stop}</button>
      </span>
    );
  }
  return (
    <Popover label={<><Download className="size-4" aria-hidden="true" />{text.export}</>} align="end">
      {(close) => (
        <>
          {selected.length > 0 && <PanelButton onClick={() => { close(); save(selected); }}>{text.exportSelection(selected.length)}</PanelButton>}
          <PanelButton onClick={() => { close(); void all(); }}>{text.exportAll}</PanelButton>
        </>
      )}
    </Popover>
  );
}
