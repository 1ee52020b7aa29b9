// What a new user does first, each step ticked by what is so, not by what was pressed.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, X } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';

import { firstStepsQuery } from '../api/later-queries';
import { factorsQuery, walletsQuery } from '../api/queries';
import type { User } from '../api/types';
import { buttonClass } from '../design/button';
import { Card } from '../design/card';
import { compare } from '../money/decimal';
import { endFirstSteps } from './people';
import { useFirstStepsText } from './texts/first-steps';

interface Step {
  title: string;
  text: string;
  isDone: boolean;
  action?: ReactNode;
}

export default function FirstSteps({ me, onOver }: { me: User; onOver: () => void }) {
  const f = useFirstStepsText();
  const steps = useSteps(me);
  const done = steps?.filter((step) => step.isDone).length ?? 0;
  const isOver = steps !== undefined && done === steps.length;
  const end = () => {
    endFirstSteps(me.id);
    onOver();
  };
  useEffect(() => {
    if (isOver) end();
  }, [isOver]);
  if (!steps || isOver) return null;
  const next = steps.find((step) => !step.isDone);
  return (
    <Card className="enter mt-8 overflow-hidden">
      <div className="flex items-center justify-between gap-4 pt-4 pr-3 pl-5">
        <h2 className="font-semibold">{f.title}</h2>
        <div className="flex items-center gap-2">
          <p className="text-sm text-ink-2">{f.progress(done, steps.length)}</p>
          <button type="button" onClick={end} aria-label={f.hide} title={f.hide} className="grid size-9 place-items-center rounded-full text-ink-3 hover:bg-sunken hover:text-ink"><X className="size-4" aria-hidden="true" /></button>
        </div>
      </div>
      <div className="mx-5 mt-2 grid grid-flow-col gap-1" aria-hidden="true">
        {steps.map((step) => <span key={step.title} className={`h-1 rounded-full ${step.isDone ? 'bg-brand' : 'bg-line'}`} />)}
      </div>
      <ol className="px-5 pt-2 pb-3">
        {steps.map((step) => <Row key={step.title} step={step} isNext={step === next} />)}
      </ol>
    </Card>
  );
}

/** The steps as they stand; undefined while that is not known. */
function useSteps(me: User): Step[] | undefined {
  const t = useFirstStepsText();
  const { data: wallets } = useQuery(walletsQuery);
  const { data: factors } = useQuery(factorsQuery);
  const { data: first } = useQuery(firstStepsQuery);
  if (!wallets || !factors || !first) return undefined;
  const hasWallet = wallets.data.length > 0;
  const hasMoney = first.added || wallets.data.some((wallet) => compare(wallet.balance.posted, '0') > 0);
  const link = (to: '/add' | '/send' | '/account/security', text: string) => <Link to={to} className={buttonClass('secondary', 'small')}>{text}</Link>;
  return [
    { title: t.email, text: t.emailText, isDone: me.email_verified },
    { title: t.wallet, text: t.walletText, isDone: hasWallet },
    { title: t.add, text: t.addText, isDone: hasMoney, ...(hasWallet && { action: link('/add', t.addAct) }) },
    { title: t.send, text: t.sendText, isDone: first.sent, ...(hasMoney && { action: link('/send', t.sendAct) }) },
    { title: t.secure, text: t.secureText, isDone: factors.totp || factors.passkeys > 0, ...(me.email_verified && { action: link('/account/security', t.secureAct) }) },
  ];
}

function Row({ step, isNext }: { step: Step; isNext: boolean }) {
  const f = useFirstStepsText();
  return (
    <li className="flex items-center gap-3.5 py-2.5 text-sm">
      <span className={`grid size-6 shrink-0 place-items-center rounded-full ${step.isDone ? 'bg-brand text-on-brand' : isNext ? 'border-2 border-brand' : 'border-2 border-line'}`}>
        {step.isDone && <Check className="size-3.5" strokeWidth={3} role="img" aria-label={f.isDone} />}
      </span>
      <div className="min-w-0 flex-1">
        <p className={step.isDone ? 'text-ink-3' : 'font-medium'}>{step.title}</p>
        {!step.isDone && <p className="break-words text-ink-2">{step.text}</p>}
      </div>
      {!step.isDone && step.action}
    </li>
  );
}
