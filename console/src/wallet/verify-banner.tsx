// Says that the e-mail is not confirmed yet, and sends the link again.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { MailWarning } from 'lucide-react';

import { api, ask } from '../api/client';
import { healthQuery, meQuery } from '../api/queries';
import { toastDone, toastProblem } from '../design/toast';
import { useText } from '../i18n/language';

export function VerifyBanner() {
  const t = useText();
  const queries = useQueryClient();
  const { data: me } = useQuery({ ...meQuery, refetchInterval: (query) => (query.state.data?.email_verified ? false : 5_000) });
  const { data: health } = useQuery({ ...healthQuery, enabled: me?.email_verified === false, refetchInterval: false });
  if (!me || me.email_verified) return null;
  const again = async () => {
    try {
      await ask(api.POST('/api/v1/auth/resend-verification', { body: { email: me.email } }));
      toastDone(t.verify.sent);
    } catch (error) {
      toastProblem(error);
    }
    await queries.invalidateQueries({ queryKey: meQuery.queryKey });
  };
  return (
    <div className="mb-5 flex flex-col gap-3 rounded-card bg-warning-tint px-5 py-4 text-sm sm:flex-row sm:items-center">
      <MailWarning className="hidden size-5 shrink-0 text-warning sm:block" aria-hidden="true" />
      <p className="min-w-0 flex-1 wrap-anywhere">
        <span className="block font-semibold text-warning">{t.verify.title}</span>
        <span className="text-ink-2">{t.verify.text(me.email)}</span>
        {health?.mail_folder && <span className="block text-ink-2">{t.verify.onDemo(health.mail_folder)}</span>}
      </p>
      <button type="button" onClick={() => void again()} className="self-start rounded-md py-1 font-medium text-warning underline underline-offset-4 sm:self-center">{t.verify.again}</button>
    </div>
  );
}
