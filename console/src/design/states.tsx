// The states of whatever is loaded: not there yet, nothing there, nothing found, failed, forbidden.

import { Inbox, Lock, SearchX, ShieldCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

import { type ApiProblem, toProblem } from '../api/problem';
import { useLocale, useText } from '../i18n/language';
import { timeOfDay } from '../time/format';
import { Button, buttonClass } from './button';
import { CopyId } from './copy';

interface MessageProps {
  icon?: ReactNode;
  title: string;
  text?: ReactNode;
  action?: ReactNode;
  /** The whole page is this message: its title is the page's heading. */
  isPage?: boolean;
}

/** A quiet message in the place of what is not there. */
export function Message({ icon, title, text, action, isPage = false }: MessageProps) {
  const Title = isPage ? 'h1' : 'p';
  return (
    <div className="flex flex-col items-center px-6 py-14 text-center">
      <div className="mb-4 grid size-12 place-items-center rounded-full bg-sunken text-ink-3 [&>svg]:size-5">{icon ?? <Inbox aria-hidden="true" />}</div>
      <Title className="font-semibold">{title}</Title>
      {text && <div className="mt-1 max-w-sm text-sm text-ink-2">{text}</div>}
      {action && <div className="mt-5">{action}</div>}
    </div>
  );
}

/** Nothing matches what was asked for. */
export function NothingFound({ title, text, onClear }: { title: string; text: string; onClear: () => void }) {
  const t = useText();
  return <Message icon={<SearchX aria-hidden="true" />} title={title} text={text} action={<Button kind="secondary" size="small" onClick={onClear}>{t.act.clear}</Button>} />;
}

/** Nothing is shown to this role without a second factor: the way to set one up, and back to this page. */
export function SecondFactorNeeded({ isPage = false }: { isPage?: boolean }) {
  const t = useText();
  const search = new URLSearchParams({ needed: 'yes', back: location.pathname + location.search });
  const setUp = <a href={`/wallet/account/security?${search.toString()}`} className={buttonClass('primary', 'small')}>{t.state.setUp}</a>;
  return <Message isPage={isPage} icon={<ShieldCheck aria-hidden="true" />} title={t.state.secondFactor} text={t.state.secondFactorText} action={setUp} />;
}

/** It failed: why, under which request, and again. */
export function Failed({ problem, onRetry, role }: { problem: ApiProblem; onRetry: () => void; role?: string | undefined }) {
  const t = useText();
  if (problem.code === 'second_factor_required') return <SecondFactorNeeded />;
  if (problem.status === 403) return <Message icon={<Lock aria-hidden="true" />} title={t.state.forbidden} text={role && problem.code === 'forbidden' ? t.state.forbiddenBy(role) : problem.message} />;
  return (
    <div role="alert">
      <Message
        icon={<TriangleAlert aria-hidden="true" />}
        title={t.state.failed}
        text={
          <>
            <p>{problem.status === 0 ? t.state.unreachable : problem.message}</p>
            {problem.requestId && (
              <p className="mt-2">
                {t.state.request} <CopyId id={problem.requestId} />
              </p>
            )}
          </>
        }
        action={<Button kind="secondary" size="small" onClick={onRetry}>{t.act.retry}</Button>}
      />
    </div>
  );
}

/** What a question has come to; a part of TanStack's result. */
export interface Asked<T> {
  data: T | undefined;
  error: Error | null;
  isPending: boolean;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

interface ViewProps<T> {
  asked: Asked<T>;
  /** The same geometry as what comes. */
  skeleton: ReactNode;
  role?: string | undefined;
  children: (data: T) => ReactNode;
}

/** Shows what there is; what is out of date stays, and says so. */
export function View<T>({ asked, skeleton, role, children }: ViewProps<T>) {
  const t = useText();
  const locale = useLocale();
  if (asked.data === undefined) {
    if (asked.error) return <Failed problem={toProblem(asked.error)} onRetry={() => void asked.refetch()} role={role} />;
    return (
      <div aria-busy="true">
        <span className="sr-only" role="status">{t.state.loading}</span>
        {skeleton}
      </div>
    );
  }
  return (
    <>
      {asked.error && (
        <div className="mb-3 flex items-center justify-between gap-3 rounded-control bg-warning-tint px-3.5 py-2 text-sm text-warning" role="status">
          {t.state.stale(timeOfDay(locale, new Date(asked.dataUpdatedAt).toISOString()))}
          <button type="button" className="font-medium underline" onClick={() => void asked.refetch()}>{t.act.retry}</button>
        </div>
      )}
      {children(asked.data)}
    </>
  );
}

/** Rows that are not there yet. */
export function RowsSkeleton({ rows = 5 }: { rows?: number }) {
  return (
    <div className="divide-y divide-line">
      {Array.from({ length: rows }, (_, at) => (
        <div key={at} className="flex h-[72px] items-center gap-4 px-4 sm:px-5">
          <div className="skeleton size-10 rounded-full" />
          <div className="flex-1 space-y-2">
            <div className="skeleton h-3.5 w-2/5" />
            <div className="skeleton h-3 w-1/4" />
          </div>
          <div className="skeleton h-3.5 w-20" />
        </div>
      ))}
    </div>
  );
}
