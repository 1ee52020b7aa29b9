// Doing something that matters: what it does is said first, then it is done once, with a proof of who one is where the server asks
// for one.

import { useQueryClient, type QueryKey } from '@tanstack/react-query';
import { lazy, type ReactNode, Suspense, useState } from 'react';

import { toProblem } from '../../api/problem';
import { useRequestKey } from '../../api/request-key';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { toastDone } from '../../design/toast';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { useCommon } from '../text/common';

const Dialog = lazy(() => chunk(() => import('../../design/dialog')));

interface Props {
  title: string;
  /** The sentences that say what happens. */
  effects: readonly ReactNode[];
  confirm: string;
  kind?: 'primary' | 'danger';
  /** What is said once it is done; nothing where the answer is shown. */
  done?: string;
  /** Does it; the key is the same for the same body. Nothing is closed where it gives false. */
  run: (form: FormData, keyOf: ReturnType<typeof useRequestKey>) => Promise<unknown>;
  /** What has changed then. */
  stale?: readonly QueryKey[];
  onClose: () => void;
  disabled?: boolean;
  children?: ReactNode;
}

export function ActDialog({ title, effects, confirm, kind = 'primary', done, run, stale = [], onClose, disabled = false, children }: Props) {
  const text = useCommon();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const keyOf = useRequestKey();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (form: FormData) => {
    setBusy(true);
    setWrong(undefined);
    try {
      const result = await stepUp(() => run(form, keyOf));
      await Promise.all(stale.map((queryKey) => queries.invalidateQueries({ queryKey: [...queryKey] })));
      if (done) toastDone(done);
      if (result !== false) return onClose();
    } catch (error) {
      const problem = toProblem(error);
      if (!isGivenUp(error)) setWrong([...new Set([problem.message, ...problem.fields.values()])].join(' '));
    }
    setBusy(false);
  };
  return (
    <Suspense>
      <Dialog open onClose={onClose} title={title}>
        <form
          className="space-y-4"
          onSubmit={(event) => {
            event.preventDefault();
            void submit(new FormData(event.currentTarget));
          }}
        >
          {effects.length > 0 && (
            <ul className="-mt-2 space-y-1.5 text-sm text-ink-2" aria-label={text.consequences}>
              {effects.map((effect, at) => (
                <li key={at} className="flex gap-2.5"><span className="mt-2 size-1.5 shrink-0 rounded-full bg-control" aria-hidden="true" /><span className="min-w-0">{effect}</span></li>
              ))}
            </ul>
          )}
          {children}
          {wrong && <p role="alert" className="rounded-control bg-danger-tint px-3.5 py-2.5 text-sm break-words text-danger">{wrong}</p>}
          <div className="flex gap-3 pt-1">
            <Button kind="secondary" className="flex-1" onClick={onClose}>{text.cancel}</Button>
            <Button type="submit" kind={kind} className="flex-1" busy={busy} disabled={disabled}>{confirm}</Button>
          </div>
        </form>
      </Dialog>
    </Suspense>
  );
}
