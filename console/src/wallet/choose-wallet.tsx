// Which wallet money goes from, or to.

import { useNavigate, useSearch } from '@tanstack/react-router';

import type { Wallet } from '../api/types';
import { Select } from '../design/field';
import { useLocale, useText } from '../i18n/language';
import { formatAmount } from '../money/format';
import { inOrder } from './wallets';

/** The wallet that the address names, else the first that is active. */
export function useChosenWallet(wallets: readonly Wallet[]): Wallet | undefined {
  const { wallet: wanted } = useSearch({ strict: false }) as { wallet?: string };
  const active = inOrder(wallets).filter((wallet) => wallet.status === 'active');
  return active.find((wallet) => wallet.id === wanted) ?? active[0];
}

/** The list to choose from; the choice is in the address. */
export function ChooseWallet({ wallets, chosen, label }: { wallets: readonly Wallet[]; chosen: Wallet; label: string }) {
  const t = useText();
  const locale = useLocale();
  const navigate = useNavigate();
  return (
    <Select
      label={label}
      value={chosen.id}
      hint={t.money.left(formatAmount(locale, chosen.balance.available, chosen.currency))}
      onChange={(event) => void navigate({ to: '.', search: (before: Record<string, unknown>) => ({ ...before, wallet: event.target.value }) as never, replace: true })}
    >
      {inOrder(wallets).map((wallet) => (
        <option key={wallet.id} value={wallet.id} disabled={wallet.status !== 'active'}>
          {wallet.currency}{wallet.label ? ` · ${wallet.label}` : ''}
        </option>
      ))}
    </Select>
  );
}
