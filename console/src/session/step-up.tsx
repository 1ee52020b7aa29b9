// The fresh proof that dangerous acts ask for: the act is tried, and where the server wants a proof first it is asked for here and
// the act is tried again.

import { useQueryClient } from '@tanstack/react-query';
import { createContext, lazy, type ReactNode, Suspense, useCallback, useContext, useState } from 'react';

import type { components } from '../api/generated';
import { ApiProblem } from '../api/problem';
import { factorsQuery } from '../api/queries';
import { chunk } from '../chunk';

const Question = lazy(() => chunk(() => import('./step-up-question')));

type Run = <T>(act: () => Promise<T>) => Promise<T>;
const Context = createContext<Run>((act) => act());

/** Runs an act, with a proof where one is needed. Throws `Given up` as a problem where somebody closes the question. */
export const useStepUp = (): Run => useContext(Context);

/** Whether somebody closed the question: nothing to tell them of. */
export const isGivenUp = (error: unknown): boolean => error instanceof ApiProblem && error.code === 'given_up';

export interface Waiting {
  /** What they have set up. */
  factors: components['schemas']['SecondFactors'];
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
        const proved = await new Promise<boolean>((settle) => setWaiting({ factors, settle }));
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
