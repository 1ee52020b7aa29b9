// The frame of the console.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet } from '@tanstack/react-router';
import { LayoutDashboard, LogOut, ReceiptText } from 'lucide-react';

import { api, ask } from '../api/client';
import { useIsLive, useLive } from '../api/live';
import { meQuery } from '../api/queries';
import { buttonClass } from '../design/button';
import { Logo } from '../design/logo';
import { Message } from '../design/states';
import { toastProblem } from '../design/toast';
import { text } from './text';
import { toLogIn } from './to-log-in';

const PAGES = [
  { to: '/', icon: LayoutDashboard, name: text.overview },
  { to: '/payments', icon: ReceiptText, name: text.payments },
] as const;

export function Shell() {
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  useLive();
  const logOut = async () => {
    try {
      await ask(api.POST('/api/v1/auth/logout', { body: {} }));
    } catch (error) {
      return toastProblem(error);
    }
    queries.clear();
    toLogIn();
  };
  if (me && !['operator', 'auditor', 'admin'].includes(me.role)) {
    return <main className="pt-24"><Message isPage title={text.noAccess} text={text.noAccessText(me.role)} action={<a href="/wallet" className={buttonClass()}>{text.openWallet}</a>} /></main>;
  }
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[220px_minmax(0,1fr)]">
      <a href="#content" className="sr-only z-50 rounded-control bg-brand px-4 py-2 text-on-brand focus:not-sr-only focus:fixed focus:top-3 focus:left-3">{text.skip}</a>
      <aside className="flex items-center gap-4 border-b border-line bg-surface px-4 py-3 lg:sticky lg:top-0 lg:h-dvh lg:flex-col lg:items-stretch lg:gap-0 lg:border-r lg:border-b-0 lg:px-3 lg:py-5">
        <Link to="/" aria-label="PayFlow" className="lg:mb-6 lg:px-3"><Logo /></Link>
        <nav className="flex gap-1 max-lg:ml-auto lg:flex-col">
          {PAGES.map(({ to, icon: Icon, name }) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === '/', includeSearch: false }}
              aria-label={name}
              className="flex h-10 items-center gap-3 rounded-control px-3 text-sm font-medium text-ink-2 hover:bg-sunken hover:text-ink data-[status=active]:bg-brand-tint data-[status=active]:text-brand"
            >
              <Icon className="size-[18px]" aria-hidden="true" />
              <span className="max-sm:hidden">{name}</span>
            </Link>
          ))}
        </nav>
        <Live />
        {me && (
          <div className="flex items-center gap-2 lg:border-t lg:border-line lg:pt-4 lg:pl-3">
            <a href="/wallet/account" className="min-w-0 flex-1 text-sm hover:underline max-lg:hidden" title={text.wallet}>
              <bdi className="block truncate font-medium">{me.name}</bdi>
              <span className="block text-xs text-ink-3">{me.role}</span>
            </a>
            <button type="button" onClick={() => void logOut()} aria-label={text.logOut} title={text.logOut} className="grid size-10 place-items-center rounded-control text-ink-2 hover:bg-sunken"><LogOut className="size-[18px]" aria-hidden="true" /></button>
          </div>
        )}
      </aside>
      <main id="content" className="mx-auto w-full max-w-[1280px] px-4 py-6 lg:px-10 lg:py-8"><Outlet /></main>
    </div>
  );
}

/** Whether what is shown is told of as it happens. */
function Live() {
  const isLive = useIsLive();
  return (
    <p className="flex items-center gap-2 px-3 text-xs text-ink-3 max-lg:hidden lg:mt-auto lg:mb-3" role="status">
      <span className={`size-2 rounded-full ${isLive ? 'bg-success' : 'bg-warning'}`} aria-hidden="true" />
      {isLive ? text.live : text.polling}
    </p>
  );
}
