// What may leave each wallet, and what of it has left.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Gauge, Snowflake } from 'lucide-react';

import { walletsQuery } from '../../api/queries';
import type { Wallet } from '../../api/types';
import { buttonClass } from '../../design/button';
import { Message, View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { decimalsOf, toMinor } from '../../money/decimal';
import { currencyName, formatAmount } from '../../money/format';
import { Freeze } from '../account/freeze';
import { AccountPage, Part } from '../account/part';
import { inOrder } from '../wallets';
import { useAccountText } from '../texts/account';

export function AccountLimits() {
  const t = useText();
  const a = useAccountText();
  const asked = useQuery(walletsQuery);
  return (
    <AccountPage page="limits">
      <p className="mb-6 text-base text-ink-2">{a.limitsText}</p>
      <View asked={asked} skeleton={<div className="skeleton h-52 rounded-card" />}>
        {({ data }) => {
          const wallets = inOrder(data);
          if (wallets.length === 0) return <Message icon={<Gauge aria-hidden="true" />} title={a.noWallets} text={a.noWalletsText} action={<Link to="/" className={buttonClass('secondary', 'small')}>{t.nav.home}</Link>} />;
          return wallets.map((wallet) => <OfWallet key={wallet.id} wallet={wallet} />);
        }}
      </View>
    </AccountPage>
  );
}

function OfWallet({ wallet }: { wallet: Wallet }) {
  const t = useText();
  const a = useAccountText();
  const locale = useLocale();
  return (
    <Part>
      <div className="flex items-center justify-between gap-4 px-5 py-4 text-sm">
        <p className="min-w-0"><span className="font-semibold">{currencyName(locale, wallet.currency)}</span>{wallet.label && <span className="text-ink-3"> · <bdi className="break-words">{wallet.label}</bdi></span>}</p>
        {wallet.status === 'frozen' && <span className="flex shrink-0 items-center gap-1.5 text-info"><Snowflake className="size-4" aria-hidden="true" />{t.home.frozen}</span>}
      </div>
      <Limit name={a.daily} limit={wallet.limits.daily} currency={wallet.currency} resets={nextUtc('day')} />
      <Limit name={a.monthly} limit={wallet.limits.monthly} currency={wallet.currency} resets={nextUtc('month')} />
      {wallet.status !== 'closed' && <Freeze wallet={wallet} />}
    </Part>
  );
}

/** When the next day, or month, begins by UTC, which limits go by. */
function nextUtc(unit: 'day' | 'month', now: Date = new Date()): Date {
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()];
  return new Date(unit === 'day' ? Date.UTC(year, month, day + 1) : Date.UTC(year, month + 1, 1));
}

/** How much of a whole a part is, in thousandths: for a bar, whose length is no amount. */
function share(part: string, whole: string): number {
  const decimals = decimalsOf(whole);
  const [a, b] = [toMinor(part, decimals), toMinor(whole, decimals)];
  return b <= 0n ? 1000 : Math.min(1000, Number((a * 1000n) / b));
}

function Limit({ name, limit, currency, resets }: { name: string; limit: Wallet['limits']['daily']; currency: string; resets: Date }) {
  const a = useAccountText();
  const locale = useLocale();
  if (!limit) return <div className="flex items-baseline justify-between gap-4 px-5 py-4 text-sm"><span>{name}</span><span className="text-ink-2">{a.noLimit}</span></div>;
  const shown = (amount: string) => formatAmount(locale, amount, currency);
  const used = share(limit.used, limit.limit);
  const when = new Intl.DateTimeFormat(locale, { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' }).format(resets);
  const text = a.used(shown(limit.used), shown(limit.limit));
  return (
    <div className="px-5 py-4 text-sm">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4"><span>{name}</span><span className="tabular font-semibold">{a.remaining(shown(limit.remaining))}</span></div>
      <div role="meter" aria-label={name} aria-valuemin={0} aria-valuemax={1000} aria-valuenow={used} aria-valuetext={text} className="mt-2.5 h-2 overflow-hidden rounded-full bg-sunken">
        <svg className={`block h-full w-full ${used >= 900 ? 'text-warning' : 'text-brand'}`} viewBox="0 0 1000 1" preserveAspectRatio="none" aria-hidden="true"><rect width={used > 0 ? Math.max(used, 12) : 0} height="1" fill="currentColor" /></svg>
      </div>
      <p className="tabular mt-2 flex flex-wrap justify-between gap-x-4 text-ink-2"><span>{text}</span><span className="text-ink-3">{a.resets(when)}</span></p>
    </div>
  );
}
