// The frame of the account pages, and a part of one.

import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';

import { buttonClass } from '../../design/button';
import { Card } from '../../design/card';
import { useAccountText } from '../texts/account';

export function AccountPage({ page, children }: { page: 'notifications' | 'security' | 'limits' | 'keys' | 'data'; children: ReactNode }) {
  const a = useAccountText();
  return (
    <div className="mx-auto max-w-[640px]">
      <Link to="/account" className={buttonClass('quiet', 'small', '-ml-3')}><ArrowLeft className="size-4" aria-hidden="true" />{a.title}</Link>
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
