// Trying something of the account: with a proof where one is asked for, and a word of what went wrong.

import { toastProblem } from '../../design/toast';
import { isGivenUp, useStepUp } from '../../session/step-up';

/** Runs an act; whether it was done. */
export function useAttempt(): (act: () => Promise<unknown>) => Promise<boolean> {
  const stepUp = useStepUp();
  return async (act) => {
    try {
      await stepUp(act);
      return true;
    } catch (error) {
      if (!isGivenUp(error)) toastProblem(error);
      return false;
    }
  };
}
