// A rule being written: its conditions as rows and groups, what follows, the sentence that it makes, and what it would have done. It
// goes into the draft; somebody else brings that into force.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';

import { api, ask } from '../../api/client';
import { type ApiProblem, toProblem } from '../../api/problem';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { Field } from '../../design/field';
import { Message, View } from '../../design/states';
import { toastDone, toastProblem } from '../../design/toast';
import { ActDialog } from '../parts/act';
import { Segments } from '../parts/filters';
import { Back, Columns, Notice, PageHead, Section } from '../parts/page';
import { useMayOperate, useMyRole } from '../parts/role';
import { useCommon } from '../text/common';
import { useRulesText } from '../text/rules';
import { codeOf, type Rule, sizeOf } from './ast';
import { FIRST } from './catalogue';
import { fieldsQuery, newest, rulesQuery, useRuleLanguage } from './data';
import { Conditions } from './conditions';
import { EffectEditor, UnknownEditor } from './effect';
import { anchorsOf, byAnchor, type Fault, faultsOf, missing } from './faults';
import { JsonEditor } from './json';
import { PreviewPanel } from './preview';
import { sentence } from './sentence';

const NEW: Rule = { code: '', name: '', mode: 'shadow', when: FIRST, effect: { points: 0 }, unknown: {} };

export function NewRule() {
  return <Page code={undefined} />;
}

export function EditRule() {
  const { code } = useParams({ from: '/rules/$code/edit' });
  return <Page code={code} />;
}

function Page({ code }: { code: string | undefined }) {
  const text = useRulesText();
  const common = useCommon();
  const role = useMyRole();
  const mayWrite = useMayOperate();
  const rules = useQuery(rulesQuery);
  const fields = useQuery(fieldsQuery);
  const language = useRuleLanguage();
  const asked = { ...rules, error: rules.error ?? fields.error, data: rules.data && fields.data && language ? rules.data.data : undefined };
  return (
    <>
      <Back to={code ? `/rules/${code}` : '/rules'}>{code ? code : common.pages.rules}</Back>
      {!mayWrite && role ? (
        <Message isPage title={text.mayNotWrite} text={common.readOnly} />
      ) : (
        <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>
          {(data) => {
            const kept = data.filter((row) => row.state !== 'removed');
            const at = code === undefined ? kept.length : kept.findIndex((row) => row.code === code);
            const row = kept[at];
            if (code !== undefined && !row) return <Message isPage title={text.noSuchRule} />;
            return <Builder key={code ?? ''} start={code === undefined || !row ? NEW : newest(row)} isNew={code === undefined} index={at} />;
          }}
        </View>
      )}
    </>
  );
}

interface Props {
  start: Rule;
  isNew: boolean;
  /** Its place in the set: so the server names it. */
  index: number;
}

