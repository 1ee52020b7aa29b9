// The columns of lists of wallets.

import { Link } from '@tanstack/react-router';

import type { Wallet } from '../../api/types';
import { Amount } from '../../design/amount';
import { At } from '../parts/at';
import { type Column, COVER } from '../parts/data-table';
import { Person } from '../parts/person';
import { useCustomersText } from '../text/customers';
import { WalletTag } from './tags';

export function useWalletColumns(withOwner: boolean): Column<Wallet>[] {
  const text = useCustomersText();
  return [
    { key: 'currency', head: text.walletColumns.currency, phone: 'a', cell: (row) => <Link to={`/wallets/${row.id}` as '/'} className={COVER}>{row.currency}{row.label && <bdi className="ml-2 font-normal text-ink-2 md:hidden">{row.label}</bdi>}</Link> },
    ...(withOwner ? [{ key: 'owner', head: text.walletColumns.owner, phone: 'c' as const, cell: (row: Wallet) => <span className="relative z-10 max-md:inline-block max-md:min-h-6 max-md:max-w-full max-md:truncate max-md:align-bottom max-md:leading-6"><Person id={row.owner_id} /></span> }] : []),
    { key: 'label', head: text.walletColumns.label, wide: true, cell: (row) => <bdi className="text-ink-2">{row.label ?? ''}</bdi> },
    { key: 'opened', head: text.walletColumns.opened, ...(withOwner ? {} : { phone: 'c' as const }), cell: (row) => <span className="text-ink-2"><At at={row.created_at} /></span> },
    { key: 'status', head: text.walletColumns.status, phone: 'd', cell: (row) => <WalletTag status={row.status} /> },
    { key: 'held', head: text.walletColumns.held, align: 'end', cell: (row) => <span className={/[1-9]/.test(row.balance.held) ? '' : 'text-ink-3'}><Amount amount={row.balance.held} currency={row.currency} code /></span> },
    { key: 'available', head: text.walletColumns.available, phone: 'b', align: 'end', cell: (row) => <span className="font-medium max-md:whitespace-normal"><Amount amount={row.balance.available} currency={row.currency} code wraps /></span> },
  ];
}
