// A new passkey: what its owner calls it, then the browser's own question.

import { useState } from 'react';

import { toProblem } from '../../api/problem';
import { Button } from '../../design/button';
import Dialog from '../../design/dialog';
import { Field } from '../../design/field';
import { toastDone } from '../../design/toast';
import { isNotUsed, makePasskey } from '../../session/passkey';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { useAccountText } from '../texts/account';

export default function NewPasskey({ onClose, onMade }: { onClose: () => void; onMade: (codes: string[] | undefined) => void }) {
  const a = useAccountText();
  const stepUp = useStepUp();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const make = async (name: string) => {
    setBusy(true);
    setWrong(undefined);
    try {
      const made = await makePasskey(name, stepUp);
      toastDone(a.passkeyMade);
      return onMade('recovery_codes' in made ? made.recovery_codes : undefined);
    } catch (error) {
      if (isNotUsed(error)) setWrong(a.passkeyNot);
      else if (!isGivenUp(error)) setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  return (
    <Dialog open onClose={onClose} title={a.addPasskey} text={a.passkeysText}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void make(String(new FormData(event.currentTarget).get('name')).trim());
        }}
      >
        <Field label={a.passkeyName} name="name" required maxLength={100} autoComplete="off" autoFocus hint={a.passkeyNameHint} error={wrong} dir="auto" />
        <Button type="submit" className="w-full" busy={busy}>{a.addPasskey}</Button>
      </form>
    </Dialog>
  );
}
