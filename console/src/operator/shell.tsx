// The frame of the console: a column of pages on a desktop, a bar with a menu on a phone.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Outlet, useLocation, useNavigate } from '@tanstack/react-router';
import { LogOut, Menu as MenuIcon, Search, X } from 'lucide-react';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';

import { api, ask } from '../api/client';
import { useIsLive, useLive } from '../api/live';
import { meQuery, preferencesQuery } from '../api/queries';
import type { User } from '../api/types';
import { chunk } from '../chunk';
import { buttonClass } from '../design/button';
import { Logo } from '../design/logo';
import { Message, SecondFactorNeeded } from '../design/states';
import { toastProblem } from '../design/toast';
import { useLanguage } from '../i18n/language';
import { kept } from '../kept';
import { useKeys } from './keys';
import { pagesFor } from './nav';
import { useNeedsFactor } from './needs-factor';
import { setSettings, useSettings } from './settings';
import { useCommon } from './text/common';
import { toLogIn } from './to-log-in';
import { openTour, useProgress } from './tour/progress';

const loadPalette = () => chunk(() => import('./palette/palette'));
const Palette = lazy(loadPalette);
const Shortcuts = lazy(() => chunk(() => import('./palette/shortcuts')));
const Tour = lazy(() => chunk(() => import('./tour/tour')));

export function Shell() {
  const text = useCommon();
  const { data: me } = useQuery(meQuery);
  const { zone } = useSettings();
  const language = useLanguage();
  useLive();
  useAccountSettings();
  if (me && !['operator', 'auditor', 'admin'].includes(me.role)) {
    return <main className="pt-24"><Message isPage title={text.noAccess} text={text.noAccessText(text.roles[me.role])} action={<a href="/wallet" className={buttonClass()}>{text.openWallet}</a>} /></main>;
  }
  return <Frame me={me} shownAs={`${zone} ${language}`} />;
}

function Frame({ me, shownAs }: { me: User | undefined; shownAs: string }) {
  const text = useCommon();
  const [above, setAbove] = useState<'palette' | 'shortcuts'>();
  const [menu, setMenu] = useState(false);
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const before = useRef(pathname);
  useEffect(() => {
    setMenu(false);
    // The tour goes to pages by itself, and is read on.
    if (before.current !== pathname && !document.activeElement?.closest('[data-tour-panel]')) main.current?.focus({ preventScroll: true });
    before.current = pathname;
  }, [pathname]);
  const needsFactor = useNeedsFactor();
  const tour = useProgress();
  useEffect(() => {
    // The wallet leads here.
    if (location.hash === '#tour') openTour();
  }, []);
  useGoTo(me, () => setAbove('shortcuts'));
  useEffect(() => {
    // What is typed behind Ctrl K at once must not be lost while the palette is fetched.
    const timer = setTimeout(() => void loadPalette().catch(() => {}), 1_000);
    return () => clearTimeout(timer);
  }, []);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
      event.preventDefault();
      setAbove((now) => (now === 'palette' ? undefined : 'palette'));
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, []);
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[232px_minmax(0,1fr)]">
      <a href="#content" className="sr-only z-50 rounded-control bg-brand px-4 py-2 text-on-brand focus:not-sr-only focus:fixed focus:top-3 focus:left-3">{text.skip}</a>
      <aside className="sticky top-0 z-20 border-b border-line bg-surface lg:flex lg:h-dvh lg:flex-col lg:overflow-hidden lg:border-r lg:border-b-0 lg:px-3 lg:py-4">
        <div className="flex h-14 items-center gap-2 px-4 lg:mb-3 lg:h-10 lg:px-2">
          <Link to="/" aria-label={`PayFlow, ${text.pages.overview}`}><Logo /></Link>
          <button type="button" onClick={() => setAbove('palette')} aria-label={text.search} className="ml-auto grid size-10 place-items-center rounded-control text-ink-2 hover:bg-sunken lg:hidden"><Search className="size-5" aria-hidden="true" /></button>
          <button type="button" onClick={() => setMenu(!menu)} aria-expanded={menu} aria-controls="menu" aria-label={menu ? text.closeMenu : text.menu} className="-mr-2 grid size-10 place-items-center rounded-control text-ink-2 hover:bg-sunken lg:hidden">
            {menu ? <X className="size-5" aria-hidden="true" /> : <MenuIcon className="size-5" aria-hidden="true" />}
          </button>
        </div>
        <button type="button" onClick={() => setAbove('palette')} className="mb-3 flex h-9 shrink-0 items-center gap-2.5 rounded-control border border-line bg-canvas px-2.5 text-sm text-ink-3 hover:border-control max-lg:hidden">
          <Search className="size-4" aria-hidden="true" />
          <span className="min-w-0 flex-1 truncate text-left">{text.search}</span>
          <kbd className="rounded border border-line bg-surface px-1.5 font-sans text-xs">{/Mac/.test(navigator.platform) ? '⌘K' : 'Ctrl K'}</kbd>
        </button>
        <div id="menu" className={`${menu ? 'flex' : 'hidden'} max-h-[calc(100dvh-56px)] flex-1 flex-col overflow-y-auto px-3 pb-4 lg:flex lg:max-h-none lg:min-h-0 lg:overflow-hidden lg:px-0 lg:pb-0`}>
          <Menu me={me} />
          <Foot me={me} />
        </div>
      </aside>
      <main id="content" ref={main} tabIndex={-1} className={`mx-auto w-full max-w-[1320px] min-w-0 px-4 pt-5 outline-none lg:px-8 lg:pt-7 ${tour?.isOpen ? 'pb-[60dvh] sm:pb-80' : 'pb-5 lg:pb-7'}`}>{needsFactor && !/^\/(settings|help)(\/|$)/.test(pathname) ? <SecondFactorNeeded isPage /> : <Outlet key={shownAs} />}</main>
      {me && tour?.isOpen && <Suspense><Tour me={me} progress={tour} /></Suspense>}
      {above && <Suspense>{above === 'palette' ? <Palette onClose={() => setAbove(undefined)} onShortcuts={() => setAbove('shortcuts')} /> : <Shortcuts onClose={() => setAbove(undefined)} />}</Suspense>}
    </div>
  );
}

