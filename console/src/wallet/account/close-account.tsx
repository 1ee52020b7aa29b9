// The end of an account.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { walletsQuery } from '../../api/queries';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { PasswordField } from '../../design/field';
import { toastDone } from '../../design/toast';
import { useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { inOrder } from '../wallets';
import { useAccountText } from '../texts/account';
import { Setting } from './setting';

const Dialog = lazy(() => chunk(() => import('../../design/dialog')));

export function CloseAccount() {
  const a = useAccountText();
  const { data: wallets } = useQuery(walletsQuery);
  const [open, setOpen] = useState(false);
  const isPossible = wallets !== undefined && inOrder(wallets.data).length === 0;
  return (
    <>
      <Setting title={a.close} text={a.closeText} action={<Button kind="danger" size="small" disabled={!isPossible} onClick={() => setOpen(true)}>{a.close}</Button>} />
      {open && (
        <Suspense>
          <Dialog open onClose={() => setOpen(false)} title={a.closeTitle} text={a.closeWarning}>
            <ul className="mb-5 list-disc space-y-1.5 pl-5 text-sm text-ink-2">{a.closeConsequences.map((one) => <li key={one}>{one}</li>)}</ul>
            <Form onCancel={() => setOpen(false)} />
          </Dialog>
        </Suspense>
      )}
    </>
  );
}

function Form({ onCancel }: { onCancel: () => void }) {
  const t = useText();
  const a = useAccountText();
  const router = useRouter();
  const queries = useQueryClient();
  const stepUp = useStepUp();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const close = async (password: string) => {
    setBusy(true);
    try {
      await stepUp(() => ask(api.DELETE('/api/v1/users/me', { body: { password } })));
      queries.clear();
      toastDone(a.closed);
      return await router.navigate({ to: '/login' });
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  return (
    <form
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        void close(String(new FormData(event.currentTarget).get('password')));
      }}
    >
      <PasswordField label={t.session.password} name="password" autoComplete="current-password" required error={wrong} />
      <div className="grid grid-cols-2 gap-3">
        <Button kind="secondary" onClick={onCancel}>{t.act.cancel}</Button>
        <Button kind="danger" type="submit" busy={busy}>{a.closeConfirm}</Button>
      </div>
    </form>
  );
}
