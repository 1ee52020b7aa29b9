// What is pressed.

import type { ButtonHTMLAttributes, ReactNode } from 'react';

type Kind = 'primary' | 'secondary' | 'quiet' | 'danger';
type Size = 'small' | 'normal' | 'large';

const KINDS: Record<Kind, string> = {
  primary: 'bg-brand text-on-brand hover:bg-brand-hover',
  secondary: 'border border-line bg-surface text-ink hover:border-control',
  quiet: 'text-ink-2 hover:bg-sunken hover:text-ink',
  danger: 'bg-danger-tint text-danger hover:brightness-95',
};
const SIZES: Record<Size, string> = { small: 'h-9 px-3 text-sm whitespace-nowrap', normal: 'h-11 px-4 text-sm whitespace-nowrap', large: 'min-h-13 px-5 py-2 text-base wrap-anywhere' };

/** The classes of a button, for links that look like one. */
export function buttonClass(kind: Kind = 'primary', size: Size = 'normal', more = ''): string {
  return `inline-flex items-center justify-center gap-2 rounded-control font-medium transition-colors duration-100 disabled:opacity-55 ${KINDS[kind]} ${SIZES[size]} ${more}`;
}

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: Kind;
  size?: Size;
  /** At work: it stays where it is and takes no second press. */
  busy?: boolean;
  children: ReactNode;
}

export function Button({ kind, size, busy = false, className, disabled, children, ...rest }: Props) {
  return (
    <button type="button" {...rest} disabled={disabled || busy} aria-busy={busy} className={buttonClass(kind, size, className)}>
      {busy && <Spinner />}
      {children}
    </button>
  );
}

export function Spinner() {
  return (
    <svg viewBox="0 0 16 16" className="size-4 animate-spin" aria-hidden="true">
      <circle cx="8" cy="8" r="6.5" fill="none" stroke="currentColor" strokeOpacity="0.25" strokeWidth="2" />
      <path d="M14.5 8A6.5 6.5 0 0 0 8 1.5" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
