// Another password.

import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { type ApiProblem, toProblem } from '../../api/problem';
import { Button } from '../../design/button';
import { PasswordField } from '../../design/field';
import { toastDone } from '../../design/toast';
import { useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { Setting } from './setting';

const Dialog = lazy(() => import('../../design/dialog'));

export function Password() {
  const t = useText();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Setting title={t.me.password} text={t.me.passwordText} action={<Button kind="secondary" size="small" onClick={() => setOpen(true)}>{t.act.change}</Button>} />
      {open && (
        <Suspense>
          <Dialog open onClose={() => setOpen(false)} title={t.me.changePassword} text={t.me.passwordText}>
            <Change onDone={() => setOpen(false)} />
          </Dialog>
        </Suspense>
      )}
    </>
  );
}

function Change({ onDone }: { onDone: () => void }) {
  const t = useText();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const [wrong, setWrong] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const change = async (form: FormData) => {
    setBusy(true);
    const body = { current_password: String(form.get('current')), new_password: String(form.get('new')) };
    try {
      await stepUp(() => ask(api.POST('/api/v1/auth/change-password', { body })));
      void queries.invalidateQueries({ queryKey: ['sessions'] });
      toastDone(t.me.passwordChanged);
      return onDone();
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error));
    }
    setBusy(false);
  };
  const current = wrong?.fields.get('current_password') ?? (wrong?.code === 'wrong_password' ? wrong.message : undefined);
  return (
    <form
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        void change(new FormData(event.currentTarget));
      }}
    >
      <PasswordField label={t.me.currentPassword} name="current" autoComplete="current-password" required error={current} />
      <PasswordField label={t.me.newPassword} name="new" autoComplete="new-password" required hint={t.session.passwordHint} error={current ? undefined : wrong?.message} />
      <Button type="submit" className="w-full" busy={busy}>{t.me.changePassword}</Button>
    </form>
  );
}
