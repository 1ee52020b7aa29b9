// What is shown where a page breaks, or is not there.

import { Link, useRouter } from '@tanstack/react-router';

import { ApiProblem } from '../api/problem';
import { Button, buttonClass } from '../design/button';
import { Failed, Message } from '../design/states';
import { useText } from '../i18n/language';

export function Crashed({ error }: { error: unknown }) {
  const t = useText();
  const router = useRouter();
  if (error instanceof ApiProblem) return <Failed problem={error} onRetry={() => void router.invalidate()} />;
  return <Message isPage title={t.crash.title} text={t.crash.text} action={<Button onClick={() => location.reload()}>{t.crash.reload}</Button>} />;
}

export function NotFound() {
  const t = useText();
  return (
    <main>
      <Message isPage title={t.crash.notFound} text={t.crash.notFoundText} action={<Link to="/" className={buttonClass('secondary', 'small')}>{t.crash.home}</Link>} />
    </main>
  );
}
