// The question for a fresh proof of who one is.

import { KeyRound } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../api/client';
import type { components } from '../api/generated';
import { toProblem } from '../api/problem';
import { Button } from '../design/button';
import Dialog from '../design/dialog';
import { Field, PasswordField } from '../design/field';
import { part, useText } from '../i18n/language';
import { hasPasskeys, isNotUsed, presentPasskey } from './passkey';
import type { Waiting } from './step-up';

const useQuestionText = part(
  { passkey: 'Show your passkey to go on.', title: 'Confirm that it is you', password: 'Enter your password to go on.', code: 'Enter a code of your authenticator app to go on.', confirm: 'Confirm' },
  { passkey: 'Bestätigen Sie mit Ihrem Passkey.', title: 'Bestätigen Sie, dass Sie es sind', password: 'Geben Sie Ihr Passwort ein.', code: 'Geben Sie einen Code Ihrer Authenticator-App ein.', confirm: 'Bestätigen' },
);

/** By what it can be shown: a code of the app, or of those for recovery; a passkey; without any second factor the password. */
function waysOf({ totp, passkeys, recovery_codes_left: left }: Waiting['factors']) {
  const password = !totp && passkeys === 0;
  return { password, passkey: passkeys > 0 && hasPasskeys(), code: !password && (totp || left > 0) };
}

export default function Question({ factors, settle }: Waiting) {
  const t = useText();
  const texts = useQuestionText();
  const ways = waysOf(factors);
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
  const text = ways.password ? texts.password : ways.code ? texts.code : texts.passkey;
  return (
    <Dialog open onClose={() => settle(false)} title={texts.title} text={text}>
      {ways.passkey && (
        <Button kind={ways.code ? 'secondary' : 'primary'} className="w-full" busy={busy} onClick={() => void byPasskey()}>
          <KeyRound className="size-4" aria-hidden="true" />{t.session.usePasskey}
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
          <Button type="submit" className="w-full" busy={busy} disabled={!value}>{texts.confirm}</Button>
        </form>
      )}
    </Dialog>
  );
}
