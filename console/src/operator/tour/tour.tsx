// The tour: a panel beside the page that it is about. It takes no keys but those pressed in it, keeps no focus, and says each step.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ArrowRight, Check, CircleAlert, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';

import { type ApiProblem, toProblem } from '../../api/problem';
import type { User } from '../../api/types';
import { Button, buttonClass, Spinner } from '../../design/button';
import { toastDone } from '../../design/toast';
import { useLocale } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { useTourText } from '../text/tour';
import { demoQuery } from './customer';
import { useMark } from './mark';
import { changeProgress, closeTour, currentProgress, isAskedFor, type Progress } from './progress';
import { type Step, stepsFor } from './steps';

export default function Tour({ me, progress }: { me: User; progress: Progress }) {
  const { data: isDemo, isError } = useQuery(demoQuery);
  if (isDemo === undefined && !isError) return null;
  const steps = stepsFor(me.role, isDemo ?? false);
  const at = Math.max(steps.findIndex((step) => step.id === progress.at), 0);
  return <Panel me={me} steps={steps} at={at} progress={progress} />;
}

function Panel({ me, steps, at, progress }: { me: User; steps: readonly Step[]; at: number; progress: Progress }) {
  const text = useTourText();
  const step = steps[at]!;
  const words = text.steps[step.id];
  const found = progress.found[step.id];
  const isLast = at === steps.length - 1;
  const navigate = useNavigate();
  const main = useRef<HTMLButtonElement>(null);
  const { run, isBusy, problem, calls } = useRun(me, step);
  const { path, search } = step.to(progress);
  const place = `${path} ${JSON.stringify(search ?? {})}`;
  useEffect(() => {
    void navigate({ to: path as '/', search: (search ?? {}) as never });
    // Where it leads is a text: its parts are new objects each time.
  }, [place]);
  useMark(step.at, step.id);
  useFocus(main, step.id);
  const go = (to: number) => {
    const next = steps[to];
    if (next) changeProgress({ at: next.id });
  };
  const leave = () => closeTour();
  const forward = () => {
    if (!isLast) return go(at + 1);
    closeTour(true);
    toastDone(text.ended);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const act = { ArrowRight: () => !isLast && go(at + 1), ArrowLeft: () => go(at - 1), Escape: leave }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return (
    <section
      aria-label={text.name}
      data-tour-panel
      onKeyDown={onKey}
      className="enter fixed inset-x-3 bottom-3 z-30 flex max-h-[60dvh] flex-col overflow-hidden rounded-card border border-line bg-raised shadow-overlay sm:right-5 sm:bottom-5 sm:left-auto sm:w-[380px] print:hidden"
    >
      <div className="flex items-center gap-3 pt-3 pr-2 pl-5">
        <p className="tabular flex-1 text-xs font-medium text-ink-2">{text.step(at + 1, steps.length)}</p>
        <button type="button" onClick={leave} aria-label={text.pause} title={text.pause} className="grid size-8 place-items-center rounded-full text-ink-2 hover:bg-sunken"><X className="size-4" aria-hidden="true" /></button>
      </div>
      <div className="mx-5 mt-1 h-1 overflow-hidden rounded-full bg-line" aria-hidden="true"><div className="h-full bg-brand" style={{ width: `${((at + 1) / steps.length) * 100}%` }} /></div>
      <div className="min-h-0 flex-1 overflow-y-auto px-5 pt-4 pb-1 text-sm">
        <h2 className="text-base font-semibold">{words.title}</h2>
        <p className="mt-1 text-ink-2">{words.text}</p>
        {calls.length > 0 && <ul aria-label={text.calls} className="mt-3 space-y-1">{calls.map((call) => <li key={call} className="font-mono text-xs break-all text-ink-3">{call}</li>)}</ul>}
        {found && !isBusy && <p className="mt-3 flex gap-2.5 rounded-control bg-success-tint px-3 py-2.5 text-success"><Check className="mt-0.5 size-4 shrink-0" aria-hidden="true" /><span className="min-w-0 wrap-anywhere">{found}</span></p>}
        {problem && <Wrong problem={problem} />}
      </div>
      <div className="flex items-center gap-2 px-5 pt-3 pb-4">
        <Button kind="quiet" size="small" className="-ml-3" disabled={at === 0} onClick={() => go(at - 1)}>{text.back}</Button>
        <span className="flex-1" />
        {!found && !isLast && <Button kind="quiet" size="small" onClick={() => go(at + 1)}>{text.skip}</Button>}
        {/* Not switched off while it works: it would lose the focus. */}
        <button ref={main} type="button" aria-disabled={isBusy} onClick={() => (isBusy ? undefined : found ? forward() : void run())} className={buttonClass('primary', 'small', 'min-w-24')}>
          {isBusy && <Spinner />}
          {found && !isBusy ? (isLast ? text.finish : <>{text.next}<ArrowRight className="size-4" aria-hidden="true" /></>) : problem ? text.retry : words.act}
        </button>
      </div>
      <p className="sr-only">{text.keys}</p>
      <Spoken>{isBusy ? text.working : problem ? problem.message : found ? `${text.done}. ${found}` : `${text.step(at + 1, steps.length)}: ${words.title}. ${words.text}`}</Spoken>
    </section>
  );
}

function Wrong({ problem }: { problem: ApiProblem }) {
  const text = useTourText();
  return (
    <div className="mt-3 flex gap-2.5 rounded-control bg-danger-tint px-3 py-2.5 text-danger">
      <CircleAlert className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <div className="min-w-0 wrap-anywhere">
        <p>{problem.message}</p>
        {problem.requestId && <p className="mt-0.5 text-xs">{text.request} <code className="font-mono">{problem.requestId}</code></p>}
      </div>
    </div>
  );
}

/** Says a text to screen readers. It is put in once the region is there: what a region begins with is not said. */
function Spoken({ children }: { children: string }) {
  const [said, setSaid] = useState('');
  useEffect(() => setSaid(children), [children]);
  return <p role="status" aria-live="polite" className="sr-only">{said}</p>;
}

/** Does a step, and keeps what it has found. */
function useRun(me: User, step: Step) {
  const text = useTourText();
  const locale = useLocale();
  const queries = useQueryClient();
  const proved = useStepUp();
  const [doing, setDoing] = useState<{ id: string; isBusy: boolean; problem?: ApiProblem; calls: string[] }>();
  const mine = doing?.id === step.id ? doing : undefined;
  const run = async () => {
    const calls: string[] = [];
    const says = (call: string) => {
      calls.push(call);
      setDoing({ id: step.id, isBusy: true, calls: [...calls] });
    };
    setDoing({ id: step.id, isBusy: true, calls: [] });
    try {
      const found = await step.run({ me, text, locale, queries, proved, says });
      changeProgress({ found: { ...currentProgress()?.found, [step.id]: found } });
      setDoing({ id: step.id, isBusy: false, calls });
      void queries.invalidateQueries({ predicate: ({ queryKey }) => !queryKey.includes('still') && queryKey[0] !== 'is-demo' });
    } catch (error) {
      setDoing({ id: step.id, isBusy: false, calls, ...(!isGivenUp(error) && { problem: toProblem(error) }) });
    }
  };
  return { run, isBusy: mine?.isBusy ?? false, problem: mine?.problem, calls: mine?.calls ?? [] };
}

/** Each step is begun on its button; what had the focus before the tour has it afterwards. */
function useFocus(button: { current: HTMLButtonElement | null }, step: string): void {
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      const back = before instanceof HTMLElement && before.isConnected && before !== document.body ? before : document.querySelector<HTMLElement>('#content');
      back?.focus({ preventScroll: true });
    };
  }, []);
  const shown = useRef('');
  useEffect(() => {
    // After a reload the page keeps its focus.
    if (shown.current !== '' || isAskedFor()) button.current?.focus({ preventScroll: true });
    shown.current = step;
  }, [step]);
}
