// The end of a flow: what happened, and what comes next.

import { Check, Clock, HelpCircle, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';

import { Card } from '../design/card';

const LOOKS = {
  done: [Check, 'bg-success-tint text-success'],
  pending: [Clock, 'bg-info-tint text-info'],
  unknown: [HelpCircle, 'bg-warning-tint text-warning'],
  failed: [X, 'bg-danger-tint text-danger'],
} as const;

interface Props {
  kind: keyof typeof LOOKS;
  title: string;
  amount?: ReactNode;
  text: ReactNode;
  children: ReactNode;
}

export function Result({ kind, title, amount, text, children }: Props) {
  const [Icon, tint] = LOOKS[kind];
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), [kind]);
  return (
    <Card className="enter flex flex-col items-center px-6 py-10 text-center sm:py-12">
      <span className={`grid size-16 place-items-center rounded-full ${tint}`}><Icon className="size-8" aria-hidden="true" /></span>
      <h1 ref={heading} tabIndex={-1} className="mt-5 max-w-full text-lg font-semibold wrap-anywhere outline-none">{title}</h1>
      {amount && <p className="mt-3">{amount}</p>}
      <p className="mt-2 max-w-sm text-base text-ink-2" role="status">{text}</p>
      <div className="mt-8 flex w-full flex-col gap-3 sm:max-w-xs">{children}</div>
    </Card>
  );
}
