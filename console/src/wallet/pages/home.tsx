// What there is, what can be done with it, and what happened last.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Eye, EyeOff, FileText, Landmark, Plus, Send, Snowflake } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { meQuery, recentQuery, walletsQuery } from '../../api/queries';
import type { Wallet } from '../../api/types';
import { chunk } from '../../chunk';
import { Amount, BigAmount } from '../../design/amount';
import { Button, buttonClass } from '../../design/button';
import { Card } from '../../design/card';
import { RowsSkeleton, View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { keep, kept } from '../../kept';
import { compare } from '../../money/decimal';
import { currencyName } from '../../money/format';
import { inOrder } from '../wallets';
import { areFirstStepsOver } from '../people';
import { VerifyBanner } from '../verify-banner';

const NewWallet = lazy(() => chunk(() => import('../new-wallet')));
const Frozen = lazy(() => chunk(() => import('../frozen')));
const Waiting = lazy(() => chunk(() => import('../waiting')));
const FirstSteps = lazy(() => chunk(() => import('../first-steps')));
const loadRecentRows = () => chunk(() => import('../recent-rows'));
const RecentRows = lazy(loadRecentRows);
// It is asked for at once; where it does not come, the list says so.
loadRecentRows().catch(() => {});
const ROUND = 'grid size-11 place-items-center rounded-full text-ink-3 hover:bg-sunken hover:text-ink';

export function Home() {
  const t = useText();
  const wallets = useQuery(walletsQuery);
  useQuery(recentQuery);
  const [hidden, setHidden] = useState(kept('hide-balances') === 'yes');
  const hide = (now: boolean) => {
    setHidden(now);
    keep('hide-balances', now ? 'yes' : null);
  };
  return (
    <>
      <h1 className="sr-only">{t.nav.home}</h1>
      <VerifyBanner />
      <Suspense><Waiting /></Suspense>
      <View asked={wallets} skeleton={<div className="skeleton h-64 rounded-card" />}>
        {({ data }) => (data.some((wallet) => wallet.status !== 'closed') ? <Balances wallets={inOrder(data)} hidden={hidden} onHide={hide} /> : <First />)}
      </View>
      {!!wallets.data?.data.length && <Recent hidden={hidden} />}
      {/* Last: nothing moves when it comes. */}
      {wallets.data && <Beginning />}
    </>
  );
}

/** What is left to do at first. */
function Beginning() {
  const { data: me } = useQuery(meQuery);
  const [isOver, setOver] = useState(false);
  if (!me || isOver || areFirstStepsOver(me.id)) return null;
  return (
    <Suspense>
      <FirstSteps me={me} onOver={() => setOver(true)} />
    </Suspense>
  );
}

function First() {
  const t = useText();
  return (
    <Card className="mx-auto max-w-lg p-6 sm:p-8">
      <h2 className="text-lg font-semibold">{t.home.emptyTitle}</h2>
      <p className="mt-1 mb-6 text-sm text-ink-2">{t.home.emptyText}</p>
      <Suspense fallback={<div className="skeleton h-56" />}>
        <NewWallet />
      </Suspense>
    </Card>
  );
}

interface BalancesProps {
  wallets: Wallet[];
  hidden: boolean;
  onHide: (hidden: boolean) => void;
}

function Balances({ wallets, hidden, onHide }: BalancesProps) {
  const { wallet: wanted } = useSearch({ from: '/inside/' });
  const shown = wallets.find((wallet) => wallet.id === wanted) ?? wallets[0]!;
  return (
    <div className="grid gap-4 lg:grid-cols-[minmax(0,1fr)_300px]">
      <Shown wallet={shown} hidden={hidden} onHide={onHide} />
      <Wallets wallets={wallets} shown={shown} hidden={hidden} />
    </div>
  );
}

function Shown({ wallet, hidden, onHide }: { wallet: Wallet; hidden: boolean; onHide: (hidden: boolean) => void }) {
  const t = useText();
  const locale = useLocale();
  const { balance, currency } = wallet;
  const holds = compare(balance.held, '0') !== 0;
  const search = { wallet: wallet.id };
  // Where there is nothing to send, money is added first.
  const isEmpty = compare(balance.available, '0') <= 0;
  const first = buttonClass('primary', 'normal', 'col-span-2 sm:px-6');
  const later = buttonClass('secondary');
  const add = <Link key="add" to="/add" search={search} className={isEmpty ? first : later}><Plus className="size-4" aria-hidden="true" />{t.home.add}</Link>;
  const send = <Link key="send" to="/send" search={search} className={isEmpty ? later : first}><Send className="size-4" aria-hidden="true" />{t.home.send}</Link>;
  return (
    <Card className="flex flex-col p-5 sm:p-8">
      <div className="flex items-center justify-between gap-4">
        <p className="min-w-0 text-sm font-medium wrap-anywhere text-ink-2">
          {currencyName(locale, currency)}
          {wallet.label && <span className="text-ink-3"> · <bdi>{wallet.label}</bdi></span>}
        </p>
        <div className="-my-3 -mr-2 flex">
          <Link to="/statement" search={search} aria-label={t.home.statement} title={t.home.statement} className={ROUND}><FileText className="size-5" aria-hidden="true" /></Link>
          <button type="button" onClick={() => onHide(!hidden)} aria-label={hidden ? t.home.show : t.home.hide} title={hidden ? t.home.show : t.home.hide} className={ROUND}>
            {hidden ? <EyeOff className="size-5" aria-hidden="true" /> : <Eye className="size-5" aria-hidden="true" />}
          </button>
        </div>
      </div>
      <div className="mt-3">{hidden ? <span role="img" aria-label={t.money.hidden} className="text-2xl font-semibold">•••••</span> : <BigAmount amount={balance.available} currency={currency} />}</div>
      <p className="mt-1 text-sm text-ink-3">{t.home.available}</p>
      {wallet.status === 'frozen' ? (
        <Suspense><Frozen wallet={wallet} /></Suspense>
      ) : (
        <div className="mt-7 grid grid-cols-2 gap-3 sm:flex">
          {isEmpty ? [add, send] : [send, add]}
          <Link to="/withdraw" search={search} className={later}><Landmark className="size-4" aria-hidden="true" />{t.home.withdraw}</Link>
        </div>
      )}
      {holds && !hidden && (
        <details className="group mt-6 border-t border-line pt-4 text-sm">
          <summary className="flex list-none items-center justify-between gap-4 py-1">
            <span className="text-ink-2">{t.home.held} <Amount amount={balance.held} currency={currency} className="font-medium text-ink" /></span>
            <span className="font-medium text-brand group-open:hidden">{t.home.explain}</span>
          </summary>
          <dl className="mt-3 grid grid-cols-[minmax(7rem,1fr)_auto] gap-x-6 gap-y-3">
            <dt><span className="font-medium">{t.home.available}</span><span className="block text-ink-3">{t.home.availableText}</span></dt>
            <dd className="text-right"><Amount amount={balance.available} currency={currency} wraps className="font-medium" /></dd>
            <dt><span className="font-medium">{t.home.held}</span><span className="block text-ink-3">{t.home.heldText}</span></dt>
            <dd className="text-right"><Amount amount={balance.held} currency={currency} wraps className="font-medium" /></dd>
            <dt><span className="font-medium">{t.home.total}</span><span className="block text-ink-3">{t.home.totalText}</span></dt>
            <dd className="text-right"><Amount amount={balance.posted} currency={currency} wraps className="font-medium" /></dd>
          </dl>
        </details>
      )}
    </Card>
  );
}

function Wallets({ wallets, shown, hidden }: { wallets: Wallet[]; shown: Wallet; hidden: boolean }) {
  const t = useText();
  const navigate = useNavigate({ from: '/' });
  const [opening, setOpening] = useState(false);
  return (
    <Card className="flex flex-col">
      <h2 className="px-5 pt-5 pb-2 text-sm font-semibold">{t.home.wallets}</h2>
      <ul className="flex-1 px-2 pb-2">
        {wallets.map((wallet) => (
          <li key={wallet.id}>
            <Link
              to="/"
              search={{ wallet: wallet.id }}
              replace
              aria-current={wallet === shown ? 'true' : undefined}
              className="flex min-h-12 flex-wrap items-center justify-between gap-x-3 rounded-control px-3 py-2 text-sm hover:bg-sunken aria-[current=true]:bg-sunken"
            >
              <span className="max-w-full min-w-0 truncate"><span className="font-semibold">{wallet.currency}</span>{wallet.label && <span className="text-ink-3"> <bdi>{wallet.label}</bdi></span>}</span>
              {wallet.status === 'frozen' && <Snowflake className="size-4 shrink-0 text-info" aria-label={t.home.frozen} />}
              {hidden ? <span role="img" aria-label={t.money.hidden}>•••</span> : <Amount amount={wallet.balance.available} currency={wallet.currency} wraps className="ml-auto font-medium" />}
            </Link>
          </li>
        ))}
      </ul>
      <div className="border-t border-line p-2">
        {opening ? (
          <div className="p-3">
            <Suspense fallback={<div className="skeleton h-56" />}>
              <NewWallet
                taken={wallets.map((wallet) => wallet.currency)}
                onOpened={(id) => {
                  setOpening(false);
                  void navigate({ search: { wallet: id } });
                }}
              />
            </Suspense>
            <Button kind="quiet" className="mt-2 w-full" onClick={() => setOpening(false)}>{t.act.cancel}</Button>
          </div>
        ) : (
          <button type="button" onClick={() => setOpening(true)} className="flex h-11 w-full items-center gap-2 rounded-control px-3 text-sm font-medium text-ink-2 hover:bg-sunken hover:text-ink">
            <Plus className="size-4" aria-hidden="true" />{t.home.newWallet}
          </button>
        )}
      </div>
    </Card>
  );
}

/** What happened last. The balances do not wait for its code, which is fetched while its rows are asked for. */
function Recent({ hidden }: { hidden: boolean }) {
  const t = useText();
  return (
    <section className="mt-10">
      <div className="mb-3 flex items-center justify-between">
        <h2 className="text-base font-semibold">{t.home.recent}</h2>
        <Link to="/activity" className="-mr-2 rounded-md px-2 py-1 text-sm font-medium text-brand underline-offset-4 hover:underline">{t.act.seeAll}</Link>
      </div>
      <Suspense fallback={<Card className="overflow-hidden"><RowsSkeleton /></Card>}>
        <RecentRows hidden={hidden} />
      </Suspense>
    </section>
  );
}
