// The heading of a page before somebody is logged in.

import type { ReactNode } from 'react';

export function Heading({ title, text }: { title: string; text?: ReactNode }) {
  return (
    <header className="mb-8">
      <h1 className="text-xl font-semibold">{title}</h1>
      {text && <p className="mt-2 text-base text-ink-2">{text}</p>}
    </header>
  );
}
