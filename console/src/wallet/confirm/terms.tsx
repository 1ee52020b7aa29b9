// What a code is good for, or what is reviewed: how much, and for whom, with every digit.

import { useQuery } from '@tanstack/react-query';

import { walletsQuery } from '../../api/queries';
import type { Transaction } from '../../api/types';
import { Amount, BigAmount } from '../../design/amount';
import { Fact, Facts } from '../../design/card';
import { useText } from '../../i18n/language';
import { Avatar } from '../avatar';
import { useConfirmText } from '../texts/confirm';

export function Terms({ transaction, payee }: { transaction: Transaction; payee: string }) {
  const t = useText();
  const c = useConfirmText();
  const { data: wallets } = useQuery(walletsQuery);
  const { amount, currency, description, type } = transaction;
  const wallet = wallets?.data.find((one) => one.id === transaction.from_wallet);
  return (
    <>
      <p className="text-sm text-ink-2">{t.activity.types[type]}</p>
      <p className="mt-1 pb-4"><BigAmount amount={amount} currency={currency} /></p>
      <div className="flex items-center gap-4 rounded-control bg-sunken px-4 py-3">
        <Avatar name={payee} />
        <span className="min-w-0 flex-1 text-sm"><span className="block text-ink-2">{c.payee}</span><bdi className="block font-semibold wrap-anywhere">{payee}</bdi></span>
      </div>
      <div className="mt-2">
        <Facts>
          <Fact name={c.amount}><Amount amount={amount} currency={currency} code wraps /></Fact>
          {wallet && <Fact name={c.from}>{wallet.currency}{wallet.label && <> · <bdi>{wallet.label}</bdi></>}</Fact>}
          {description && <Fact name={c.note}><bdi>{description}</bdi></Fact>}
        </Facts>
      </div>
    </>
  );
}
