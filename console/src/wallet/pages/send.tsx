// Sending money: to whom, how much, a look at every digit, and what became of it. The idempotency key is made with the review, so
// that pressing twice, or again after no answer came, sends once.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, Navigate, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useRef, useState } from 'react';

import { api, ask, newKey } from '../../api/client';
import { ApiProblem, toProblem } from '../../api/problem';
import { meQuery, transactionQuery, walletsQuery } from '../../api/queries';
import type { Transaction, Wallet } from '../../api/types';
import { Amount, BigAmount } from '../../design/amount';
import { Button, buttonClass } from '../../design/button';
import { Card, Fact, Facts } from '../../design/card';
import { Field } from '../../design/field';
import { Message, View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { amountOf, compare, decimalsOf, subtract } from '../../money/decimal';
import { formatAmount } from '../../money/format';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { AmountField } from '../amount-field';
import { Avatar } from '../avatar';
import { ChooseWallet, useChosenWallet } from '../choose-wallet';
import { people, type Person, rememberPerson } from '../people';
import { Result } from '../result';
import { useFreezeText } from '../texts/freeze';
import { useMovingText } from '../texts/moving';

/** Somebody by their e-mail; or, where money goes back to where it came from, by their wallet. */
type Recipient = Person | { name: string; email?: undefined; wallet: string };

interface Draft {
  person: Recipient;
  amount: string;
  note: string;
  key: string;
}

export function Send() {
  const t = useText();
  const m = useMovingText();
  const wallets = useQuery(walletsQuery);
  return (
    <div className="mx-auto max-w-[520px]">
      <View asked={wallets} skeleton={<div className="skeleton h-80 rounded-card" />}>
        {({ data }) => (data.length > 0 ? <Flow wallets={data} /> : <Message isPage title={m.send.needWallet} text={m.send.needWalletText} action={<Link to="/" className={buttonClass('secondary', 'small')}>{t.nav.home}</Link>} />)}
      </View>
    </div>
  );
}

function Flow({ wallets }: { wallets: Wallet[] }) {
  const wallet = useChosenWallet(wallets);
  const { amount, back } = useSearch({ from: '/inside/send' });
  const [chosen, setPerson] = useState<Recipient | 'another'>();
  const giver = useGiver(back);
  const [draft, setDraft] = useState<Draft>();
  const [typed, setTyped] = useState({ amount: amount ?? '', note: '' });
  const [sent, setSent] = useState<Transaction>();
  const [uncertain, setUncertain] = useState<Draft>();
  const restart = () => {
    setPerson('another');
    setDraft(undefined);
    setSent(undefined);
    setTyped({ amount: '', note: '' });
  };
  if (!wallet) return <Frozen />;
  // What waits, or was declined, has a page of its own, which stays where it is left and found again.
  if (sent && sent.status !== 'completed') return <Navigate to="/confirm/$id" params={{ id: sent.id }} replace />;
  if (sent && draft) return <Sent transaction={sent} person={draft.person} onAnother={restart} />;
  if (draft) return <Review wallet={wallet} draft={draft} uncertain={uncertain === draft} onUncertain={() => setUncertain(draft)} onBack={() => setDraft(undefined)} onSent={setSent} />;
  if (giver === 'asked') return <div className="skeleton h-80 rounded-card" />;
  const person = chosen ?? giver;
  if (!person || person === 'another') return <Who wallet={wallet} onFound={setPerson} />;
  return (
    <HowMuch
      wallets={wallets}
      wallet={wallet}
      person={person}
      typed={typed}
      onTyped={setTyped}
      onBack={() => setPerson('another')}
      onReview={(amount) => setDraft({ person, amount, note: typed.note.trim(), key: newKey() })}
    />
  );
}

/** Who gave what is sent back; their e-mail is not told, and not needed. */
function useGiver(transaction: string | undefined): Recipient | 'asked' | undefined {
  const asked = useQuery({ ...transactionQuery(transaction ?? ''), enabled: transaction !== undefined });
  if (asked.isLoading) return 'asked';
  const other = asked.data?.counterparty;
  return other?.name && other.wallet_id ? { name: other.name, wallet: other.wallet_id } : undefined;
}

function Frozen() {
  const f = useFreezeText();
  return <Message isPage title={f.none} text={f.noneText} action={<Link to="/account/limits" className={buttonClass('secondary', 'small')}>{f.manage}</Link>} />;
}

function StepTitle({ at, title, onBack }: { at: number; title: string; onBack?: () => void }) {
  const t = useText();
  const m = useMovingText();
  return (
    <header className="mb-6">
      <div className="flex items-center gap-2">
        {onBack && (
          <button type="button" onClick={onBack} aria-label={t.act.back} className="-ml-2.5 grid size-11 place-items-center rounded-full text-ink-2 hover:bg-sunken">
            <ArrowLeft className="size-5" aria-hidden="true" />
          </button>
        )}
        <h1 className="text-xl font-semibold">{title}</h1>
      </div>
      <div className="mt-4 flex gap-1.5" role="img" aria-label={m.send.step(at, 3)}>
        {[1, 2, 3].map((step) => <span key={step} className={`h-1 flex-1 rounded-full ${step <= at ? 'bg-brand' : 'bg-line'}`} />)}
      </div>
    </header>
  );
}

function Who({ wallet, onFound }: { wallet: Wallet; onFound: (person: Person) => void }) {
  const m = useMovingText();
  const { to } = useSearch({ from: '/inside/send' });
  const { data: me } = useQuery(meQuery);
  const [email, setEmail] = useState(to ?? '');
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState<string>();
  const known = me ? people(me.id) : [];
  const find = async (wanted: string) => {
    if (wanted.toLowerCase() === me?.email.toLowerCase()) return setWrong(m.send.own);
    setBusy(wanted);
    setWrong(undefined);
    try {
      const found = await ask(api.GET('/api/v1/recipients', { params: { query: { email: wanted, currency: wallet.currency } } }));
      onFound({ email: wanted, name: found.display_name });
    } catch (error) {
      const problem = toProblem(error);
      setWrong(problem.status === 404 ? m.send.notFound(wallet.currency) : problem.message);
    }
    setBusy(undefined);
  };
  return (
    <>
      <StepTitle at={1} title={m.send.who} />
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void find(email.trim());
        }}
      >
        <Field label={m.send.email} placeholder={m.send.example} type="email" inputMode="email" autoComplete="off" autoCapitalize="none" spellCheck={false} required autoFocus value={email} onChange={(event) => setEmail(event.target.value)} error={wrong} />
        <Button type="submit" size="large" className="w-full" busy={busy !== undefined && busy === email.trim()}>{m.send.find}</Button>
      </form>
      {known.length > 0 && (
        <section className="mt-10">
          <h2 className="mb-2 text-sm font-semibold">{m.send.recent}</h2>
          <Card className="overflow-hidden">
            <ul className="divide-y divide-line">
              {known.map((person) => (
                <li key={person.email}>
                  <button type="button" disabled={busy !== undefined} onClick={() => void find(person.email)} className="flex w-full items-center gap-4 px-4 py-3 text-left hover:bg-sunken focus-visible:-outline-offset-2">
                    <Avatar name={person.name} />
                    <span className="min-w-0 text-sm"><bdi className="block truncate font-medium">{person.name}</bdi><span className="block truncate text-ink-3">{person.email}</span></span>
                  </button>
                </li>
              ))}
            </ul>
          </Card>
        </section>
      )}
    </>
  );
}

