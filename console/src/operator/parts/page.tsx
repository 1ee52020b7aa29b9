// The frame of a page: its heading, its sections, the way back.

import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';

import { buttonClass } from '../../design/button';
import { Card } from '../../design/card';

/** The class of a link in running text. */
export const LINK = 'text-brand underline-offset-4 hover:underline';

interface PageHeadProps {
  title: ReactNode;
  /** What the tab of the browser says, where the title is more than text. */
  name?: string;
  text?: ReactNode;
  actions?: ReactNode;
}

export function PageHead({ title, name, text, actions }: PageHeadProps) {
  const shown = name ?? (typeof title === 'string' ? title : '');
  useEffect(() => {
    if (shown) document.title = `${shown} · PayFlow`;
  }, [shown]);
  return (
    <header className="mb-5 flex flex-wrap items-start gap-x-6 gap-y-3">
      <div className="min-w-0 flex-1 basis-64">
        <h1 className="text-lg font-semibold wrap-anywhere">{title}</h1>
        {text && <div className="mt-1 max-w-prose text-sm text-ink-2">{text}</div>}
      </div>
      {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
    </header>
  );
}

/** The way back to the list that a page came out of. */
export function Back({ to, children }: { to: string; children: ReactNode }) {
  return (
    <Link to={to as '/'} className={buttonClass('quiet', 'small', '-ml-3 mb-2')}>
      <ArrowLeft className="size-4" aria-hidden="true" />
      {children}
    </Link>
  );
}

interface SectionProps {
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  /** What it holds reaches its edges: tables and lists. */
  flush?: boolean;
  /** By what the tour finds it. */
  tour?: string | undefined;
  children: ReactNode;
}

export function Section({ title, text, action, flush = false, tour, children }: SectionProps) {
  return (
    <Card className="relative overflow-hidden" tour={tour}>
      <div className={`flex items-start justify-between gap-4 px-5 pt-4 ${flush ? 'border-b border-line pb-3' : 'pb-1'}`}>
        <div className="min-w-0">
          <h2 className="text-sm font-semibold">{title}</h2>
          {text && <p className="mt-0.5 text-sm text-ink-2">{text}</p>}
        </div>
        {action}
      </div>
      <div className={flush ? '' : 'px-5 pt-2 pb-4'}>{children}</div>
    </Card>
  );
}

/** Two columns: what is read, and what is looked up beside it. Tables with many columns, which are wide, need a larger window for it. */
export function Columns({ children, aside, isWide = false }: { children: ReactNode; aside: ReactNode; isWide?: boolean }) {
  return (
    <div className={`grid gap-5 ${isWide ? 'min-[1400px]:grid-cols-[minmax(0,1fr)_360px]' : 'xl:grid-cols-[minmax(0,1fr)_360px]'}`}>
      <div className="min-w-0 space-y-5">{children}</div>
      <div className="min-w-0 space-y-5">{aside}</div>
    </div>
  );
}

/** Names and values in a column that is narrow: the name above what it is where they do not fit beside each other. */
export function Pairs({ children }: { children: ReactNode }) {
  return <dl className="divide-y divide-line">{children}</dl>;
}

export function Pair({ name, children }: { name: ReactNode; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 py-2.5 text-sm">
      <dt className="text-ink-2">{name}</dt>
      <dd className="min-w-0 text-right break-words">{children}</dd>
    </div>
  );
}

/** Text of a program, never read as HTML. */
export function Raw({ label, children }: { label: string; children: unknown }) {
  const shown = typeof children === 'string' ? children : JSON.stringify(children, null, 2);
  return (
    <pre tabIndex={0} aria-label={label} className="max-h-96 overflow-auto rounded-control bg-sunken p-3 font-mono text-xs leading-5 whitespace-pre-wrap break-words">
      {shown}
    </pre>
  );
}

/** A strip above what it is about. */
export function Notice({ tone = 'info', children, action }: { tone?: 'info' | 'warning' | 'danger' | 'success'; children: ReactNode; action?: ReactNode }) {
  const tints = { info: 'bg-info-tint text-info', warning: 'bg-warning-tint text-warning', danger: 'bg-danger-tint text-danger', success: 'bg-success-tint text-success' };
  return (
    <div className={`mb-4 flex flex-wrap items-center justify-between gap-3 rounded-control px-4 py-2.5 text-sm ${tints[tone]}`}>
      <div className="min-w-0 break-words">{children}</div>
      {action}
    </div>
  );
}
