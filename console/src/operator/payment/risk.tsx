// What risk decided about a payment: how great it is, what counted with its points and the value seen, and, on request, all that was
// known. It is loaded after the page.

import { useQuery } from '@tanstack/react-query';
import { ChevronDown, CircleCheck, CircleX, Eye, Gauge, ShieldQuestionMark } from 'lucide-react';
import { useState } from 'react';

import { toProblem } from '../../api/problem';
import type { components } from '../../api/generated';
import { Message, View } from '../../design/states';
import { At } from '../parts/at';
import { LINK, Notice, Pair, Pairs, Section } from '../parts/page';
import { Person } from '../parts/person';
import { useMyRole } from '../parts/role';
import { Tag, type Tone } from '../parts/tag';
import { usePaymentRiskText } from '../text/payment-risk';
import { decisionQuery } from './data';

type Risk = components['schemas']['RiskView'];
type Decision = components['schemas']['DecisionBody'];

const LEVELS: Record<Risk['level'], Tone> = { low: 'success', medium: 'warning', high: 'danger' };
const OUTCOMES = { approve: ['success', CircleCheck], step_up: ['warning', ShieldQuestionMark], review: ['review', Eye], decline: ['danger', CircleX] } as const;

export default function PaymentRisk({ risk }: { risk: Risk }) {
  const text = usePaymentRiskText();
  const outcome = risk.outcome && OUTCOMES[risk.outcome];
  const factors = risk.factors ?? [];
  return (
    <Section flush title={text.title} text={text.text} tour="risk">
      <div className="flex flex-wrap items-center gap-x-5 gap-y-3 border-b border-line px-5 py-4">
        <p className="flex items-baseline gap-2"><span className="tabular text-2xl leading-none font-semibold">{risk.score ?? 0}</span><span className="text-sm text-ink-2">{text.points}</span></p>
        <div className="flex flex-wrap gap-2">
          <Tag tone={LEVELS[risk.level]} icon={Gauge}>{text.levelOf(text.level[risk.level])}</Tag>
          {outcome && <Tag tone={outcome[0]} icon={outcome[1]}>{text.outcome[risk.outcome!]}</Tag>}
          {risk.needs_two && <Tag tone="review">{text.needsTwo}</Tag>}
        </div>
      </div>
      {risk.rule_set === 0 ? <p className="px-5 py-4 text-sm text-ink-2">{text.unavailable}</p> : factors.length === 0 ? <p className="px-5 py-4 text-sm text-ink-2">{text.none}</p> : <Factors factors={factors} />}
      {risk.decision && <Known decision={risk.decision} ruleSet={risk.rule_set ?? 0} />}
    </Section>
  );
}

const signed = (points: number) => (points > 0 ? `+${points}` : String(points).replace('-', '−'));

function Factors({ factors }: { factors: readonly components['schemas']['RiskFactor'][] }) {
  const text = usePaymentRiskText();
  const heading = 'px-5 py-2 text-left text-xs font-medium text-ink-3';
  return (
    <table className="w-full text-sm">
      <thead>
        <tr className="border-b border-line"><th scope="col" className={heading}>{text.seen}</th><th scope="col" className={`${heading} !text-right`}>{text.points}</th></tr>
      </thead>
      <tbody className="divide-y divide-line">
        {factors.map((factor) => (
          <tr key={factor.code}>
            <td className="py-2.5 pr-3 pl-5"><span className="block wrap-anywhere">{factor.detail}</span><code className="font-mono text-xs text-ink-3">{factor.code}</code></td>
            <td className="tabular px-5 text-right align-top leading-10 font-medium">{signed(factor.points)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** By which rules, and of which facts; asked for when it is opened. */
function Known({ decision, ruleSet }: { decision: string; ruleSet: number }) {
  const text = usePaymentRiskText();
  const [isOpen, setOpen] = useState(false);
  return (
    <details className="group border-t border-line" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="flex list-none flex-wrap items-center justify-between gap-x-4 gap-y-1 px-5 py-3 text-sm">
        <span className="font-medium">{text.all}</span>
        <span className="flex items-center gap-3 text-ink-2">{ruleSet > 0 && text.rules(ruleSet)}<ChevronDown className="size-4 text-ink-3 group-open:rotate-180" aria-hidden="true" /></span>
      </summary>
      {isOpen && <Facts id={decision} />}
    </details>
  );
}

function Facts({ id }: { id: string }) {
  const text = usePaymentRiskText();
  const role = useMyRole();
  const asked = useQuery(decisionQuery(id));
  if (asked.error && toProblem(asked.error).status === 404) return <Message title={text.gone} />;
  return (
    <div className="px-5 pb-5">
      <View asked={asked} skeleton={<div className="skeleton h-40" />} role={role}>
        {(decision) => (
          <>
            <Pairs>
              <Pair name={text.decided}><At at={decision.decided_at} /></Pair>
              <Pair name={text.took}><span className="tabular">{text.micros(decision.took_us)}</span></Pair>
            </Pairs>
            <NotCounted rules={decision.rules} />
            <h3 className="mt-4 text-xs font-medium text-ink-3">{text.facts}</h3>
            <Pairs>{Object.entries(decision.facts as Record<string, unknown>).map(([name, value]) => <Pair key={name} name={<code className="font-mono text-xs">{name}</code>}><Fact value={value} /></Pair>)}</Pairs>
            <p className="mt-3 text-sm"><a href={`/api/v1/risk/decisions/${id}`} target="_blank" rel="noreferrer" className={LINK}>{text.json}</a></p>
          </>
        )}
      </View>
    </div>
  );
}

function NotCounted({ rules }: { rules: Decision['rules'] }) {
  const text = usePaymentRiskText();
  const shown = rules.filter((rule) => rule.standing !== 'counted');
  if (shown.length === 0) return null;
  return (
    <>
      <h3 className="mt-4 text-xs font-medium text-ink-3">{text.notCounted}</h3>
      <Pairs>{shown.map((rule) => <Pair key={rule.rule} name={<code className="font-mono text-xs">{rule.rule}</code>}>{text.standing[rule.standing]} · {text.answer[rule.answer]}</Pair>)}</Pairs>
    </>
  );
}

/** A fact as it was; what could not be said is `{"unknown": "…"}`. */
function Fact({ value }: { value: unknown }) {
  const text = usePaymentRiskText();
  if (typeof value === 'object' && value !== null && 'unknown' in value) return <span className="text-ink-3">{text.unknown}: {String(value.unknown)}</span>;
  return <bdi className="font-mono text-xs break-all">{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>;
}

/** What one operator has proposed. */
export function Proposed({ proposed, me }: { proposed: NonNullable<Risk['proposed']>; me: string | undefined }) {
  const text = usePaymentRiskText();
  if (proposed.by === me) return <Notice tone="info">{text.proposedByYou}</Notice>;
  return <Notice tone="warning"><Person id={proposed.by} /> {text.proposed[proposed.approve ? 'approve' : 'decline']} {text.proposedNext}</Notice>;
}