interface HowMuchProps {
  wallets: Wallet[];
  wallet: Wallet;
  person: Recipient;
  typed: { amount: string; note: string };
  onTyped: (typed: { amount: string; note: string }) => void;
  onBack: () => void;
  onReview: (amount: string) => void;
}

function HowMuch({ wallets, wallet, person, typed, onTyped, onBack, onReview }: HowMuchProps) {
  const t = useText();
  const m = useMovingText();
  const locale = useLocale();
  const { available } = wallet.balance;
  const decimals = decimalsOf(available);
  const amount = amountOf(typed.amount, decimals);
  const [asked, setAsked] = useState(false);
  const shown = (value: string) => formatAmount(locale, value, wallet.currency);
  const isTooMuch = amount !== null && compare(amount, available) > 0;
  const error = isTooMuch ? t.money.tooMuch(shown(available)) : asked && amount === null ? t.money.enter : undefined;
  return (
    <>
      <StepTitle at={2} title={m.send.howMuch} onBack={onBack} />
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          setAsked(true);
          if (amount !== null && !isTooMuch) onReview(amount);
        }}
      >
        <PersonLine person={person} onChange={onBack} />
        <AmountField
          value={typed.amount}
          onChange={(value) => onTyped({ ...typed, amount: value })}
          currency={wallet.currency}
          decimals={decimals}
          error={error}
          hint={amount === null ? undefined : t.money.after(shown(subtract(available, amount)))}
        />
        <ChooseWallet wallets={wallets} chosen={wallet} label={t.money.from} />
        <Field label={m.send.note} hint={m.send.noteHint} maxLength={200} value={typed.note} onChange={(event) => onTyped({ ...typed, note: event.target.value })} autoComplete="off" />
        <Button type="submit" size="large" className="w-full">{m.send.review}</Button>
      </form>
    </>
  );
}

function PersonLine({ person, onChange }: { person: Recipient; onChange?: () => void }) {
  const t = useText();
  return (
    <div className="flex items-center gap-4 rounded-control bg-sunken px-4 py-3">
      <Avatar name={person.name} />
      <span className="min-w-0 flex-1 text-sm"><bdi className="block truncate font-semibold">{person.name}</bdi><span className="block truncate text-ink-2">{person.email ?? person.wallet}</span></span>
      {onChange && <button type="button" onClick={onChange} className="rounded-md px-1 py-2 text-sm font-medium text-brand underline-offset-4 hover:underline">{t.act.change}</button>}
    </div>
  );
}

