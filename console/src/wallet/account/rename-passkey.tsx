// Another name for a passkey.

import { useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import type { Passkey } from '../../api/types';
import { Button } from '../../design/button';
import Dialog from '../../design/dialog';
import { Field } from '../../design/field';
import { toastDone } from '../../design/toast';
import { useText } from '../../i18n/language';
import { useAccountText } from '../texts/account';

export default function RenamePasskey({ passkey, onClose }: { passkey: Passkey; onClose: () => void }) {
  const t = useText();
  const a = useAccountText();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const rename = async (name: string) => {
    setBusy(true);
    setWrong(undefined);
    try {
      await ask(api.PATCH('/api/v1/auth/passkeys/{id}', { params: { path: { id: passkey.id } }, body: { name } }));
      toastDone(t.act.saved);
      return onClose();
    } catch (error) {
      setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  return (
    <Dialog open onClose={onClose} title={a.renamePasskey}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void rename(String(new FormData(event.currentTarget).get('name')).trim());
        }}
      >
        <Field label={a.passkeyName} name="name" defaultValue={passkey.name} required maxLength={100} autoComplete="off" autoFocus error={wrong} dir="auto" />
        <Button type="submit" className="w-full" busy={busy}>{t.act.save}</Button>
      </form>
    </Dialog>
  );
}
