// Another name, or another e-mail.

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { type ApiProblem, toProblem } from '../../api/problem';
import { meQuery } from '../../api/queries';
import type { User } from '../../api/types';
import { Button } from '../../design/button';
import Dialog from '../../design/dialog';
import { Field, PasswordField } from '../../design/field';
import { toastDone } from '../../design/toast';
import { useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { useAccountText } from '../texts/account';

export default function EditProfile({ me, onClose }: { me: User; onClose: () => void }) {
  const t = useText();
  const a = useAccountText();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const [email, setEmail] = useState(me.email);
  const [wrong, setWrong] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const isOtherEmail = email.trim() !== me.email;
  const save = async (form: FormData) => {
    setBusy(true);
    setWrong(undefined);
    const name = String(form.get('name')).trim();
    const body: components['schemas']['UpdateProfileRequest'] = {
      ...(name !== me.name && { name }),
      ...(isOtherEmail && { email: email.trim(), current_password: String(form.get('password')) }),
    };
    try {
      if (Object.keys(body).length > 0) queries.setQueryData(meQuery.queryKey, await stepUp(() => ask(api.PATCH('/api/v1/users/me', { body }))));
      if (body.email) toastDone(a.emailSent);
      else if (body.name) toastDone(a.nameSaved);
      return onClose();
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error));
    }
    setBusy(false);
  };
  const ofPassword = wrong?.code === 'wrong_password' ? wrong.message : wrong?.fields.get('current_password');
  const ofName = wrong?.fields.get('name');
  return (
    <Dialog open onClose={onClose} title={a.profile}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void save(new FormData(event.currentTarget));
        }}
      >
        <Field label={a.name} name="name" defaultValue={me.name} required maxLength={100} autoComplete="name" hint={t.session.nameHint} error={ofName} dir="auto" />
        <Field label={a.email} type="email" value={email} onChange={(event) => setEmail(event.target.value)} required autoComplete="email" autoCapitalize="none" hint={isOtherEmail ? a.emailText : undefined} error={ofPassword || ofName ? undefined : wrong?.message} />
        {isOtherEmail && <PasswordField label={a.currentPassword} name="password" autoComplete="current-password" required error={ofPassword} />}
        <Button type="submit" className="w-full" busy={busy}>{t.act.save}</Button>
      </form>
    </Dialog>
  );
}