function Builder({ start, isNew, index }: Props) {
  const text = useRulesText();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const language = useRuleLanguage();
  const { view } = useSearch({ from: isNew ? '/rules/new-rule' : '/rules/$code/edit' });
  // What was loaded when it was opened: a newer one does not take the place of what is being written.
  const [first] = useState(start);
  const [rule, setRule] = useState(first);
  const [isCodeTyped, setIsCodeTyped] = useState(false);
  const [told, setTold] = useState<{ faults: readonly Fault[]; of: Rule }>();
  const [checked, setChecked] = useState(false);
  const [busy, setBusy] = useState(false);
  const saved = useRef(false);
  const change = (next: Rule) => setRule(isNew && !isCodeTyped && next.name !== rule.name ? { ...next, code: codeOf(next.name) } : next);
  // What the server said holds until the rule is another one; what is missing is said once somebody has tried.
  const own = useMemo(() => (checked ? missing(rule, text.missing) : []), [checked, rule, text]);
  const faults = useMemo(() => byAnchor([...own, ...(told?.of === rule ? told.faults : [])], anchorsOf(rule)), [own, told, rule]);
  const all = [...faults.values()].flat();
  const check = () => {
    setChecked(true);
    const found = missing(rule, text.missing);
    if (found.length > 0) requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid=true]')?.focus());
    return found.length === 0;
  };
  const onProblem = (problem: ApiProblem) => {
    if (problem.fields.size === 0) return false;
    setTold({ faults: faultsOf(problem, index), of: rule });
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-faults]')?.scrollIntoView({ block: 'nearest' }));
    return true;
  };
  const save = async () => {
    if (!check()) return;
    setBusy(true);
    try {
      await (isNew ? ask(api.POST('/api/v1/rules', { body: rule })) : ask(api.PUT('/api/v1/rules/{name}', { params: { path: { name: rule.code } }, body: rule })));
      saved.current = true;
      await queries.invalidateQueries({ queryKey: ['rules'] });
      toastDone(text.savedToDraft);
      await navigate({ to: '/rules/$code', params: { code: rule.code } });
    } catch (error) {
      if (!onProblem(toProblem(error))) toastProblem(error);
    }
    setBusy(false);
  };
  const isDirty = rule !== first;
  const leave = useBlocker({ shouldBlockFn: ({ current, next }) => isDirty && !saved.current && current.pathname !== next.pathname, enableBeforeUnload: () => isDirty && !saved.current, withResolver: true });
  const size = sizeOf(rule);
  const isJson = view === 'json';
  const said = (place: string) => faults.get(place)?.map((fault) => fault.message).join(' ');
  return (
    <>
      <PageHead
        title={isNew ? text.newRule : text.editRule(first.name)}
        text={text.builderText}
        actions={
          <>
            <Button size="small" kind="secondary" onClick={() => void navigate({ to: isNew ? '/rules' : '/rules/$code', params: { code: first.code } as never })}>{text.cancel}</Button>
            <Button size="small" busy={busy} onClick={() => void save()}>{text.saveToDraft}</Button>
          </>
        }
      />
      {all.length > 0 && (
        <div data-faults role="alert">
          <Notice tone="danger">
            <p className="font-medium">{text.faults(all.length)}</p>
            {faults.get('')?.map((fault) => <p key={`${fault.place} ${fault.message}`} className="mt-1">{fault.place && <span className="font-mono text-xs">{fault.place}: </span>}{fault.message}</p>)}
          </Notice>
        </div>
      )}
      <Columns
        isWide
        aside={
          <div className="space-y-5 xl:sticky xl:top-5">
            <Section title={text.asSentence}>
              <p className="text-sm leading-6 wrap-anywhere" data-sentence>{language && sentence(rule, language)}</p>
              <p className="mt-3 text-xs text-ink-3">{text.size(size.nodes, size.depth)}</p>
            </Section>
            <div className="max-md:hidden"><Section title={text.keysTitle}><Keys /></Section></div>
          </div>
        }
      >
        <Section title={text.basics}>
          <div className="grid gap-4 sm:grid-cols-2">
            <Field label={text.name} value={rule.name} maxLength={200} required onChange={(event) => change({ ...rule, name: event.target.value })} error={said('name')} className="!h-10 !text-sm" autoComplete="off" />
            <Field label={text.code} value={rule.code} maxLength={64} required readOnly={!isNew} onChange={(event) => { setIsCodeTyped(true); setRule({ ...rule, code: event.target.value }); }} error={said('code')} hint={isNew ? text.codeHint : text.codeStays} className={`!h-10 font-mono !text-sm ${isNew ? '' : '!bg-sunken'}`} autoComplete="off" spellCheck={false} />
            <div className="sm:col-span-2"><Field label={text.description} value={rule.description ?? ''} maxLength={2_000} onChange={(event) => change({ ...rule, description: event.target.value })} error={said('description')} className="!h-10 !text-sm" autoComplete="off" /></div>
            <fieldset className="sm:col-span-2">
              <legend className="mb-1.5 text-sm font-medium">{text.columns.mode}</legend>
              <div className="grid gap-2 sm:grid-cols-3">
                {(['live', 'shadow', 'off'] as const).map((mode) => (
                  <label key={mode} className="flex cursor-pointer gap-2.5 rounded-control border border-line px-3 py-2 text-sm hover:border-control has-checked:border-brand has-checked:bg-brand-tint">
                    <input type="radio" name="mode" checked={(rule.mode ?? 'live') === mode} onChange={() => change({ ...rule, mode })} className="mt-0.5 size-4 shrink-0 accent-brand" />
                    <span><span className="block font-medium">{text.modes[mode]}</span><span className="block text-xs text-ink-2">{text.modeText[mode]}</span></span>
                  </label>
                ))}
              </div>
            </fieldset>
          </div>
        </Section>
        <Card className="p-5" tour="rule-builder">
          <div className="flex flex-wrap items-start justify-between gap-x-4 [&>[role=group]]:mb-3">
            <h2 className="text-sm font-semibold">{text.asks}</h2>
            <Segments label={text.view} options={[['', text.viewRows], ['json', 'JSON']]} chosen={isJson ? 'json' : ''} onChange={(next) => void navigate({ to: '.', search: next ? { view: next } : {}, replace: true })} />
          </div>
          {isJson ? <JsonEditor rule={rule} isNew={isNew} onChange={(next) => { setIsCodeTyped(true); setRule(next); }} /> : language && <Conditions rule={rule} onChange={change} faults={faults} language={language} />}
        </Card>
        <Section title={text.follows}>
          <EffectEditor rule={rule} onChange={change} error={said('effect')} />
          <UnknownEditor rule={rule} onChange={change} said={said} />
        </Section>
        <PreviewPanel rule={rule} check={check} onProblem={onProblem} />
      </Columns>
      {leave.status === 'blocked' && (
        <ActDialog title={text.leave} effects={text.leaveEffects} confirm={text.leave} kind="danger" onClose={() => leave.reset()} run={() => { leave.proceed(); return Promise.resolve(false); }} />
      )}
    </>
  );
}

function Keys() {
  const text = useRulesText();
  return (
    <dl className="grid grid-cols-[auto_1fr] items-baseline gap-x-3 gap-y-1.5 text-xs">
      {text.keys.map(([keys, what]) => (
        <div key={what} className="contents"><dt className="whitespace-nowrap"><kbd className="rounded border border-line bg-surface px-1.5 font-sans">{keys}</kbd></dt><dd className="text-ink-2">{what}</dd></div>
      ))}
    </dl>
  );
}
