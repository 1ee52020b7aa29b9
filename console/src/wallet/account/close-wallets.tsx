// Closing wallets, which an account must do without before it is closed.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { api, ask, newKey } from '../../api/client';
import { walletsQuery } from '../../api/queries';
import type { Wallet } from '../../api/types';
import { chunk } from '../../chunk';
import { Amount } from '../../design/amount';
import { Button, buttonClass } from '../../design/button';
import { RowsSkeleton, View } from '../../design/states';
import { toastDone } from '../../design/toast';
import { useLocale } from '../../i18n/language';
import { compare } from '../../money/decimal';
import { currencyName } from '../../money/format';
import { inOrder } from '../wallets';
import { useAccountText } from '../texts/account';
import { useAttempt } from './attempt';

const Confirm = lazy(() => chunk(() => import('./confirm')));

export function CloseWallets() {
  const a = useAccountText();
  const asked = useQuery(walletsQuery);
  const queries = useQueryClient();
  const attempt = useAttempt();
  const [closing, setClosing] = useState<Wallet>();
  const close = async ({ id }: Wallet) => {
    const header = { 'Idempotency-Key': newKey() };
    if (await attempt(() => ask(api.POST('/api/v1/wallets/{id}/close', { params: { path: { id }, header }, body: {} })))) toastDone(a.walletClosed);
    await queries.invalidateQueries({ queryKey: walletsQuery.queryKey });
  };
  return (
    <View asked={asked} skeleton={<RowsSkeleton rows={2} />}>
      {({ data }) => {
        const open = inOrder(data);
        return (
          <>
            <div className="p-5 text-sm"><p className="font-medium">{a.closeFirst}</p><p className="text-ink-2">{open.length === 0 ? a.allClosed : a.closeFirstText}</p></div>
            {open.length > 0 && <ul className="divide-y divide-line">{open.map((wallet) => <Row key={wallet.id} wallet={wallet} onClose={() => setClosing(wallet)} />)}</ul>}
            <Suspense>{closing && <Confirm title={a.closeWalletTitle(closing.currency)} text={a.closeWalletText} act={a.closeWallet} onAct={() => close(closing)} onClose={() => setClosing(undefined)} />}</Suspense>
          </>
        );
      }}
    </View>
  );
}

function Row({ wallet, onClose }: { wallet: Wallet; onClose: () => void }) {
  const a = useAccountText();
  const locale = useLocale();
  const isEmpty = compare(wallet.balance.posted, '0') === 0 && compare(wallet.balance.held, '0') === 0;
  return (
    <li className="flex items-center gap-4 px-5 py-3 text-sm">
      <p className="min-w-0 flex-1">
        <span className="block truncate font-medium">{wallet.label ? <bdi>{wallet.label}</bdi> : currencyName(locale, wallet.currency)}</span>
        <Amount amount={wallet.balance.posted} currency={wallet.currency} code wraps className="text-ink-2" />
      </p>
      {isEmpty ? <Button kind="secondary" size="small" onClick={onClose}>{a.closeWallet}</Button> : wallet.status === 'active' && <Link to="/withdraw" search={{ wallet: wallet.id }} className={buttonClass('secondary', 'small')}>{a.withdraw}</Link>}
    </li>
  );
}
