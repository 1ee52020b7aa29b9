// The frame of the wallet: on a phone a bar below, on a desktop a column at the side; the bell in the corner of both.

import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { Bell, CircleUserRound, House, LayoutDashboard, ReceiptText, Send } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef } from 'react';

import { useLive } from '../api/live';
import { meQuery, newestNotificationsQuery } from '../api/queries';
import { chunk } from '../chunk';
import { Logo } from '../design/logo';
import { useText } from '../i18n/language';
import { isForStaff, isStaff } from '../session/staff';
import { Avatar } from './avatar';

const OfConsole = lazy(() => chunk(() => import('./of-console')));
const PAGES = [
  { to: '/', icon: House, name: 'home' },
  { to: '/send', icon: Send, name: 'send' },
  { to: '/activity', icon: ReceiptText, name: 'activity' },
  { to: '/account', icon: CircleUserRound, name: 'me' },
] as const;
const ASIDE = 'flex h-11 items-center gap-3 rounded-control px-3 text-sm font-medium text-ink-2 hover:bg-sunken hover:text-ink data-[status=active]:bg-brand-tint data-[status=active]:text-brand';
const BAR = 'flex h-16 flex-col items-center justify-center gap-1 text-xs font-medium text-ink-3 data-[status=active]:text-brand';

export function Shell() {
  const t = useText();
  const { data: me } = useQuery(meQuery);
  useLive();
  const main = useFocusOnNavigation();
  const { pathname } = useLocation();
  // Who runs PayFlow sees everybody's payments, and none as their own: of the wallet they use their account.
  const isOfConsole = !!me && isStaff(me.role);
  const pages = PAGES.filter(({ name }) => !isOfConsole || name === 'me');
  return (
    <div className="mx-auto flex min-h-dvh max-w-[1200px] lg:gap-10 lg:px-8">
      <a href="#content" className="sr-only z-50 rounded-control bg-brand px-4 py-2 text-on-brand focus:not-sr-only focus:fixed focus:top-3 focus:left-3">{t.nav.skip}</a>
      <aside className="sticky top-0 hidden h-dvh w-56 shrink-0 flex-col py-8 lg:flex print:hidden">
        <Link to="/" aria-label={t.brand} className="mb-9 px-3"><Logo /></Link>
        <nav className="space-y-1">
          {isOfConsole && <a href="/console" className={ASIDE}><LayoutDashboard className="size-5" aria-hidden="true" />{t.nav.console}</a>}
          {pages.map(({ to, icon: Icon, name }) => (
            <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={ASIDE}>
              <Icon className="size-5" aria-hidden="true" />
              {t.nav[name]}
            </Link>
          ))}
        </nav>
        {me && (
          <Link to="/account" className="mt-auto flex items-center gap-3 rounded-control px-3 py-2 hover:bg-sunken">
            <Avatar name={me.name} />
            <span className="min-w-0 text-sm">
              <bdi className="block truncate font-medium">{me.name}</bdi>
              <span className="block truncate text-xs text-ink-3">{me.email}</span>
            </span>
          </Link>
        )}
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="sticky top-0 z-20 flex h-16 items-center justify-between bg-canvas px-4 lg:static lg:h-20 lg:justify-end lg:px-0 print:hidden">
          <Link to="/" aria-label={t.brand} className="lg:hidden"><Logo /></Link>
          <BellLink />
        </header>
        <main id="content" ref={main} tabIndex={-1} className="flex-1 px-4 pt-2 pb-28 outline-none lg:px-0 lg:pb-16 print:p-0">
          {isOfConsole && !isForStaff(pathname) ? <Suspense><OfConsole /></Suspense> : <Outlet />}
        </main>
      </div>
      <nav className="fixed inset-x-0 bottom-0 z-30 grid auto-cols-fr grid-flow-col border-t border-line bg-surface pb-[env(safe-area-inset-bottom)] lg:hidden print:hidden">
        {isOfConsole && <a href="/console" className={BAR}><LayoutDashboard className="size-[22px]" aria-hidden="true" />{t.nav.console}</a>}
        {pages.map(({ to, icon: Icon, name }) => (
          <Link key={to} to={to} activeOptions={{ exact: to === '/', includeSearch: false }} className={BAR}>
            <Icon className="size-[22px]" aria-hidden="true" />
            {t.nav[name]}
          </Link>
        ))}
      </nav>
    </div>
  );
}

function BellLink() {
  const t = useText();
  const { data } = useQuery(newestNotificationsQuery);
  const unread = data?.unread ?? 0;
  return (
    <Link
      to="/notifications"
      aria-label={unread > 0 ? `${t.nav.notifications} (${unread})` : t.nav.notifications}
      className="relative grid size-11 place-items-center rounded-full text-ink-2 hover:bg-sunken hover:text-ink data-[status=active]:text-brand"
    >
      <Bell className="size-[22px]" aria-hidden="true" />
      {/* The number is in the name already: it is drawn, and no text. */}
      {unread > 0 && (
        <span
          aria-hidden="true"
          data-count={unread > 99 ? '99+' : unread}
          className="tabular absolute top-1 right-0.5 grid h-[18px] min-w-[18px] place-items-center rounded-full bg-danger px-1 text-[11px] leading-none font-semibold text-canvas ring-2 ring-canvas before:content-[attr(data-count)]"
        />
      )}
    </Link>
  );
}

/** A new page is read from its beginning, also by a screen reader. */
function useFocusOnNavigation() {
  const main = useRef<HTMLElement>(null);
  const { pathname } = useLocation();
  const first = useRef(true);
  useEffect(() => {
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
  }, [pathname]);
  return main;
}