interface ReviewProps {
  wallet: Wallet;
  draft: Draft;
  uncertain: boolean;
  onUncertain: () => void;
  onBack: () => void;
  onSent: (transaction: Transaction) => void;
}

function Review({ wallet, draft, uncertain, onUncertain, onBack, onSent }: ReviewProps) {
  const t = useText();
  const m = useMovingText();
  const locale = useLocale();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const { data: me } = useQuery(meQuery);
  const [wrong, setWrong] = useState<ApiProblem>();
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);
  const { currency } = wallet;
  const send = async () => {
    // The second of two presses comes before the button is drawn as disabled.
    if (sending.current) return;
    sending.current = true;
    setBusy(true);
    setWrong(undefined);
    const body = { type: 'transfer', from_wallet: wallet.id, ...(draft.person.email === undefined ? { to_wallet: draft.person.wallet } : { to_email: draft.person.email }), amount: draft.amount, currency, ...(draft.note && { description: draft.note }) } as const;
    try {
      const done = await stepUp(() => ask(api.POST('/api/v1/transactions', { body: body as never, params: { header: { 'Idempotency-Key': draft.key } } })));
      if (me && draft.person.email !== undefined) rememberPerson(me.id, draft.person);
      void queries.invalidateQueries();
      onSent(done);
    } catch (error) {
      const problem = toProblem(error);
      if (problem.isUncertain && !isGivenUp(error)) onUncertain();
      else if (!isGivenUp(error)) setWrong(problem);
    }
    sending.current = false;
    setBusy(false);
  };
  if (uncertain && !busy && !wrong) {
    return (
      <Result kind="unknown" title={m.send.uncertainTitle} text={m.send.uncertainText}>
        <Button size="large" onClick={() => void send()}>{t.act.retry}</Button>
        <Link to="/activity" className={buttonClass('quiet')}>{t.nav.activity}</Link>
      </Result>
    );
  }
  const money = (amount: string) => <Amount amount={amount} currency={currency} code wraps />;
  return (
    <>
      <StepTitle at={3} title={m.send.reviewTitle} onBack={onBack} />
      <Card className="px-5 pt-5 pb-2">
        <p className="pb-5"><BigAmount amount={draft.amount} currency={currency} /></p>
        <PersonLine person={draft.person} />
        <div className="mt-2">
          <Facts>
            <Fact name={m.send.youSend}>{money(draft.amount)}</Fact>
            <Fact name={m.send.fee}>{m.send.noFee}</Fact>
            <Fact name={m.send.theyGet}>{money(draft.amount)}</Fact>
            <Fact name={m.send.afterwards}>{money(subtract(wallet.balance.available, draft.amount))}</Fact>
            <Fact name={m.send.arrives}>{m.send.atOnce}</Fact>
            {draft.note && <Fact name={m.send.noteShown}><bdi>{draft.note}</bdi></Fact>}
          </Facts>
        </div>
      </Card>
      {wrong && (
        <div role="alert" className="mt-4 rounded-control bg-danger-tint px-4 py-3 text-sm text-danger">
          <p className="font-semibold">{m.send.failedTitle}. {m.send.failedText}</p>
          <p>{wrong.message}</p>
          {wrong.requestId && <p className="mt-1 font-mono text-xs">{wrong.requestId}</p>}
        </div>
      )}
      <Button size="large" className="mt-5 w-full" busy={busy} onClick={() => void send()}>
        {busy ? m.send.sending : m.send.confirm(formatAmount(locale, draft.amount, currency, { code: true }))}
      </Button>
      <p className="mt-3 text-center text-sm text-ink-3">{m.send.final}</p>
    </>
  );
}

function Sent({ transaction, person, onAnother }: { transaction: Transaction; person: Recipient; onAnother: () => void }) {
  const t = useText();
  const m = useMovingText();
  const navigate = useNavigate({ from: '/send' });
  const another = () => {
    void navigate({ search: ({ wallet }) => (wallet ? { wallet } : {}), replace: true });
    onAnother();
  };
  return (
    <Result
      kind="done"
      title={m.send.doneTitle(person.name)}
      amount={<BigAmount amount={transaction.amount} currency={transaction.currency} />}
      text={m.send.doneText}
    >
      <Link to="/" className={buttonClass('primary')}>{t.act.done}</Link>
      <Link to="/activity/$id" params={{ id: transaction.id }} className={buttonClass('secondary')}>{m.send.receipt}</Link>
      <Button kind="quiet" onClick={another}>{m.send.another}</Button>
    </Result>
  );
}
