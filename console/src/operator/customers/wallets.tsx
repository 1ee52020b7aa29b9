// All wallets, by status and currency.

import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';

import { PagedList } from '../parts/data-table';
import { Segments } from '../parts/filters';
import { PageHead } from '../parts/page';
import { SearchField } from '../parts/search-field';
import { allWalletsQuery } from '../queries';
import { useCustomersText } from '../text/customers';
import { useWalletColumns } from './wallet-columns';

const STATUSES = ['active', 'frozen', 'closed'] as const;

export function Wallets() {
  const text = useCustomersText();
  const navigate = useNavigate({ from: '/wallets' });
  const { status, currency } = useSearch({ from: '/wallets' });
  const code = currency && /^[A-Z]{3}$/.test(currency) ? currency : undefined;
  const asked = useInfiniteQuery(allWalletsQuery({ ...(status && { status }), ...(code && { currency: code }) }));
  const columns = useWalletColumns(true);
  const go = (next: { status?: string; currency?: string }) => void navigate({ search: Object.fromEntries(Object.entries({ status, currency, ...next }).filter(([, value]) => value)), replace: true });
  return (
    <>
      <PageHead title={text.walletsTitle} text={text.walletsAbout} actions={<SearchField label={text.currency} value={currency ?? ''} onChange={(next) => go({ currency: next.toUpperCase() })} />} />
      <Segments label={text.status} options={[['', text.allStatuses], ...STATUSES.map((one) => [one, text.walletStatus[one]] as const)]} chosen={status ?? ''} onChange={(next) => go({ status: next })} />
      <PagedList
        asked={asked}
        label={text.walletsTitle}
        columns={columns}
        keyOf={(row) => row.id}
        onOpen={(row) => void navigate({ to: `/wallets/${row.id}` as '/' })}
        empty={{ title: text.walletsNone, text: text.walletsNoneText }}
        filtered={status || code ? { title: text.walletsNoMatch, text: text.noMatchText, onClear: () => void navigate({ search: {}, replace: true }) } : undefined}
      />
    </>
  );
}
