// A row of the account page: what it is, how it stands, and what can be done.

import type { ReactNode } from 'react';

export function Setting({ title, text, action, children }: { title: ReactNode; text: ReactNode; action?: ReactNode; children?: ReactNode }) {
  return (
    <div className="p-5">
      <div className="flex items-center justify-between gap-4">
        <div className="min-w-0 text-sm"><p className="font-medium">{title}</p><p className="text-ink-2">{text}</p></div>
        {action && <div className="shrink-0">{action}</div>}
      </div>
      {children}
    </div>
  );
}
