// Surfaces, and the heading of a page.

import type { ReactNode } from 'react';

/** `tour` is what the tour finds it by. */
export function Card({ children, className = '', tour }: { children: ReactNode; className?: string; tour?: string | undefined }) {
  return <section data-tour={tour} className={`rounded-card border border-line bg-surface ${className}`}>{children}</section>;
}

export function PageTitle({ children, action }: { children: ReactNode; action?: ReactNode }) {
  return (
    <div className="mb-6 flex min-h-11 flex-wrap items-center justify-between gap-x-4 gap-y-1">
      <h1 className="text-xl font-semibold">{children}</h1>
      {action}
    </div>
  );
}

/** A name and what it is, as rows of a list. */
export function Facts({ children }: { children: ReactNode }) {
  return <dl className="divide-y divide-line">{children}</dl>;
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-6 py-3">
      <dt className="shrink-0 text-sm text-ink-2">{name}</dt>
      <dd className="ml-auto min-w-0 max-w-full text-right text-sm font-medium break-words">{children}</dd>
    </div>
  );
}
