// The question for a fresh proof of who one is.

import { KeyRound } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../api/client';
import type { components } from '../api/generated';
import { toProblem } from '../api/problem';
import { Button } from '../design/button';
import Dialog from '../design/dialog';
import { Field, PasswordField } from '../design/field';
import { useText } from '../i18n/language';
import { isNotUsed, presentPasskey } from './passkey';
import type { Waiting } from './step-up';

export default function Question({ ways, settle }: Waiting) {
  const t = useText();
  const [value, setValue] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const prove = async (proof: () => Promise<components['schemas']['StepUpRequest']>) => {
    setBusy(true);
    setError(undefined);
    try {
      await ask(api.POST('/api/v1/auth/step-up', { body: await proof() }));
      settle(true);
    } catch (problem) {
      setError(isNotUsed(problem) ? t.session.passkeyFailed : toProblem(problem).message);
      setBusy(false);
    }
  };
  const byPasskey = () => prove(async () => ({ passkey: await presentPasskey() }));
  const text = ways.password ? t.stepUp.password : ways.code ? t.stepUp.code : t.stepUp.passkey;
  return (
    <Dialog open onClose={() => settle(false)} title={t.stepUp.title} text={text}>
      {ways.passkey && (
        <Button kind={ways.code ? 'secondary' : 'primary'} className="w-full" busy={busy} onClick={() => void byPasskey()}>
          <KeyRound className="size-4" aria-hidden="true" />{t.stepUp.usePasskey}
        </Button>
      )}
      {ways.passkey && ways.code && <div className="my-5 flex items-center gap-3 text-xs text-ink-3"><hr className="flex-1 border-line" />{t.session.or}<hr className="flex-1 border-line" /></div>}
      {ways.passkey && !ways.code && error && <p role="alert" className="mt-3 text-sm text-danger">{error}</p>}
      {(ways.code || ways.password) && (
        <form
          className="space-y-5"
          onSubmit={(event) => {
            event.preventDefault();
            void prove(() => Promise.resolve(ways.password ? { password: value } : { code: value.trim() }));
          }}
        >
          {ways.password ? (
            <PasswordField label={t.session.password} autoComplete="current-password" value={value} onChange={(event) => setValue(event.target.value)} error={error} autoFocus />
          ) : (
            <Field label={t.session.code} autoComplete="one-time-code" value={value} onChange={(event) => setValue(event.target.value)} error={error} autoFocus />
          )}
          <Button type="submit" className="w-full" busy={busy} disabled={!value}>{t.stepUp.confirm}</Button>
        </form>
      )}
    </Dialog>
  );
}
