// The end of an account.

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { Button } from '../../design/button';
import { PasswordField } from '../../design/field';
import { toastDone } from '../../design/toast';
import { useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { Setting } from './setting';

const Dialog = lazy(() => import('../../design/dialog'));

export function CloseAccount() {
  const t = useText();
  const router = useRouter();
  const queries = useQueryClient();
  const stepUp = useStepUp();
  const [open, setOpen] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const close = async (password: string) => {
    setBusy(true);
    try {
      await stepUp(() => ask(api.DELETE('/api/v1/users/me', { body: { password } })));
      queries.clear();
      toastDone(t.me.closed);
      return await router.navigate({ to: '/login' });
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  return (
    <>
      <Setting title={t.me.closeConfirm} text={t.me.closeText} action={<Button kind="danger" size="small" onClick={() => setOpen(true)}>{t.act.close}</Button>} />
      {open && (
        <Suspense>
          <Dialog open onClose={() => setOpen(false)} title={t.me.closeTitle} text={t.me.closeWarning}>
            <form
              className="space-y-5"
              onSubmit={(event) => {
                event.preventDefault();
                void close(String(new FormData(event.currentTarget).get('password')));
              }}
            >
              <PasswordField label={t.session.password} name="password" autoComplete="current-password" required error={wrong} />
              <div className="grid grid-cols-2 gap-3">
                <Button kind="secondary" onClick={() => setOpen(false)}>{t.act.cancel}</Button>
                <Button kind="danger" type="submit" busy={busy}>{t.me.closeConfirm}</Button>
              </div>
            </form>
          </Dialog>
        </Suspense>
      )}
    </>
  );
}
