// Asking for the link that resets a password. The page that the link leads to is the server's own.

import { Link } from '@tanstack/react-router';
import { MailCheck } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { Button, buttonClass } from '../../design/button';
import { Field } from '../../design/field';
import { Message } from '../../design/states';
import { useText } from '../../i18n/language';
import { Heading } from './log-in';

export function Forgot() {
  const t = useText();
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
  const back = <Link to="/login" className={buttonClass('secondary')}>{t.session.backToLogIn}</Link>;
  if (sent) return <Message isPage icon={<MailCheck aria-hidden="true" />} title={t.session.sentTitle} text={t.session.sentText(sent)} action={back} />;
  return (
    <>
      <Heading title={t.session.forgotTitle} text={t.session.forgotText} />
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void request(String(new FormData(event.currentTarget).get('email')));
        }}
      >
        <Field label={t.session.email} name="email" type="email" autoComplete="username" autoCapitalize="none" required autoFocus error={wrong} />
        <Button type="submit" size="large" className="w-full" busy={busy}>{t.session.sendLink}</Button>
        <div className="text-center">{back}</div>
      </form>
    </>
  );
}
