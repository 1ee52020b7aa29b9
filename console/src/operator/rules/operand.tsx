// What a condition looks at, or is compared with: a field, a count or sum over a window of time, a part of one of these.

import type { ReactNode } from 'react';

import { Select } from '../../design/field';
import { useGrammar } from '../text/rule-grammar';
import { useRulesText } from '../text/rules';
import type { Operand, Velocity } from './ast';
import { type Class, classOf, type FieldName, type Fields, type FieldSpec, isNumber, KEYS, MEASURES, TYPES } from './catalogue';
import { NumberInput } from './values';

const SMALL = 'h-10 !text-sm';
const GROUPS = ['transaction', 'payer', 'payee', 'other'] as const;

function groupOf({ name }: FieldSpec): (typeof GROUPS)[number] {
  if (/payee/.test(name)) return 'payee';
  if (/payer|confirmed_before/.test(name)) return 'payer';
  return /instrument|counterparty|to_self/.test(name) ? 'other' : 'transaction';
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

interface Props {
  label: string;
  operand: Operand;
  fields: Fields;
  /** What it must be like, where it is compared with something. */
  like?: Class;
  onChange: (operand: Operand) => void;
  isWrong?: boolean;
  isFirst?: boolean;
}

const NEW_VELOCITY: Omit<Velocity, 'measure'> = { window: '1h', key: 'payer' };

function chosenOf(operand: Operand): string {
  if ('velocity' in operand) return `v:${operand.velocity.measure}`;
  return 'percent' in operand ? 'percent' : 'field' in operand ? `f:${operand.field}` : '';
}

/** Which of them: one list of all. */
export function OperandSelect({ label, operand, fields, like, onChange, isWrong = false, isFirst = false }: Props) {
  const text = useRulesText();
  const grammar = useGrammar();
  const fits = (one: Operand) => !like || classOf(one, fields) === like;
  const name = (spec: FieldSpec) => capital(spec.type === 'flag' ? grammar.flag(spec, true) : grammar.field(spec));
  const specs = [...fields.values()].filter((spec) => fits({ field: spec.name as FieldName }));
  const measures = MEASURES.filter((measure) => fits({ velocity: { ...NEW_VELOCITY, measure } }));
  const choose = (next: string) => {
    if (next === 'percent') return onChange({ percent: { of: like || 'velocity' in operand || isNumber(classOf(operand, fields)) ? ('percent' in operand || 'value' in operand ? firstNumber(fields, like) : operand) : firstNumber(fields, like), percent: 100 } });
    const of = next.slice(2);
    if (next.startsWith('f:')) return onChange({ field: of as FieldName });
    const before = 'velocity' in operand ? operand.velocity : undefined;
    const measure = of as Velocity['measure'];
    const velocity = { ...NEW_VELOCITY, ...before, measure };
    onChange({ velocity: keysFor(measure).includes(velocity.key) ? velocity : { ...velocity, key: 'payer' } });
  };
  const isPercentPossible = !like || isNumber(like);
  return (
    <Select label={label} hideLabel value={chosenOf(operand)} aria-invalid={isWrong || undefined} data-first={isFirst || undefined} className={`${SMALL} ${isWrong ? '!border-danger' : ''}`} onChange={(event) => choose(event.target.value)}>
      {GROUPS.map((group) => {
        const own = specs.filter((spec) => groupOf(spec) === group);
        return own.length > 0 && <optgroup key={group} label={text.fieldGroups[group]}>{own.map((spec) => <option key={spec.name} value={`f:${spec.name}`}>{name(spec)}</option>)}</optgroup>;
      })}
      {measures.length > 0 && <optgroup label={text.fieldGroups.velocity}>{measures.map((measure) => <option key={measure} value={`v:${measure}`}>{text.measures[measure]}</option>)}</optgroup>}
      {isPercentPossible && <optgroup label={text.fieldGroups.percent}><option value="percent">{text.percentOf}</option></optgroup>}
    </Select>
  );
}

/** A number that a part can be of. */
const firstNumber = (fields: Fields, like: Class | undefined): Operand =>
  like === 'number' ? { velocity: { ...NEW_VELOCITY, measure: 'count' } } : like === 'own_amount' && fields.has('amount_in_currency') ? { field: 'amount_in_currency' } : { velocity: { ...NEW_VELOCITY, measure: 'amount_average', window: '30d' } };

export const keysFor = (measure: Velocity['measure']): Velocity['key'][] => KEYS.filter((key) => (measure === 'distinct_counterparties' ? key !== 'pair' && key !== 'organisation' : measure === 'distinct_instruments' ? key !== 'instrument' : true));

/** What belongs to it besides: window and key of a count, the part of a percentage. */
export function OperandDetails({ label, operand, fields, onChange, isWrong = false }: Omit<Props, 'like' | 'isFirst'>): ReactNode {
  const text = useRulesText();
  if ('velocity' in operand) return <VelocityEditor label={label} velocity={operand.velocity} onChange={(velocity) => onChange({ velocity })} isWrong={isWrong} />;
  if (!('percent' in operand)) return null;
  const { of, percent } = operand.percent;
  return (
    <div className="space-y-2 border-l-2 border-line pl-3">
      <div className="grid grid-cols-[6rem_minmax(0,1fr)] items-center gap-2 sm:grid-cols-[6rem_auto_minmax(0,1fr)] [&>:last-child]:max-sm:col-span-2">
        <NumberInput label={`${label}: ${text.percent}`} hideLabel value={percent} min={1} max={1_000_000} onChange={(next) => onChange({ percent: { of, percent: next ?? 100 } })} />
        <span className="text-sm text-ink-2">{text.percentSign}</span>
        <OperandSelect label={`${label}: ${text.percentOf}`} operand={of} fields={fields} like={classOf(of, fields)} onChange={(next) => onChange({ percent: { of: 'percent' in next ? next.percent.of : next, percent } })} />
      </div>
      <OperandDetails label={label} operand={of} fields={fields} onChange={(next) => onChange({ percent: { of: next, percent } })} />
    </div>
  );
}

const UNITS = ['m', 'h', 'd'] as const;

function VelocityEditor({ label, velocity, onChange, isWrong }: { label: string; velocity: Velocity; onChange: (velocity: Velocity) => void; isWrong: boolean }) {
  const text = useRulesText();
  const [, number = '', unit = 'day'] = /^(\d*)([mhd])$/.exec(velocity.window) ?? [];
  const { only, at_least, ...rest } = velocity;
  const set = (changed: Partial<Velocity>) => {
    const next = { ...velocity, ...changed };
    onChange({ measure: next.measure, window: next.window, key: next.key, ...(next.only && { only: next.only }), ...(next.at_least && { at_least: next.at_least }) });
  };
  return (
    <div className="flex flex-wrap items-end gap-2 border-l-2 border-line pl-3">
      <div className="min-w-36 flex-1"><Select label={text.velocity.key} value={rest.key} className={SMALL} onChange={(event) => set({ key: event.target.value as Velocity['key'] })}>{keysFor(velocity.measure).map((key) => <option key={key} value={key}>{text.velocity.keys[key]}</option>)}</Select></div>
      {unit !== 'day' && <div className="w-20"><NumberInput label={text.velocity.window} value={number === '' ? undefined : Number(number)} min={0} max={129_600} isWrong={isWrong} onChange={(next) => set({ window: `${next ?? ''}${unit}` })} /></div>}
      <div className="min-w-36"><Select label={unit === 'day' ? text.velocity.window : text.velocity.unit} value={unit} className={SMALL} onChange={(event) => set({ window: event.target.value === 'day' ? 'day' : `${number || 1}${event.target.value}` })}>{UNITS.map((one) => <option key={one} value={one}>{text.velocity.units[one]}</option>)}<option value="day">{text.velocity.day}</option></Select></div>
      <div className="min-w-36"><Select label={text.velocity.only} value={only ?? ''} className={SMALL} onChange={(event) => set({ only: (event.target.value || null) as Velocity['only'] & string })}><option value="">{text.velocity.every}</option>{TYPES.map((type) => <option key={type} value={type}>{text.types[type]}</option>)}</Select></div>
      <div className="w-28"><NumberInput label={text.velocity.atLeast} value={at_least ?? 0} min={0} max={10_000} onChange={(next) => set({ at_least: next ?? 0 })} /></div>
      <span className="sr-only">{label}</span>
    </div>
  );
}
