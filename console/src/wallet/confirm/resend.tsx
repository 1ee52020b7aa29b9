// Another code: when there may be one, and what stands against it.

import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { codeQuery } from '../../api/later-queries';
import { type ApiProblem, toProblem } from '../../api/problem';
import { transactionQuery } from '../../api/queries';
import { Button } from '../../design/button';
import { useLocale } from '../../i18n/language';
import { timeOfDay } from '../../time/format';
import { useConfirmText } from '../texts/confirm';
import type { Known } from './code-form';
import { clockText, secondsLeft, useNow } from './countdown';

export function Resend({ id, known: { code, since }, onSent }: { id: string; known: Known; onSent: () => void }) {
  const c = useConfirmText();
  const queries = useQueryClient();
  const [problem, setProblem] = useState<ApiProblem>();
  const [isSent, setSent] = useState(false);
  const [busy, setBusy] = useState(false);
  const now = useNow(!!code.resend_in_s);
  const wait = code.resend_in_s == null ? null : secondsLeft(code.resend_in_s, since, now);
  const send = async () => {
    setBusy(true);
    setProblem(undefined);
    setSent(false);
    try {
      await ask(api.POST('/api/v1/transactions/{id}/resend-code', { params: { path: { id } }, body: {} }));
      setSent(true);
      onSent();
    } catch (error) {
      setProblem(toProblem(error));
      void queries.invalidateQueries({ queryKey: transactionQuery(id).queryKey, exact: true });
    }
    await queries.invalidateQueries({ queryKey: codeQuery(id).queryKey });
    setBusy(false);
  };
  if (wait === null) return <p className="mt-3 text-center text-sm text-ink-3">{c.noMore}</p>;
  return (
    <div className="mt-3 text-center text-sm">
      <Button kind="quiet" busy={busy} disabled={wait > 0} onClick={() => void send()}><span className="tabular">{wait > 0 ? c.resendIn(clockText(wait)) : c.resend}</span></Button>
      <p role="status" className="text-success">{isSent ? c.resent : ''}</p>
      {problem && <Refused problem={problem} />}
    </div>
  );
}

function Refused({ problem }: { problem: ApiProblem }) {
  const c = useConfirmText();
  const locale = useLocale();
  if (problem.code === 'no_channel') return <p role="alert" className="text-danger">{c.noChannel} <Link to="/account/security" className="font-medium underline underline-offset-4">{c.toSecurity}</Link></p>;
  const later = () => timeOfDay(locale, new Date(Date.now() + (problem.retryAfter ?? 0) * 1_000).toISOString());
  const text = problem.code === 'code_not_sent' || problem.status === 0 ? c.notNow : problem.code === 'too_many_codes' ? c.tooManySent(later()) : problem.message;
  return <p role="alert" className="text-danger">{text}</p>;
}
