// A new account.

import { Link, useSearch } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { Button } from '../../design/button';
import { Field, PasswordField } from '../../design/field';
import { Message } from '../../design/states';
import { useText } from '../../i18n/language';
import { useEnter } from '../../session/enter';
import { Heading } from '../heading';
import { Wrong } from '../wrong';
import { useSessionText } from '../texts/session';

/** Whoever signs up here is written to in the language of this page, and by the clock of this browser. What fails is set later. */
async function keepWays(): Promise<void> {
  const body = { locale: document.documentElement.lang, timezone: Intl.DateTimeFormat().resolvedOptions().timeZone };
  await ask(api.PATCH('/api/v1/users/me/preferences', { body })).catch(() => {});
}

export function SignUp() {
  const t = useText();
  const s = useSessionText();
  const enter = useEnter();
  const search = useSearch({ from: '/outside' });
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<ReturnType<typeof toProblem>>();
  const [mailed, setMailed] = useState<string>();

  const signUp = async (form: FormData) => {
    setBusy(true);
    setWrong(undefined);
    const [name, email, password] = ['name', 'email', 'password'].map((field) => String(form.get(field))) as [string, string, string];
    try {
      const answer = await ask(api.POST('/api/v1/auth/register', { body: { name, email, password, session: 'cookie' } }));
      // An installation may ask for the confirmation of the address first.
      if ('user' in answer) {
        void keepWays();
        await enter(answer.user);
      } else setMailed(email);
    } catch (error) {
      setWrong(toProblem(error));
      setBusy(false);
    }
  };

  if (mailed) return <Message isPage title={s.sentTitle} text={s.checkMail(mailed)} />;
  const field = (name: string) => wrong?.fields.get(name);
  const isOfAField = ['name', 'email', 'password'].some((name) => field(name));
  return (
    <>
      <Heading title={s.signUpTitle} />
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void signUp(new FormData(event.currentTarget));
        }}
      >
        <Field label={s.name} name="name" autoComplete="name" required maxLength={100} autoFocus hint={t.session.nameHint} error={field('name')} />
        <Field label={s.email} name="email" type="email" autoComplete="username" autoCapitalize="none" required error={field('email')} />
        <PasswordField label={t.session.password} name="password" autoComplete="new-password" required hint={t.session.passwordHint} error={field('password')} />
        <Wrong text={isOfAField ? undefined : wrong?.message} />
        <Button type="submit" size="large" className="w-full" busy={busy}>{s.signUp}</Button>
      </form>
      <p className="mt-8 text-center text-sm text-ink-2">
        {s.hasAccount} <Link to="/login" search={search} className="font-medium text-brand underline-offset-4 hover:underline">{s.logIn}</Link>
      </p>
    </>
  );
}
