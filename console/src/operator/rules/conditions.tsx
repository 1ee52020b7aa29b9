// The conditions of a rule as rows and groups. Everything is done by buttons and lists, and by Alt Shift with a key: nothing has to be
// dragged.

import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowDown, ArrowUp, MoreHorizontal, Plus, Trash2 } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';

import { Select } from '../../design/field';
import { LINK } from '../parts/page';
import { PanelButton, Popover } from '../parts/popover';
import { listsQuery } from '../lists/data';
import { useCommon } from '../text/common';
import { useRulesText } from '../text/rules';
import { addAfter, addTo, canUnwrap, type Edited, kindOf, type Literal, move, negate, type Operand, partsOf, type Path, placeOf, type Predicate, remove, type Rule, setGroup, unwrap, withValue, wrap } from './ast';
import { classOf, FIRST, type Fields, leftOf, operatorOf, type Operator, operatorsFor, withLeft, withOperator } from './catalogue';
import { type Fault, isAt } from './faults';
import { OperandDetails, OperandSelect } from './operand';
import { condition, type Language } from './sentence';
import { AmountInput, NumberInput, TextInput, ValuesInput } from './values';

const SMALL = 'h-10 !text-sm';
const TOOL = 'grid size-9 shrink-0 place-items-center rounded-control text-ink-3 hover:bg-sunken hover:text-ink disabled:opacity-40';

interface Props {
  rule: Rule;
  onChange: (rule: Rule) => void;
  faults: ReadonlyMap<string, readonly Fault[]>;
  language: Language;
}

/** What a row and a group work with. */
interface Work extends Props {
  edit: (edited: Edited, said?: string, on?: Tool) => void;
}

type Tool = 'first' | 'up' | 'down';

export function Conditions(props: Props) {
  const text = useRulesText();
  const box = useRef<HTMLDivElement>(null);
  const [focus, setFocus] = useState<{ place: string; on: Tool }>();
  const [said, setSaid] = useState('');
  useEffect(() => {
    if (!focus) return;
    const row = [...(box.current?.querySelectorAll<HTMLElement>('[data-place]') ?? [])].find((one) => one.dataset['place'] === focus.place);
    const tool = row?.querySelector<HTMLButtonElement>(`[data-tool=${focus.on}]:not(:disabled)`);
    (tool ?? row?.querySelector<HTMLElement>('select, button'))?.focus();
    setFocus(undefined);
  }, [focus]);
  const edit: Work['edit'] = ({ rule, at }, what = '', on = 'first') => {
    props.onChange(rule);
    setFocus({ place: placeOf(at), on });
    setSaid(what);
  };
  return (
    <div ref={box} role="group" aria-label={text.asks}>
      <Node {...props} edit={edit} path={['when']} predicate={props.rule.when} />
      <p role="status" className="sr-only">{said}</p>
    </div>
  );
}

type NodeProps = Work & { path: Path; predicate: Predicate };

function Node(props: NodeProps) {
  return 'not' in props.predicate || partsOf(props.predicate) ? <Group {...props} /> : <Row {...props} />;
}

/** Alt Shift and a key: up, down, another one behind it, away. */
function useRowKeys({ rule, edit, path }: NodeProps): (event: KeyboardEvent) => void {
  const text = useRulesText();
  return (event) => {
    if (!event.altKey || !event.shiftKey || event.ctrlKey || event.metaKey) return;
    const act = { ArrowUp: () => edit(move(rule, path, -1), text.said.moved), ArrowDown: () => edit(move(rule, path, 1), text.said.moved), Enter: () => edit(addAfter(rule, path, FIRST), text.said.added), Backspace: () => edit(remove(rule, path), text.said.removed) }[event.key];
    if (!act) return;
    event.preventDefault();
    // The innermost row takes it.
    event.stopPropagation();
    act();
  };
}

