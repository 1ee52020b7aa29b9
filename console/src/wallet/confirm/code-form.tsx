// The code of a waiting transaction: for what it is good, where it went, and the field for it. Which code is right, and how often it may
// be tried, only the server knows.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';

import { api, ask } from '../../api/client';
import { codeQuery } from '../../api/later-queries';
import { type ApiProblem, toProblem } from '../../api/problem';
import { healthQuery, transactionQuery } from '../../api/queries';
import { useRequestKey } from '../../api/request-key';
import type { Transaction, TransactionCode } from '../../api/types';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { Field } from '../../design/field';
import { View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { formatAmount } from '../../money/format';
import { timeOfDay } from '../../time/format';
import { useConfirmText } from '../texts/confirm';
import { Cancel } from './cancel';
import { clockText, digitsOf, secondsLeft, useNow } from './countdown';
import { usePayee } from './payee';
import { Resend } from './resend';
import { Terms } from './terms';

/** An answer, and when it came (milliseconds). */
export interface Known {
  code: TransactionCode;
  since: number;
}

export function CodeForm({ transaction }: { transaction: Transaction }) {
  const c = useConfirmText();
  const asked = useQuery(codeQuery(transaction.id));
  const payee = usePayee(transaction, asked.data?.payee);
  return (
    <>
      <h1 className="text-xl font-semibold">{c.title}</h1>
      <p className="mt-2 mb-5 text-sm text-ink-2">{c.checkText}</p>
      <Card className="px-5 pt-5 pb-2"><Terms transaction={transaction} payee={payee} /></Card>
      <div className="mt-5">
        <View asked={asked} skeleton={<div className="skeleton h-48 rounded-card" />}>
          {(code) => <Typed transaction={transaction} known={{ code, since: asked.dataUpdatedAt }} />}
        </View>
      </div>
      <Ends transaction={transaction} />
    </>
  );
}

/** What is said of a code that was not taken; nothing where what is wrong is told elsewhere. */
function useRefusal(): (problem: ApiProblem, left: number) => string | undefined {
  const c = useConfirmText();
  const locale = useLocale();
  return (problem, left) => {
    if (problem.code === 'code_wrong') return left > 0 ? c.wrong(left) : c.wrongLast;
    if (problem.code === 'code_expired') return c.expired;
    if (problem.code === 'too_many_tries') return c.tooMany(timeOfDay(locale, new Date(Date.now() + (problem.retryAfter ?? 0) * 1_000).toISOString()));
    if (['wrong_state', 'transaction_expired'].includes(problem.code)) return undefined;
    return problem.isUncertain ? c.uncertain : problem.message;
  };
}

function Typed({ transaction, known }: { transaction: Transaction; known: Known }) {
  const c = useConfirmText();
  const t = useText();
  const locale = useLocale();
  const queries = useQueryClient();
  const keyOf = useRequestKey();
  const refusal = useRefusal();
  const [typed, setTyped] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const working = useRef(false);
  const { code, since } = known;
  const { id, amount, currency } = transaction;
  const now = useNow(code.expires_in_s != null);
  const left = code.expires_in_s == null ? 0 : secondsLeft(code.expires_in_s, since, now);
  const isGood = left > 0 && code.tries_left > 0;
  const submit = async () => {
    if (working.current) return;
    if (typed.length !== 6) return setWrong(c.enter);
    working.current = true;
    setBusy(true);
    setWrong(undefined);
    const body = { code: typed };
    try {
      const done = await ask(api.POST('/api/v1/transactions/{id}/confirm', { params: { path: { id }, header: keyOf([id, body]) }, body }));
      queries.setQueryData<Transaction>(transactionQuery(id).queryKey, (before) => ({ ...before, ...done }));
      void queries.invalidateQueries();
      return;
    } catch (error) {
      const problem = toProblem(error);
      const fresh = await queries.fetchQuery({ ...codeQuery(id), staleTime: 0 }).catch(() => undefined);
      setWrong(refusal(problem, fresh?.tries_left ?? 0));
      if (!problem.isUncertain) setTyped('');
      void queries.invalidateQueries({ queryKey: transactionQuery(id).queryKey, exact: true });
    }
    working.current = false;
    setBusy(false);
  };
  const hint = isGood ? c.codeHint(code.tries_left, clockText(left)) : code.sent ? c.codeOver : undefined;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Went code={code} made={transaction.created_at} />
      <div className="mt-4">
        <Field
          label={c.code}
          value={typed}
          onChange={(event) => {
            setTyped(digitsOf(event.target.value));
            setWrong(undefined);
          }}
          inputMode="numeric"
          autoComplete="one-time-code"
          autoCapitalize="none"
          spellCheck={false}
          required
          autoFocus
          error={wrong}
          hint={hint}
          className="tabular text-center text-lg tracking-[0.4em]"
        />
        {/* The hint is hidden behind what is wrong: how long the code is still good is said in any case. */}
        {wrong && isGood && <p className="mt-1 text-sm text-ink-3">{hint}</p>}
      </div>
      <Button type="submit" size="large" className="mt-4 w-full" busy={busy} disabled={!isGood}>{c.confirm(formatAmount(locale, amount, currency, { code: true }))}</Button>
      <Resend id={id} known={known} onSent={() => { setTyped(''); setWrong(undefined); }} />
      <p className="sr-only" role="status">{busy ? t.state.loading : ''}</p>
    </form>
  );
}

/** So long the first code may be on its way without anything to be seen of it. */
const FIRST_MS = 10_000;

/** Where the code went. */
function Went({ code, made }: { code: TransactionCode; made: string }) {
  const c = useConfirmText();
  const isYoung = Math.abs(Date.now() - Date.parse(made)) < FIRST_MS;
  const { data: health } = useQuery({ ...healthQuery, refetchInterval: false });
  const sent = code.sent;
  return (
    <p className="text-sm text-ink-2 wrap-anywhere" role="status">
      {sent ? c.sentBy[sent.channel](sent.hint) : code.resend_in_s || isYoung ? c.sending : c.notSent}
      {sent?.channel === 'email' && health?.mail_folder && <span className="mt-1 block text-ink-3">{c.onDemo(health.mail_folder)}</span>}
    </p>
  );
}

/** What happens where no code is typed, and the way out. */
function Ends({ transaction }: { transaction: Transaction }) {
  const c = useConfirmText();
  const locale = useLocale();
  const until = transaction.verification?.expires_at ?? transaction.expires_at;
  return (
    <footer className="mt-8 space-y-4 border-t border-line pt-5 text-sm text-ink-2">
      {until && <p>{(transaction.from_wallet ? c.heldUntil : c.heldNothing)(timeOfDay(locale, until))}</p>}
      <p>{c.notYou} <a href="/wallet/account/security" className="font-medium text-brand underline-offset-4 hover:underline">{c.changePassword}</a></p>
      <Cancel id={transaction.id} />
    </footer>
  );
}
