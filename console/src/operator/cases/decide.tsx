// The decision about a case: what was found, why, what becomes of the payment, and what follows from saying so.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { meQuery } from '../../api/queries';
import { Button } from '../../design/button';
import { Select } from '../../design/field';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { Section } from '../parts/page';
import { Person } from '../parts/person';
import { useCasesText } from '../text/cases';
import { decide, isWaiting, stepOf, wordsFor } from './data';
import { type Proposal, VERDICTS, type Verdict, type WholeCase, type Word } from './types';

export function DecidePanel({ of }: { of: WholeCase }) {
  const text = useCasesText();
  const { data: me } = useQuery(meQuery);
  const start = of.proposal;
  const [outcome, setOutcome] = useState<Verdict | undefined>(start?.outcome);
  const [word, setWord] = useState<Word | undefined>(start?.transaction ?? undefined);
  const [reason, setReason] = useState(start?.reason ?? '');
  const [note, setNote] = useState('');
  const [asking, setAsking] = useState(false);
  const waits = isWaiting(of);
  const words = outcome ? wordsFor(outcome) : [];
  const chosen = !waits ? undefined : words.length === 1 ? words[0] : word && words.includes(word) ? word : undefined;
  const isWhole = !!outcome && !!reason && (!waits || !!chosen);
  const step = outcome && me ? stepOf(of, { outcome, transaction: chosen }, me.id) : undefined;
  const effects = !isWhole || !step ? [] : [text.steps[step], ...(step === 'counts' || step === 'agrees' ? [chosen ? text.words[chosen].effect : text.endsOnly] : []), text.remembered[outcome]];
  return (
    <Section title={text.decision}>
      {of.proposal && <Proposed proposal={of.proposal} />}
      {of.under_way && <p className="mb-3 rounded-control bg-info-tint px-3 py-2 text-sm text-info">{text.underWay}</p>}
      <form
        className="space-y-4"
        onSubmit={(event) => {
          event.preventDefault();
          if (isWhole) setAsking(true);
        }}
      >
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{text.found}</legend>
          <div className="space-y-1.5">
            {VERDICTS.map((one) => (
              <label key={one} className="flex cursor-pointer gap-2.5 rounded-control border border-line px-3 py-2 text-sm hover:border-control has-checked:border-brand has-checked:bg-brand-tint">
                <input type="radio" name="outcome" checked={outcome === one} onChange={() => setOutcome(one)} className="mt-0.5 size-4 shrink-0 accent-brand" />
                <span><span className="block font-medium">{text.verdicts[one]}</span><span className="block text-xs text-ink-2">{text.verdictText[one]}</span></span>
              </label>
            ))}
          </div>
        </fieldset>
        {waits && words.length > 1 && (
          <fieldset>
            <legend className="mb-1.5 text-sm font-medium">{text.payment}</legend>
            <div className="grid grid-cols-2 gap-2">
              {words.map((one) => <label key={one} className="flex min-h-9 cursor-pointer items-center gap-2 rounded-control border border-line px-3 text-sm has-checked:border-brand has-checked:bg-brand-tint"><input type="radio" name="transaction" checked={chosen === one} onChange={() => setWord(one)} className="size-4 accent-brand" />{text.words[one].name}</label>)}
            </div>
          </fieldset>
        )}
        {waits && words.length === 1 && chosen && <p className="text-sm text-ink-2">{text.words[chosen].effect}</p>}
        <Select label={text.reason} value={reason} required className="h-10 !text-sm" onChange={(event) => setReason(event.target.value)}>
          <option value="">{text.chooseReason}</option>
          {of.reasons.map((one) => <option key={one} value={one}>{text.reasons[one as keyof typeof text.reasons] ?? one.replaceAll('_', ' ')}</option>)}
        </Select>
        <label className="block text-sm font-medium">
          {text.note}
          <textarea value={note} onChange={(event) => setNote(event.target.value)} rows={3} maxLength={2_000} className="mt-1.5 block w-full rounded-control border border-control bg-surface p-2.5 text-sm hover:border-ink-3 focus:outline-2 focus:outline-focus" />
        </label>
        <Button type="submit" size="small" className="w-full" disabled={!isWhole || step === 'own'}>{step === 'proposes' || step === 'replaces' ? text.propose : step === 'agrees' ? text.agree : text.decide}</Button>
        {step === 'own' && <p className="text-sm text-warning">{text.steps.own}</p>}
      </form>
      {asking && outcome && (
        <ActDialog title={text.decide} effects={effects} confirm={step === 'proposes' || step === 'replaces' ? text.propose : text.decide} kind={chosen === 'decline' ? 'danger' : 'primary'} done={text.decided} stale={[['cases'], ['transactions']]} onClose={() => setAsking(false)} run={() => decide(of.id, { outcome, reason, note: note.trim(), ...(chosen && { transaction: chosen }) })} />
      )}
    </Section>
  );
}

/** What somebody else has said. */
export function Proposed({ proposal }: { proposal: Proposal }) {
  const text = useCasesText();
  return (
    <div className="mb-4 rounded-control bg-review-tint px-3.5 py-2.5 text-sm text-review">
      <p className="font-medium">{text.proposed} {text.verdicts[proposal.outcome]}{proposal.transaction && ` · ${text.words[proposal.transaction].name}`}</p>
      <p className="mt-0.5">{text.reasons[proposal.reason as keyof typeof text.reasons] ?? proposal.reason}{proposal.note && <>: <bdi>{proposal.note}</bdi></>}</p>
      <p className="mt-1 text-xs"><Person id={proposal.by} /> · <At at={proposal.at} /></p>
    </div>
  );
}