function Tools(props: NodeProps & { name: string }) {
  const text = useRulesText();
  const { rule, edit, path, predicate, name } = props;
  const [up, down] = [move(rule, path, -1), move(rule, path, 1)];
  const isRoot = path.length === 1;
  const compared = 'compare' in predicate ? predicate.compare : null;
  const { fields } = props.language;
  return (
    <div className="ml-auto flex items-center">
      {!isRoot && <button type="button" data-tool="up" disabled={up.at === path} onClick={() => edit(up, text.said.moved, 'up')} aria-label={text.tools.up(name)} className={TOOL}><ArrowUp className="size-4" aria-hidden="true" /></button>}
      {!isRoot && <button type="button" data-tool="down" disabled={down.at === path} onClick={() => edit(down, text.said.moved, 'down')} aria-label={text.tools.down(name)} className={TOOL}><ArrowDown className="size-4" aria-hidden="true" /></button>}
      <Popover label={<MoreHorizontal className="size-4" aria-hidden="true" />} name={text.tools.more(name)} align="end">
        {(close) => {
          const button = (what: string, act: () => void) => <PanelButton onClick={() => { close(); act(); }}>{what}</PanelButton>;
          return (
            <>
              {button(text.tools.addAfter, () => edit(addAfter(rule, path, FIRST), text.said.added))}
              {button(text.tools.copy, () => edit(addAfter(rule, path, structuredClone(predicate)), text.said.added))}
              {button(text.tools.wrapAny, () => edit(wrap(rule, path, 'any')))}
              {button(text.tools.wrapAll, () => edit(wrap(rule, path, 'all')))}
              {button(text.tools.negate, () => edit(negate(rule, path)))}
              {canUnwrap(rule, path) && button(text.tools.unwrap, () => edit(unwrap(rule, path)))}
              {compared && !('field' in compared.left && classOf(compared.left, fields) === 'flag') && button('value' in compared.right ? text.tools.withField : text.tools.withValue, () => edit({ rule: withValue(rule, [...path, 'compare', 'right'], otherSide(compared.left, compared.right, fields)), at: path }))}
            </>
          );
        }}
      </Popover>
      <button type="button" onClick={() => edit(remove(rule, path), text.said.removed)} aria-label={text.tools.remove(name)} className={`${TOOL} hover:!text-danger`}><Trash2 className="size-4" aria-hidden="true" /></button>
    </div>
  );
}

/** A field in the place of a value, or a value in the place of a field. */
function otherSide(left: Operand, right: Operand, fields: Fields): Operand {
  const of = classOf(left, fields);
  if (!('value' in right)) return { value: of === 'choice' && 'field' in left ? (fields.get(left.field)?.choices?.[0] ?? '') : '' };
  if (of === 'amount') return { velocity: { measure: 'amount_average', window: '30d', key: 'payer' } };
  if (of === 'number') return { velocity: { measure: 'count', window: '1h', key: 'payer' } };
  const like = [...fields.values()].find((spec) => classOf({ field: spec.name } as Operand, fields) === of);
  return { field: like?.name ?? 'amount' } as Operand;
}

function Group(props: NodeProps) {
  const text = useRulesText();
  const { rule, edit, path, predicate, faults } = props;
  const onKey = useRowKeys(props);
  const place = placeOf(path);
  const kind = kindOf(predicate);
  const parts = 'not' in predicate ? [predicate.not] : (partsOf(predicate) ?? []);
  const at = (index: number): Path => ('not' in predicate ? [...path, 'not'] : [...path, kind, index]);
  const label = 'not' in predicate ? text.groups.not : text.groups[kind as 'all' | 'any'];
  return (
    <div data-place={place} onKeyDown={onKey} role="group" aria-label={label} className="rounded-control border border-line bg-canvas p-2.5">
      <div className="flex flex-wrap items-center gap-2">
        {'not' in predicate ? (
          <span className="pl-1 text-sm font-medium">{text.groups.not}</span>
        ) : (
          <div className="min-w-48">
            <Select label={text.groupName} hideLabel value={kind} className={`${SMALL} font-medium`} onChange={(event) => edit(setGroup(rule, path, event.target.value as 'all' | 'any'))}>
              <option value="all">{text.groups.all}</option>
              <option value="any">{text.groups.any}</option>
            </Select>
          </div>
        )}
        <Tools {...props} name={label} />
      </div>
      <Said faults={faults.get(place)} />
      <ul className="mt-2 space-y-2 sm:pl-4">
        {parts.map((part, index) => (
          <li key={index}>
            {index > 0 && <p className="pb-1.5 text-xs font-medium text-ink-3" aria-hidden="true">{'any' in predicate ? text.or : text.and}</p>}
            <Node {...props} path={at(index)} predicate={part} />
          </li>
        ))}
      </ul>
      {!('not' in predicate) && (
        <div className="mt-2.5 flex flex-wrap gap-2 sm:pl-4">
          <button type="button" onClick={() => edit(addTo(rule, path, FIRST), text.said.added)} className="inline-flex h-9 items-center gap-1.5 rounded-control border border-dashed border-control px-3 text-sm text-ink-2 hover:border-ink-3 hover:text-ink"><Plus className="size-4" aria-hidden="true" />{text.addCondition}</button>
          <button type="button" onClick={() => edit(addTo(rule, path, { [kind === 'all' ? 'any' : 'all']: [FIRST] } as Predicate), text.said.added)} className="inline-flex h-9 items-center gap-1.5 rounded-control border border-dashed border-control px-3 text-sm text-ink-2 hover:border-ink-3 hover:text-ink"><Plus className="size-4" aria-hidden="true" />{text.addGroup}</button>
        </div>
      )}
    </div>
  );
}

