// A state in a word, an icon and a tint.

import type { ComponentType, ReactNode } from 'react';

export type Tone = 'success' | 'warning' | 'danger' | 'info' | 'review' | 'quiet';

const TINTS: Record<Tone, string> = {
  success: 'bg-success-tint text-success',
  warning: 'bg-warning-tint text-warning',
  danger: 'bg-danger-tint text-danger',
  info: 'bg-info-tint text-info',
  review: 'bg-review-tint text-review',
  quiet: 'bg-sunken text-ink-2',
};

export function Tag({ tone = 'quiet', icon: Icon, children }: { tone?: Tone; icon?: ComponentType<{ className?: string }>; children: ReactNode }) {
  return (
    <span className={`inline-flex h-6 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap ${TINTS[tone]}`}>
      {Icon && <Icon className="size-3.5" aria-hidden="true" />}
      {children}
    </span>
  );
}
