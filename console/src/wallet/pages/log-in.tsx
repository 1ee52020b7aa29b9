// Logging in: e-mail and password, then the second factor where there is one; a passkey or a provider in their place.

import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { type ReactNode, useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { providersQuery } from '../../api/queries';
import { Button, buttonClass } from '../../design/button';
import { Field, PasswordField } from '../../design/field';
import { useText } from '../../i18n/language';
import { useEnter } from '../../session/enter';
import { hasPasskeys, logInWithPasskey } from '../../session/passkey';

export function LogIn() {
  const returned = new URLSearchParams(location.hash.slice(1));
  const [mfaToken, setMfaToken] = useState(returned.get('mfa_token'));
  return mfaToken ? <SecondStep token={mfaToken} onAnother={() => setMfaToken(null)} /> : <FirstStep onPending={setMfaToken} />;
}

export function Heading({ title, text }: { title: string; text?: ReactNode }) {
  return (
    <header className="mb-8">
      <h1 className="text-xl font-semibold">{title}</h1>
      {text && <p className="mt-2 text-base text-ink-2">{text}</p>}
    </header>
  );
}

export function Wrong({ text }: { text: string | undefined }) {
  if (!text) return null;
  return <p role="alert" className="rounded-control bg-danger-tint px-3.5 py-2.5 text-sm text-danger">{text}</p>;
}

function FirstStep({ onPending }: { onPending: (token: string) => void }) {
  const t = useText();
  const enter = useEnter();
  const search = useSearch({ from: '/outside' });
  const [busy, setBusy] = useState<'password' | 'passkey'>();
  const [wrong, setWrong] = useState<string>();
  const { data: providers } = useQuery(providersQuery);

  const attempt = async (way: 'password' | 'passkey', act: () => Promise<void>) => {
    setBusy(way);
    setWrong(undefined);
    try {
      await act();
    } catch (error) {
      const cancelled = way === 'passkey' && error instanceof DOMException;
      setWrong(cancelled ? t.session.passkeyFailed : toProblem(error).message);
    }
    setBusy(undefined);
  };
  const logIn = async (form: FormData) => {
    const [email, password] = [String(form.get('email')), String(form.get('password'))];
    const answer = await ask(api.POST('/api/v1/auth/login', { body: { email, password, session: 'cookie' } }));
    if ('mfa_token' in answer) return onPending(answer.mfa_token);
    await enter(answer.user);
  };

  return (
    <>
      <Heading title={t.session.logInTitle} />
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          void attempt('password', () => logIn(form));
        }}
      >
        <Field label={t.session.email} name="email" type="email" autoComplete="username webauthn" autoCapitalize="none" required autoFocus />
        <div>
          <PasswordField label={t.session.password} name="password" autoComplete="current-password" required />
          <Link to="/forgot" className="mt-2 inline-block py-1 text-sm font-medium text-brand underline-offset-4 hover:underline">{t.session.forgot}</Link>
        </div>
        <Wrong text={wrong} />
        <Button type="submit" size="large" className="w-full" busy={busy === 'password'}>{t.session.logIn}</Button>
      </form>
      {(hasPasskeys() || !!providers?.data.length) && (
        <>
          <div className="my-6 flex items-center gap-3 text-xs text-ink-3"><hr className="flex-1 border-line" />{t.session.or}<hr className="flex-1 border-line" /></div>
          <div className="space-y-3">
            {hasPasskeys() && (
              <Button kind="secondary" className="w-full" busy={busy === 'passkey'} onClick={() => void attempt('passkey', async () => enter((await logInWithPasskey()).user))}>
                <KeyRound className="size-4" aria-hidden="true" />{t.session.passkey}
              </Button>
            )}
            {providers?.data.map((provider) => (
              <a key={provider.name} href={`/api/v1/auth/oauth/${provider.name}?session=cookie&return_to=/wallet`} className={buttonClass('secondary', 'normal', 'w-full')}>
                {t.session.with(provider.label)}
              </a>
            ))}
          </div>
        </>
      )}
      <p className="mt-8 text-center text-sm text-ink-2">
        {t.session.noAccount} <Link to="/sign-up" search={search} className="font-medium text-brand underline-offset-4 hover:underline">{t.session.signUp}</Link>
      </p>
    </>
  );
}

function SecondStep({ token, onAnother }: { token: string; onAnother: () => void }) {
  const t = useText();
  const enter = useEnter();
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const verify = async (code: string) => {
    setBusy(true);
    try {
      const { user } = await ask(api.POST('/api/v1/auth/mfa', { body: { mfa_token: token, code } }));
      await enter(user);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.code === 'invalid_mfa_token') onAnother();
      setWrong(problem.message);
      setBusy(false);
    }
  };
  return (
    <>
      <Heading title={t.session.codeTitle} text={t.session.codeText} />
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void verify(String(new FormData(event.currentTarget).get('code')).trim());
        }}
      >
        <Field label={t.session.code} name="code" autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} required autoFocus error={wrong} className="tabular" />
        <Button type="submit" size="large" className="w-full" busy={busy}>{t.session.verify}</Button>
        <Button kind="quiet" className="w-full" onClick={onAnother}>{t.session.otherAccount}</Button>
      </form>
    </>
  );
}
