// The frame of the pages before somebody is logged in.

import { Outlet } from '@tanstack/react-router';

import { Logo } from '../../design/logo';
import { useText } from '../../i18n/language';
import { useSessionText } from '../texts/session';

export function Outside() {
  const t = useText();
  const s = useSessionText();
  return (
    <div className="grid min-h-dvh lg:grid-cols-[1fr_minmax(0,620px)]">
      <aside className="hidden flex-col justify-between border-r border-line bg-brand-tint p-12 lg:flex">
        <a href="/" aria-label={t.brand} className="w-fit"><Logo /></a>
        <div className="max-w-md">
          <p className="text-2xl font-semibold tracking-tight text-balance">{s.tagline}</p>
          <p className="mt-4 text-base text-ink-2">{s.taglineText}</p>
        </div>
        <p className="text-sm text-ink-2"><a href="/api-docs" className="underline underline-offset-4">{t.nav.apiDocs}</a></p>
      </aside>
      <main className="flex flex-col px-5 py-6 sm:px-8 lg:justify-center lg:bg-surface">
        <a href="/" aria-label={t.brand} className="mb-12 w-fit lg:hidden"><Logo /></a>
        <div className="enter mx-auto w-full max-w-[400px]">
          <Outlet />
        </div>
      </main>
    </div>
  );
}
