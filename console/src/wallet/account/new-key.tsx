// A new API key, and the one time that it is shown.

import { useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { useRequestKey } from '../../api/request-key';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import Dialog from '../../design/dialog';
import { Field, Select } from '../../design/field';
import { useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { useAccountText } from '../texts/account';
import { Wrong } from '../wrong';

const DAYS = [30, 90, 365];
const DAY_MS = 86_400_000;

export default function NewKey({ onClose }: { onClose: () => void }) {
  const t = useText();
  const a = useAccountText();
  const stepUp = useStepUp();
  const keyOf = useRequestKey();
  // The same form is the same key, however often it is sent: its end is counted from now.
  const [opened] = useState(Date.now);
  const [made, setMade] = useState<string>();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const make = async (form: FormData) => {
    const scopes = form.getAll('scope').map(String);
    if (scopes.length === 0) return setWrong(a.scopeMissing);
    setBusy(true);
    setWrong(undefined);
    const days = Number(form.get('days'));
    const body = { name: String(form.get('name')).trim(), scopes: scopes as never, ...(days > 0 && { expires_at: new Date(opened + days * DAY_MS).toISOString() }) };
    try {
      const { key } = await stepUp(() => ask(api.POST('/api/v1/api-keys', { body, params: { header: keyOf(body) } })));
      setMade(key);
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  if (made) {
    return (
      <Dialog open onClose={onClose} title={a.keyMade} text={a.keyMadeText}>
        <div className="rounded-control bg-sunken p-4 break-all"><CopyId id={made} className="text-left" /></div>
        <Button className="mt-5 w-full" onClick={onClose}>{t.act.done}</Button>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title={a.newKey} text={a.keysText}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void make(new FormData(event.currentTarget));
        }}
      >
        <Field label={a.keyName} name="name" maxLength={100} required autoComplete="off" />
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{a.scopes}</legend>
          {Object.entries(a.scope).map(([scope, text]) => (
            <label key={scope} className="flex min-h-11 cursor-pointer items-center gap-3 text-sm"><input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'wallets:own'} className="size-[18px] accent-brand" />{text}</label>
          ))}
        </fieldset>
        <Select label={a.keyEnds} name="days" defaultValue="90">
          {DAYS.map((days) => <option key={days} value={days}>{a.keyEndsIn(days)}</option>)}
          <option value="0">{a.keyEndsNever}</option>
        </Select>
        <Wrong text={wrong} />
        <Button type="submit" className="w-full" busy={busy}>{a.makeKey}</Button>
      </form>
    </Dialog>
  );
}