function Said({ faults }: { faults: readonly Fault[] | undefined }) {
  if (!faults) return null;
  return <ul className="mt-1.5 space-y-0.5 px-1 text-sm text-danger">{faults.map((fault) => <li key={`${fault.place} ${fault.message}`}>{fault.message}</li>)}</ul>;
}

function Row(props: NodeProps) {
  const text = useRulesText();
  const { rule, onChange, edit, path, predicate, faults, language } = props;
  const { fields } = language;
  const onKey = useRowKeys(props);
  const place = placeOf(path);
  const own = faults.get(place);
  const left = leftOf(predicate);
  const operators = operatorsFor(left, fields);
  const now = operatorOf(predicate);
  const name = condition(predicate, language);
  const set = (next: Predicate) => onChange(withValue(rule, path, next));
  const isFlag = classOf(left, fields) === 'flag';
  const kind = kindOf(predicate);
  return (
    <div data-place={place} onKeyDown={onKey} role="group" aria-label={name} className={`rounded-control border bg-surface p-2.5 ${own ? 'border-danger' : 'border-line'}`}>
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-[2] basis-52"><OperandSelect isFirst label={text.what} operand={left} fields={fields} isWrong={isAt(own, [...path, kind, 'left']) || isAt(own, [...path, kind, 'field'])} onChange={(next) => set(withLeft(predicate, next, fields))} /></div>
        {!isFlag && (
          <div className="min-w-36 flex-1">
            <Select label={text.how} hideLabel value={now} className={SMALL} onChange={(event) => set(withOperator(predicate, event.target.value as Operator, fields))}>
              {(operators.includes(now) ? operators : [now, ...operators]).map((one) => <option key={one} value={one}>{text.operators[one]}</option>)}
            </Select>
          </div>
        )}
        <div className="min-w-40 flex-[2] basis-40"><Value predicate={predicate} path={path} faults={own} language={language} onChange={set} /></div>
        <Tools {...props} name={name} />
      </div>
      <div className="space-y-2 not-empty:mt-2">
        {('velocity' in left || 'percent' in left) && <OperandDetails label={text.what} operand={left} fields={fields} isWrong={isAt(own, [...path, kind, 'left'])} onChange={(next) => set(withLeft(predicate, next, fields))} />}
        {'compare' in predicate && !('value' in predicate.compare.right) && <OperandDetails label={text.against} operand={predicate.compare.right} fields={fields} isWrong={isAt(own, [...path, 'compare', 'right'])} onChange={(right) => set({ compare: { ...predicate.compare, right } })} />}
      </div>
      <Said faults={own} />
      {path.length === 1 && <button type="button" onClick={() => edit(addAfter(rule, path, FIRST), text.said.added)} className="mt-2.5 inline-flex h-9 items-center gap-1.5 rounded-control border border-dashed border-control px-3 text-sm text-ink-2 hover:border-ink-3 hover:text-ink"><Plus className="size-4" aria-hidden="true" />{text.addCondition}</button>}
    </div>
  );
}

interface ValueProps {
  predicate: Predicate;
  path: Path;
  faults: readonly Fault[] | undefined;
  language: Language;
  onChange: (predicate: Predicate) => void;
}

