// Another password.

import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { type ApiProblem, toProblem } from '../../api/problem';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { PasswordField } from '../../design/field';
import { toastDone } from '../../design/toast';
import { useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { Setting } from './setting';
import { useAccountText } from '../texts/account';

const Dialog = lazy(() => chunk(() => import('../../design/dialog')));

export function Password() {
  const t = useText();
  const a = useAccountText();
  const [open, setOpen] = useState(false);
  return (
    <>
      <Setting title={a.password} text={a.passwordText} action={<Button kind="secondary" size="small" onClick={() => setOpen(true)}>{t.act.change}</Button>} />
      {open && (
        <Suspense>
          <Dialog open onClose={() => setOpen(false)} title={a.changePassword} text={a.passwordText}>
            <Change onDone={() => setOpen(false)} />
          </Dialog>
        </Suspense>
      )}
    </>
  );
}

function Change({ onDone }: { onDone: () => void }) {
  const t = useText();
  const a = useAccountText();
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
      toastDone(a.passwordChanged);
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
      <PasswordField label={a.currentPassword} name="current" autoComplete="current-password" required error={current} />
      <PasswordField label={a.newPassword} name="new" autoComplete="new-password" required hint={t.session.passwordHint} error={current ? undefined : wrong?.message} />
      <Button type="submit" className="w-full" busy={busy}>{a.changePassword}</Button>
    </form>
  );
}
