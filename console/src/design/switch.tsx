// On or off, at once.

import type { InputHTMLAttributes } from 'react';

export function Switch({ className = '', ...input }: Omit<InputHTMLAttributes<HTMLInputElement>, 'type' | 'role'>) {
  return (
    <input
      {...input}
      type="checkbox"
      role="switch"
      className={`relative h-6 w-11 shrink-0 cursor-pointer appearance-none rounded-full bg-control transition-colors before:absolute before:top-0.5 before:left-0.5 before:size-5 before:rounded-full before:bg-surface before:transition-transform checked:bg-brand checked:before:translate-x-5 disabled:cursor-default disabled:opacity-55 ${className}`}
    />
  );
}