/** What something is compared with. */
function Value({ predicate, path, faults, language, onChange }: ValueProps) {
  const text = useRulesText();
  const common = useCommon();
  const { fields } = language;
  const { data: lists = [] } = useQuery(listsQuery);
  const left = leftOf(predicate);
  const of = classOf(left, fields);
  const spec = 'field' in left ? fields.get(left.field) : undefined;
  const isWrong = (...rest: string[]) => isAt(faults, [...path, ...rest]);
  const single = (label: string, value: Literal, wrong: boolean, set: (value: Literal) => void) => {
    if (of === 'amount') return <AmountInput label={label} value={value} currency={language.base} isWrong={wrong} onChange={set} />;
    if (of === 'number' || of === 'own_amount') return <NumberInput label={of === 'own_amount' ? `${label} (${text.minorUnits})` : label} hideLabel value={typeof value === 'number' ? value : undefined} isWrong={wrong} onChange={(next) => set(next ?? '')} />;
    if (of === 'choice') return <Select label={label} hideLabel value={String(value)} className={SMALL} onChange={(event) => set(event.target.value)}>{spec?.choices?.map((one) => <option key={one} value={one}>{language.choice(one)}</option>)}</Select>;
    return <TextInput label={label} value={String(value)} left={left} fields={fields} hint={spec?.example} isWrong={wrong} onChange={set} />;
  };
  if ('compare' in predicate) {
    const { compare } = predicate;
    const { right } = compare;
    if (!('value' in right)) return <OperandSelect label={text.against} operand={right} fields={fields} like={of} isWrong={isWrong('compare', 'right')} onChange={(next) => onChange({ compare: { ...compare, right: next } })} />;
    if (of === 'flag') {
      const isSet = (right.value === true) === (compare.is === 'equal');
      return <Select label={text.against} hideLabel value={String(isSet)} className={SMALL} onChange={(event) => onChange({ compare: { left, is: 'equal', right: { value: event.target.value === 'true' } } })}><option value="true">{common.yes}</option><option value="false">{common.no}</option></Select>;
    }
    return single(text.against, right.value, isWrong('compare', 'right'), (value) => onChange({ compare: { ...compare, right: { value } } }));
  }
  if ('between' in predicate) {
    const { between } = predicate;
    const bound = (name: 'low' | 'high') => single(text[name], between[name], isWrong('between', name), (value) => onChange({ between: { ...between, [name]: value } as typeof between }));
    return <div className="grid grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] items-center gap-2">{bound('low')}<span className="text-sm text-ink-2">{text.to}</span>{bound('high')}</div>;
  }
  if ('in' in predicate) {
    const { values } = predicate.in;
    const set = (next: Literal[]) => onChange({ in: { left, values: next } });
    if (of !== 'choice') return <ValuesInput label={text.against} value={values} left={left} fields={fields} hint={text.valuesHint} isWrong={isWrong('in')} onChange={set} />;
    return (
      <fieldset className="flex flex-wrap gap-x-4"><legend className="sr-only">{text.against}</legend>
        {spec?.choices?.map((one) => <label key={one} className="flex min-h-9 cursor-pointer items-center gap-2 text-sm"><input type="checkbox" checked={values.includes(one)} onChange={(event) => set(event.target.checked ? [...values, one] : values.filter((value) => value !== one))} className="size-4 accent-brand" />{language.choice(one)}</label>)}
      </fieldset>
    );
  }
  if ('in_list' in predicate) {
    const { list } = predicate.in_list;
    const names = lists.map((one) => one.name);
    return (
      <>
        <Select label={text.list} hideLabel value={list} aria-invalid={isWrong('in_list') || undefined} className={`${SMALL} ${isWrong('in_list') ? '!border-danger' : ''}`} onChange={(event) => onChange({ in_list: { ...predicate.in_list, list: event.target.value } })}>
          <option value="">{text.chooseList}</option>
          {(list && !names.includes(list) ? [list, ...names] : names).map((name) => <option key={name} value={name}>{name}</option>)}
        </Select>
        {names.length === 0 && <p className="mt-1 text-xs text-ink-2">{text.noLists} <Link to="/lists" className={`${LINK} underline`}>{common.pages.lists}</Link></p>}
      </>
    );
  }
  if (!('text' in predicate)) return null;
  return <TextInput label={text.against} value={predicate.text.text} left={left} fields={fields} isWrong={isWrong('text')} onChange={(value) => onChange({ text: { ...predicate.text, text: value } })} />;
}
