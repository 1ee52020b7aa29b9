// The frame of the account pages, and a part of one.

import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';

import { buttonClass } from '../../design/button';
import { Card } from '../../design/card';
import { useText } from '../../i18n/language';
import { useAccountText } from '../texts/account';

interface PageProps {
  page: 'notifications' | 'security' | 'limits' | 'keys' | 'data';
  /** The page of the console that led here. */
  back?: string | undefined;
  children: ReactNode;
}

export function AccountPage({ page, back, children }: PageProps) {
  const t = useText();
  const a = useAccountText();
  const [way, arrow] = [buttonClass('quiet', 'small', '-ml-3'), <ArrowLeft key="arrow" className="size-4" aria-hidden="true" />];
  return (
    <div className="mx-auto max-w-[640px]">
      {back ? <a href={back} className={way}>{arrow}{t.nav.console}</a> : <Link to="/account" className={way}>{arrow}{a.title}</Link>}
      <h1 className="mt-2 mb-6 text-xl font-semibold">{a.pages[page][0]}</h1>
      {children}
    </div>
  );
}

export function Part({ title, text, children }: { title?: string; text?: ReactNode; children: ReactNode }) {
  return (
    <section className={`${title ? 'mt-9' : 'mt-4'} first-of-type:mt-0`}>
      {title && <h2 className="mb-3 px-1 text-sm font-semibold text-ink-2">{title}</h2>}
      <Card className="divide-y divide-line">{children}</Card>
      {text && <p className="mt-2 px-1 text-sm text-ink-3">{text}</p>}
    </section>
  );
}
