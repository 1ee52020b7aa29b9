// The fresh proof that dangerous acts ask for: the act is tried, and where the server wants a proof first it is asked for here and
// the act is tried again.

import { useQueryClient } from '@tanstack/react-query';
import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useState } from 'react';

import { api, ask } from '../api/client';
import { ApiProblem, toProblem } from '../api/problem';
import { factorsQuery } from '../api/queries';
import { Button } from '../design/button';
import { Field, PasswordField } from '../design/field';
import { useText } from '../i18n/language';

const Dialog = lazy(() => import('../design/dialog'));

type Run = <T>(act: () => Promise<T>) => Promise<T>;
const Context = createContext<Run>((act) => act());

/** Runs an act, with a proof where one is needed. Throws `Given up` as a problem where somebody closes the question. */
export const useStepUp = (): Run => useContext(Context);

/** Whether somebody closed the question: nothing to tell them of. */
export const isGivenUp = (error: unknown): boolean => error instanceof ApiProblem && error.code === 'given_up';

interface Waiting {
  byPassword: boolean;
  settle: (proved: boolean) => void;
}

export function StepUpProvider({ children }: { children: ReactNode }) {
  const queries = useQueryClient();
  const [waiting, setWaiting] = useState<Waiting | null>(null);
  const run = useCallback<Run>(
    async (act) => {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof ApiProblem) || error.code !== 'step_up_required') throw error;
        const factors = await queries.fetchQuery(factorsQuery);
        const proved = await new Promise<boolean>((settle) => setWaiting({ byPassword: !factors.totp, settle }));
        setWaiting(null);
        if (!proved) throw new ApiProblem({ status: 0, code: 'given_up', detail: '' });
        return act();
      }
    },
    [queries],
  );
  return (
    <Context value={run}>
      {children}
      {waiting && (
        <Suspense>
          <Question {...waiting} />
        </Suspense>
      )}
    </Context>
  );
}

function Question({ byPassword, settle }: Waiting) {
  const t = useText();
  const [value, setValue] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async () => {
    setBusy(true);
    try {
      await ask(api.POST('/api/v1/auth/step-up', { body: byPassword ? { password: value } : { code: value } }));
      settle(true);
    } catch (problem) {
      setError(toProblem(problem).message);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={() => settle(false)} title={t.stepUp.title} text={byPassword ? t.stepUp.password : t.stepUp.code}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        {byPassword ? (
          <PasswordField label={t.session.password} autoComplete="current-password" value={value} onChange={(event) => setValue(event.target.value)} error={error} autoFocus />
        ) : (
          <Field label={t.session.code} autoComplete="one-time-code" value={value} onChange={(event) => setValue(event.target.value)} error={error} autoFocus />
        )}
        <Button type="submit" className="w-full" busy={busy} disabled={!value}>{t.stepUp.confirm}</Button>
      </form>
    </Dialog>
  );
}
