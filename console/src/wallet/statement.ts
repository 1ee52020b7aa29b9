// The period of a statement, and the statement as a file.

import { api, ask } from '../api/client';
import type { Wallet } from '../api/types';

/** From a time on, and before another; what is missing is open. */
export interface Period {
  from?: string;
  to?: string;
}

/** The months up to now, newest first, as `2026-11`. */
export function lastMonths(count: number, now: Date = new Date()): string[] {
  return Array.from({ length: count }, (_, ago) => {
    const month = new Date(now.getFullYear(), now.getMonth() - ago, 1);
    return `${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, '0')}`;
  });
}

/** What an address says: a month, `all`, or the days `from` and `to`, both of them included, in the viewer's zone. */
export function periodOf(chosen: { period?: string; from?: string; to?: string }, now: Date = new Date()): Period {
  if (chosen.from || chosen.to) {
    const day = (text: string | undefined, more: number) => {
      const [year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text ?? '')?.slice(1).map(Number) ?? [];
      return year === undefined ? undefined : new Date(year, month! - 1, date! + more).toISOString();
    };
    return withoutGaps({ from: day(chosen.from, 0), to: day(chosen.to, 1) });
  }
  if (chosen.period === 'all') return {};
  const month = /^\d{4}-\d\d$/.test(chosen.period ?? '') ? chosen.period! : lastMonths(1, now)[0]!;
  const [year, number] = month.split('-').map(Number) as [number, number];
  return { from: new Date(year, number - 1, 1).toISOString(), to: new Date(year, number, 1).toISOString() };
}

function withoutGaps({ from, to }: { from: string | undefined; to: string | undefined }): Period {
  return { ...(from && { from }), ...(to && { to }) };
}

/** Asks for all entries of a period as CSV and hands them to the browser to keep. */
export async function downloadStatement(wallet: Wallet, period: Period): Promise<void> {
  const answer = api.GET('/api/v1/wallets/{id}/statement', { params: { path: { id: wallet.id }, query: period }, headers: { Accept: 'text/csv' }, parseAs: 'blob' });
  const name = [period.from, period.to].map((time) => time?.slice(0, 10)).filter(Boolean).join('-to-') || 'all';
  hand((await ask(answer)) as unknown as Blob, `payflow-${wallet.currency}-${name}.csv`);
}

/** Hands a file to the browser to keep. */
export function hand(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
