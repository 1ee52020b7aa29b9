// Logging in: e-mail and password, then the second factor where there is one; a passkey or a provider in their place.

import { useQuery } from '@tanstack/react-query';
import { Link, useSearch } from '@tanstack/react-router';
import { KeyRound } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { toProblem } from '../../api/problem';
import { providersQuery } from '../../api/queries';
import { Button, buttonClass } from '../../design/button';
import { Field, PasswordField } from '../../design/field';
import { useText } from '../../i18n/language';
import { useEnter } from '../../session/enter';
import { hasPasskeys, isNotUsed, logInWithPasskey, presentPasskey } from '../../session/passkey';
import { Heading } from '../heading';
import { Wrong } from '../wrong';
import { useSessionText } from '../texts/session';

/** A sign-in that waits for the second factor: by which of these, where that is known. */
interface Pending {
  token: string;
  methods?: readonly string[];
}

export function LogIn() {
  const returned = new URLSearchParams(location.hash.slice(1));
  const token = returned.get('mfa_token');
  const [pending, setPending] = useState<Pending | null>(token ? { token } : null);
  return pending ? <SecondStep {...pending} onAnother={() => setPending(null)} /> : <FirstStep onPending={setPending} />;
}

function FirstStep({ onPending }: { onPending: (pending: Pending) => void }) {
  const t = useText();
  const s = useSessionText();
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
      setWrong(isNotUsed(error) ? t.session.passkeyFailed : toProblem(error).message);
    }
    setBusy(undefined);
  };
  const logIn = async (form: FormData) => {
    const [email, password] = [String(form.get('email')), String(form.get('password'))];
    const answer = await ask(api.POST('/api/v1/auth/login', { body: { email, password, session: 'cookie' } }));
    if ('mfa_token' in answer) return onPending({ token: answer.mfa_token, methods: answer.methods });
    await enter(answer.user);
  };

  return (
    <>
      <Heading title={s.logInTitle} />
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          void attempt('password', () => logIn(form));
        }}
      >
        <Field label={s.email} name="email" type="email" autoComplete="username webauthn" autoCapitalize="none" required autoFocus />
        <div>
          <PasswordField label={t.session.password} name="password" autoComplete="current-password" required />
          <Link to="/forgot" className="mt-2 inline-block py-1 text-sm font-medium text-brand underline-offset-4 hover:underline">{s.forgot}</Link>
        </div>
        <Wrong text={wrong} />
        <Button type="submit" size="large" className="w-full" busy={busy === 'password'}>{s.logIn}</Button>
      </form>
      {(hasPasskeys() || !!providers?.data.length) && (
        <>
          <div className="my-6 flex items-center gap-3 text-xs text-ink-3"><hr className="flex-1 border-line" />{t.session.or}<hr className="flex-1 border-line" /></div>
          <div className="space-y-3">
            {hasPasskeys() && (
              <Button kind="secondary" className="w-full" busy={busy === 'passkey'} onClick={() => void attempt('passkey', async () => enter((await logInWithPasskey()).user))}>
                <KeyRound className="size-4" aria-hidden="true" />{s.passkey}
              </Button>
            )}
            {providers?.data.map((provider) => (
              <a key={provider.name} href={`/api/v1/auth/oauth/${provider.name}?session=cookie&return_to=/wallet`} className={buttonClass('secondary', 'normal', 'w-full')}>
                {s.with(provider.label)}
              </a>
            ))}
          </div>
        </>
      )}
      <p className="mt-8 text-center text-sm text-ink-2">
        {s.noAccount} <Link to="/sign-up" search={search} className="font-medium text-brand underline-offset-4 hover:underline">{s.signUp}</Link>
      </p>
    </>
  );
}

function SecondStep({ token, methods, onAnother }: Pending & { onAnother: () => void }) {
  const t = useText();
  const s = useSessionText();
  const enter = useEnter();
  const [busy, setBusy] = useState<'code' | 'passkey'>();
  const [wrong, setWrong] = useState<string>();
  const hasPasskey = hasPasskeys() && (methods?.includes('passkey') ?? true);
  const verify = async (way: 'code' | 'passkey', factor: () => Promise<Omit<components['schemas']['CompleteSignInRequest'], 'mfa_token'>>) => {
    setBusy(way);
    setWrong(undefined);
    try {
      const { user } = await ask(api.POST('/api/v1/auth/mfa', { body: { mfa_token: token, ...(await factor()) } }));
      return await enter(user);
    } catch (error) {
      if (toProblem(error).code === 'invalid_mfa_token') onAnother();
      setWrong(isNotUsed(error) ? t.session.passkeyFailed : toProblem(error).message);
    }
    setBusy(undefined);
  };
  const hasApp = methods?.includes('totp') ?? true;
  return (
    <>
      <Heading title={s.codeTitle} text={hasApp ? s.codeText : s.recoveryText} />
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          const code = String(new FormData(event.currentTarget).get('code')).trim();
          void verify('code', () => Promise.resolve({ code }));
        }}
      >
        {hasPasskey && (
          <Button kind={hasApp ? 'secondary' : 'primary'} className="w-full" busy={busy === 'passkey'} onClick={() => void verify('passkey', async () => ({ passkey: await presentPasskey() }))}>
            <KeyRound className="size-4" aria-hidden="true" />{t.session.usePasskey}
          </Button>
        )}
        <Field label={t.session.code} name="code" autoComplete="one-time-code" autoCapitalize="none" spellCheck={false} required autoFocus={!hasPasskey || hasApp} error={wrong} className="tabular" />
        <Button type="submit" size="large" kind={hasApp ? 'primary' : 'secondary'} className="w-full" busy={busy === 'code'}>{s.verify}</Button>
        <Button kind="quiet" className="w-full" onClick={onAnother}>{s.otherAccount}</Button>
      </form>
    </>
  );
}
