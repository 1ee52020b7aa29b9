// Asking for the link that resets a password. The page that the link leads to is the server's own.

import { Link } from '@tanstack/react-router';
import { MailCheck } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { Button, buttonClass } from '../../design/button';
import { Field } from '../../design/field';
import { Message } from '../../design/states';
import { useSessionText } from '../texts/session';
import { Heading } from '../heading';

export function Forgot() {
  const s = useSessionText();
  const [sent, setSent] = useState<string>();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const request = async (email: string) => {
    setBusy(true);
    try {
      await ask(api.POST('/api/v1/auth/forgot-password', { body: { email } }));
      setSent(email);
    } catch (error) {
      setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  const back = <Link to="/login" className={buttonClass('secondary')}>{s.backToLogIn}</Link>;
  if (sent) return <Message isPage icon={<MailCheck aria-hidden="true" />} title={s.sentTitle} text={s.sentText(sent)} action={back} />;
  return (
    <>
      <Heading title={s.forgotTitle} text={s.forgotText} />
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void request(String(new FormData(event.currentTarget).get('email')));
        }}
      >
        <Field label={s.email} name="email" type="email" autoComplete="username" autoCapitalize="none" required autoFocus error={wrong} />
        <Button type="submit" size="large" className="w-full" busy={busy}>{s.sendLink}</Button>
        <div className="text-center">{back}</div>
      </form>
    </>
  );
}
