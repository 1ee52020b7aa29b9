// Money in from a card, and out to a bank account, through the acquirer. Card numbers never come here: the acquirer's tokens do.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate } from '@tanstack/react-router';
import { CreditCard, Landmark } from 'lucide-react';
import { useRef, useState } from 'react';

import { api, ask } from '../../api/client';
import { ApiProblem, toProblem } from '../../api/problem';
import { transactionQuery, walletsQuery } from '../../api/queries';
import { useRequestKey } from '../../api/request-key';
import type { Transaction, Wallet } from '../../api/types';
import { Button, buttonClass } from '../../design/button';
import { PageTitle } from '../../design/card';
import { Message, View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { amountOf, compare, decimalsOf, subtract } from '../../money/decimal';
import { formatAmount } from '../../money/format';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { AmountField } from '../amount-field';
import { ChooseWallet, useChosenWallet } from '../choose-wallet';
import { Result } from '../result';
import { VerifyBanner } from '../verify-banner';
import { type MovingText, useMovingText } from '../texts/moving';

type Kind = 'deposit' | 'withdrawal';

interface Means {
  token: string;
  name: string;
  text: string;
}

/** What the simulated acquirer knows. */
function meansOf(kind: Kind, m: MovingText): Means[] {
  const means = (token: string, name: string, text: string) => ({ token, name, text });
  if (kind === 'deposit') {
    return [
      means('tok_ok', m.add.ok, m.add.okText),
      means('tok_late', m.add.late, m.add.lateText),
      means('tok_declined', m.add.declined, m.add.declinedText),
      means('tok_insufficient_funds', m.add.funds, m.add.fundsText),
      means('tok_timeout', m.add.timeout, m.add.timeoutText),
    ];
  }
  return [
    means('tok_ok', m.withdraw.bank, m.withdraw.bankText),
    means('tok_late', m.withdraw.late, m.withdraw.lateText),
    means('tok_declined', m.withdraw.refused, m.withdraw.refusedText),
  ];
}

export const AddMoney = () => <Funding kind="deposit" />;
export const Withdraw = () => <Funding kind="withdrawal" />;

function Funding({ kind }: { kind: Kind }) {
  const m = useMovingText();
  const wallets = useQuery(walletsQuery);
  const [made, setMade] = useState<Transaction>();
  return (
    <div className="mx-auto max-w-[520px]">
      {made ? (
        <Outcome kind={kind} id={made.id} onAgain={() => setMade(undefined)} />
      ) : (
        <>
          <PageTitle>{kind === 'deposit' ? m.add.title : m.withdraw.title}</PageTitle>
          <VerifyBanner />
          <View asked={wallets} skeleton={<div className="skeleton h-96 rounded-card" />}>
            {({ data }) => <Form kind={kind} wallets={data} onMade={setMade} />}
          </View>
        </>
      )}
    </div>
  );
}

interface FormProps {
  kind: Kind;
  wallets: Wallet[];
  onMade: (transaction: Transaction) => void;
}

function Form({ kind, wallets, onMade }: FormProps) {
  const t = useText();
  const m = useMovingText();
  const locale = useLocale();
  const wallet = useChosenWallet(wallets);
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const keyOf = useRequestKey();
  const [typed, setTyped] = useState('');
  const [token, setToken] = useState('tok_ok');
  const [asked, setAsked] = useState(false);
  const [wrong, setWrong] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const working = useRef(false);
  if (!wallet) return <Message title={m.send.needWallet} text={m.send.needWalletText} action={<Link to="/" className={buttonClass('secondary', 'small')}>{t.nav.home}</Link>} />;

  const { currency, balance } = wallet;
  const decimals = decimalsOf(balance.available);
  const amount = amountOf(typed, decimals);
  const shown = (value: string) => formatAmount(locale, value, currency);
  const isTooMuch = kind === 'withdrawal' && amount !== null && compare(amount, balance.available) > 0;
  const error = isTooMuch ? t.money.tooMuch(shown(balance.available)) : asked && amount === null ? t.money.enter : undefined;
  const submit = async () => {
    setAsked(true);
    if (amount === null || isTooMuch || working.current) return;
    working.current = true;
    setBusy(true);
    setWrong(undefined);
    const instrument = { kind: kind === 'deposit' ? 'card' : 'bank_account', token };
    const ends = kind === 'deposit' ? { to_wallet: wallet.id, source: instrument } : { from_wallet: wallet.id, destination: instrument };
    const body = { type: kind, amount, currency, ...ends };
    try {
      const made = await stepUp(() => ask(api.POST('/api/v1/transactions', { body: body as never, params: { header: keyOf(body) } })));
      queries.setQueryData(transactionQuery(made.id).queryKey, made);
      void queries.invalidateQueries({ predicate: (query) => query.queryKey[1] !== made.id });
      onMade(made);
    } catch (problem) {
      if (!isGivenUp(problem)) setWrong(toProblem(problem));
    }
    working.current = false;
    setBusy(false);
  };
  const title = kind === 'deposit' ? m.add : m.withdraw;
  const label = amount === null ? title.title : title.confirm(formatAmount(locale, amount, currency, { code: true }));
  const after = kind === 'withdrawal' && amount !== null && !isTooMuch ? t.money.after(shown(subtract(balance.available, amount))) : undefined;
  return (
    <form
      className="space-y-5"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <AmountField value={typed} onChange={setTyped} currency={currency} decimals={decimals} error={error} hint={after} />
      <ChooseWallet wallets={wallets} chosen={wallet} label={kind === 'deposit' ? t.money.to : t.money.from} />
      <ChooseMeans kind={kind} token={token} onToken={setToken} />
      {wrong && (
        <div role="alert" className="rounded-control bg-danger-tint px-4 py-3 text-sm text-danger">
          <p>{wrong.status === 0 ? m.send.uncertainText : wrong.message}</p>
          {wrong.requestId && <p className="mt-1 font-mono text-xs">{wrong.requestId}</p>}
        </div>
      )}
      <Button type="submit" size="large" className="w-full" busy={busy}>{label}</Button>
    </form>
  );
}

function ChooseMeans({ kind, token, onToken }: { kind: Kind; token: string; onToken: (token: string) => void }) {
  const m = useMovingText();
  const Icon = kind === 'deposit' ? CreditCard : Landmark;
  return (
    <fieldset>
      <legend className="mb-1.5 text-sm font-medium">{kind === 'deposit' ? m.add.method : m.withdraw.to}</legend>
      <div className="divide-y divide-line overflow-hidden rounded-control border border-control bg-surface">
        {meansOf(kind, m).map((means) => (
          <label key={means.token} className="flex cursor-pointer items-center gap-4 px-4 py-3 hover:bg-sunken has-checked:bg-brand-tint has-focus-visible:outline-2 has-focus-visible:-outline-offset-2 has-focus-visible:outline-focus">
            <Icon className="size-5 shrink-0 text-ink-3" aria-hidden="true" />
            <span className="min-w-0 flex-1 text-sm"><span className="block font-medium">{means.name}</span><span className="block text-ink-2">{means.text}</span></span>
            <input type="radio" name="means" value={means.token} checked={token === means.token} onChange={() => onToken(means.token)} className="size-[18px] accent-brand" />
          </label>
        ))}
      </div>
      <p className="mt-1.5 text-sm text-ink-3">{kind === 'deposit' ? m.add.hint : m.withdraw.hint}</p>
    </fieldset>
  );
}

function Outcome({ kind, id, onAgain }: { kind: Kind; id: string; onAgain: () => void }) {
  const t = useText();
  const m = useMovingText();
  const locale = useLocale();
  const { data: transaction } = useQuery(transactionQuery(id));
  if (!transaction) return null;
  const { status, amount, currency, failure } = transaction;
  if (['requires_verification', 'in_review'].includes(status) || failure?.code === 'risk_declined') return <Navigate to="/confirm/$id" params={{ id }} replace />;
  const shown = formatAmount(locale, amount, currency);
  const texts = kind === 'deposit' ? m.add : m.withdraw;
  const [look, title, text] =
    status === 'completed'
      ? (['done', texts.doneTitle(shown), texts.doneText] as const)
      : status === 'unresolved'
        ? (['unknown', m.add.unresolvedTitle, m.add.unresolvedText] as const)
        : status === 'processing'
          ? (['pending', m.add.pendingTitle, kind === 'deposit' ? m.add.pendingText : m.withdraw.pendingText] as const)
          : (['failed', texts.failedTitle, [failure?.detail, kind === 'withdrawal' && m.withdraw.failedText].filter(Boolean).join(' ')] as const);
  return (
    <Result kind={look} title={title} text={text}>
      {look === 'failed' && <Button onClick={onAgain}>{kind === 'deposit' ? m.add.again : t.act.retry}</Button>}
      <Link to="/" className={buttonClass(look === 'failed' ? 'secondary' : 'primary')}>{t.act.done}</Link>
      <Link to="/activity/$id" params={{ id }} className={buttonClass(look === 'failed' ? 'quiet' : 'secondary')}>{m.send.receipt}</Link>
    </Result>
  );
}
