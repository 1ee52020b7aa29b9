// What follows where a rule holds, and where it has no answer.

import { Select } from '../../design/field';
import { useRulesText } from '../text/rules';
import type { Effect, Rule, Weight } from './ast';
import { NumberInput } from './values';

export const OUTCOMES = ['approve', 'step_up', 'review', 'decline'] as const;
const SMALL = 'h-10 !text-sm';

interface Props {
  rule: Rule;
  onChange: (rule: Rule) => void;
}

/** Without what says nothing: the server leaves it out, too. */
export function tidy(effect: Effect): Effect {
  const { points = 0, floor, outcome, needs_two } = effect;
  return { points, ...(floor && floor !== 'low' && { floor }), ...(outcome && { outcome }), ...(needs_two && { needs_two }) };
}

export function EffectEditor({ rule, onChange, error }: Props & { error: string | undefined }) {
  const text = useRulesText();
  const effect = rule.effect ?? {};
  const set = (changed: Effect) => onChange({ ...rule, effect: tidy({ ...effect, ...changed }) });
  return (
    <fieldset>
      <legend className="text-sm font-medium">{text.whenYes}</legend>
      <div className="mt-2 grid gap-4 sm:grid-cols-3">
        <NumberInput label={text.points} value={effect.points ?? 0} min={-1_000} max={1_000} onChange={(points) => set({ points: points ?? 0 })} />
        <Select label={text.floor} value={effect.floor ?? ''} className={SMALL} onChange={(event) => set({ floor: (event.target.value || null) as NonNullable<Effect['floor']> | null })}>
          <option value="">{text.noFloor}</option>
          {(['medium', 'high'] as const).map((one) => <option key={one} value={one}>{text.floors[one]}</option>)}
        </Select>
        <Select label={text.outcome} value={effect.outcome ?? ''} className={SMALL} onChange={(event) => set({ outcome: (event.target.value || null) as NonNullable<Effect['outcome']> | null })}>
          <option value="">{text.noOutcome}</option>
          {OUTCOMES.map((one) => <option key={one} value={one}>{text.outcomes[one]}</option>)}
        </Select>
      </div>
      <label className="mt-3 flex min-h-9 cursor-pointer items-center gap-2.5 text-sm"><input type="checkbox" checked={!!effect.needs_two} onChange={(event) => set({ needs_two: event.target.checked })} className="size-4 accent-brand" />{text.needsTwo}</label>
      {error && <p role="alert" className="mt-1 text-sm text-danger">{error}</p>}
    </fieldset>
  );
}

export function UnknownEditor({ rule, onChange, said }: Props & { said: (place: string) => string | undefined }) {
  const text = useRulesText();
  const unknown = rule.unknown ?? {};
  return (
    <fieldset className="mt-4 border-t border-line pt-4">
      <legend className="sr-only">{text.noAnswer}</legend>
      <p className="text-sm font-medium" aria-hidden="true">{text.noAnswer}</p>
      <p className="mt-0.5 text-sm text-ink-2">{text.noAnswerText}</p>
      <div className="mt-3 space-y-3">
        {(['error', 'not_applicable', 'too_little_data'] as const).map((name) => (
          <WeightEditor key={name} label={text.unknown[name]} weight={unknown[name] ?? undefined} error={said(`unknown.${name}`)} onChange={(weight) => onChange({ ...rule, unknown: { ...unknown, [name]: weight } })} />
        ))}
      </div>
    </fieldset>
  );
}

function WeightEditor({ label, weight, error, onChange }: { label: string; weight: Weight | undefined; error: string | undefined; onChange: (weight: Weight | undefined) => void }) {
  const text = useRulesText();
  const kind = !weight ? '' : 'outcome' in weight ? weight.outcome : weight.points === 0 ? 'nothing' : 'points';
  const choose = (next: string) => onChange(next === '' ? undefined : next === 'nothing' ? { points: 0 } : next === 'points' ? { points: 10 } : { outcome: next as (typeof OUTCOMES)[number] });
  return (
    <div className="grid items-center gap-x-4 gap-y-1.5 sm:grid-cols-[minmax(0,1fr)_14rem_7rem]">
      <span className="text-sm text-ink-2">{label}</span>
      <Select label={label} hideLabel value={kind} className={SMALL} error={error} onChange={(event) => choose(event.target.value)}>
        <option value="">{text.notSaid}</option>
        <option value="nothing">{text.nothing}</option>
        <option value="points">{text.points}</option>
        {OUTCOMES.map((one) => <option key={one} value={one}>{text.outcomes[one]}</option>)}
      </Select>
      {kind === 'points' && weight && 'points' in weight && <NumberInput label={`${label}: ${text.points}`} hideLabel value={weight.points} min={-1_000} max={1_000} onChange={(points) => onChange({ points: points ?? 0 })} />}
    </div>
  );
}