function Menu({ me }: { me: User | undefined }) {
  const text = useCommon();
  const pages = pagesFor(me?.role);
  return (
    <nav aria-label={text.main} className="space-y-4 lg:-mx-1 lg:min-h-0 lg:flex-1 lg:space-y-3 lg:overflow-y-auto lg:px-1 lg:py-0.5">
      {(['work', 'risk', 'operate', 'manage'] as const).map((group) => (
        <div key={group}>
          <p className="px-2.5 pb-1 text-xs font-medium text-ink-3">{text.groups[group]}</p>
          {pages
            .filter((page) => page.group === group)
            .map(({ to, icon: Icon, name }) => (
              <Link
                key={to}
                to={to as '/'}
                activeOptions={{ exact: to === '/', includeSearch: false }}
                className="flex h-10 items-center gap-3 rounded-control px-2.5 text-sm font-medium text-ink-2 hover:bg-sunken hover:text-ink data-[status=active]:bg-brand-tint data-[status=active]:text-brand lg:h-7.5"
              >
                <Icon className="size-[18px]" aria-hidden="true" />
                {text.pages[name]}
              </Link>
            ))}
        </div>
      ))}
    </nav>
  );
}

/** Whether what is shown is told of as it happens, and who is here. */
function Foot({ me }: { me: User | undefined }) {
  const text = useCommon();
  const isLive = useIsLive();
  const queries = useQueryClient();
  const logOut = async () => {
    try {
      await ask(api.POST('/api/v1/auth/logout', { body: {} }));
    } catch (error) {
      return toastProblem(error);
    }
    queries.clear();
    toLogIn();
  };
  return (
    <div className="mt-auto shrink-0 pt-4">
      <p className="flex items-center gap-2 px-2.5 pb-3 text-xs text-ink-3" role="status">
        <span className={`size-2 rounded-full ${isLive ? 'bg-success' : 'bg-warning'}`} aria-hidden="true" />
        {isLive ? text.live : text.polling}
      </p>
      {me && (
        <div className="flex items-center gap-2 border-t border-line pt-3 pl-2.5">
          <Link to={'/settings' as '/'} className="min-w-0 flex-1 text-sm hover:underline" title={text.account}>
            <bdi className="block truncate font-medium">{me.name}</bdi>
            <span className="block text-xs text-ink-3">{text.roles[me.role]}</span>
          </Link>
          <button type="button" onClick={() => void logOut()} aria-label={text.logOut} title={text.logOut} className="grid size-9 place-items-center rounded-control text-ink-2 hover:bg-sunken"><LogOut className="size-[18px]" aria-hidden="true" /></button>
        </div>
      )}
    </div>
  );
}

/** G and a letter go to a page; ? shows all keys. */
function useGoTo(me: User | undefined, onShortcuts: () => void): void {
  const navigate = useNavigate();
  const pages = pagesFor(me?.role).filter((page) => page.key);
  useKeys({
    '?': onShortcuts,
    ...Object.fromEntries(pages.map((page) => [`g ${page.key}`, () => void navigate({ to: page.to as '/' })])),
  });
}

/** Density and zone as the account prefers them, where this browser was told nothing else. */
function useAccountSettings(): void {
  const { data } = useQuery(preferencesQuery);
  useEffect(() => {
    if (!data) return;
    if (kept('density') === null && data.density !== 'comfortable') setSettings({ density: data.density });
    if (kept('zone') === null && data.timezone !== 'UTC') setSettings({ zone: data.timezone });
  }, [data]);
}
