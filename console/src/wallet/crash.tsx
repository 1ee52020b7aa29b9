// What is shown where a page breaks, or is not there.

import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';

import { ApiProblem } from '../api/problem';
import { isThere, reloadIfUpgraded } from '../chunk';
import { Button, buttonClass } from '../design/button';
import { Logo } from '../design/logo';
import { Failed, Message } from '../design/states';
import { toastText } from '../design/toast';
import { useText } from '../i18n/language';

export function Crashed({ error }: { error: unknown }) {
  const t = useText();
  useEffect(() => void reloadIfUpgraded(error), [error]);
  // A page that is asked for anew while nobody answers would be the browser's own.
  const again = async () => ((await isThere()) ? location.reload() : toastText(t.state.unreachable));
  if (error instanceof ApiProblem) return <Failed problem={error} onRetry={() => void again()} />;
  return <Message isPage title={t.crash.title} text={t.crash.text} action={<Button onClick={() => void again()}>{t.crash.reload}</Button>} />;
}

export function NotFound() {
  const t = useText();
  return (
    <main className="mx-auto max-w-[1200px] p-4 lg:p-8">
      <Link to="/" aria-label={t.brand} className="inline-block"><Logo /></Link>
      <Message isPage title={t.crash.notFound} text={t.crash.notFoundText} action={<Link to="/" className={buttonClass('secondary', 'small')}>{t.crash.home}</Link>} />
    </main>
  );
}
