// One rule: what it asks and does, as it is in force and in the draft, how often it hit, and for whom it is quiet.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { BellOff } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button, buttonClass } from '../../design/button';
import { CopyId } from '../../design/copy';
import { View } from '../../design/states';
import { toastDone, toastProblem } from '../../design/toast';
import { useLocale } from '../../i18n/language';
import { download } from '../csv';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { Back, Columns, LINK, Notice, PageHead, Pair, Pairs, Raw, Section } from '../parts/page';
import { Person } from '../parts/person';
import { PanelButton, Popover } from '../parts/popover';
import { useMayOperate, useMyRole } from '../parts/role';
import { useCommon } from '../text/common';
import { useRulesText } from '../text/rules';
import type { Rule } from './ast';
import { draftQuery, newest, type RuleBody, ruleQuery, type Snooze, snoozesQuery, useHitRate, useRuleLanguage } from './data';
import { Changes } from './diff';
import { asJson } from './exchange';
import { consequence, sentence, weight } from './sentence';
import { SnoozeDialog } from './snooze';
import { ModeTag, PrecisionOf, StateTag } from './tags';
import { Tree } from './tree';

export function RulePage() {
  const common = useCommon();
  const { code } = useParams({ from: '/rules/$code' });
  const asked = useQuery(ruleQuery(code));
  const role = useMyRole();
  return (
    <>
      <Back to="/rules">{common.pages.rules}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(body) => <Shown body={body} />}</View>
    </>
  );
}

function Shown({ body }: { body: RuleBody }) {
  const text = useRulesText();
  const common = useCommon();
  const mayAct = useMayOperate();
  const queries = useQueryClient();
  const language = useRuleLanguage();
  const [act, setAct] = useState<'snooze' | 'remove'>();
  const navigate = useNavigate();
  const rule = newest(body);
  const mode = rule.mode ?? 'live';
  /** Another mode is a change of the draft like any other. */
  const setMode = async (next: Rule['mode']) => {
    try {
      await ask(api.PUT('/api/v1/rules/{name}', { params: { path: { name: body.code } }, body: { ...rule, mode: next! } }));
      await queries.invalidateQueries({ queryKey: ['rules'] });
      toastDone(text.savedToDraft);
    } catch (error) {
      toastProblem(error);
    }
  };
  const isThere = body.state !== 'removed';
  return (
    <>
      <PageHead
        name={rule.name}
        title={<span className="flex flex-wrap items-center gap-x-3 gap-y-2"><bdi>{rule.name}</bdi><ModeTag mode={mode} /><StateTag state={body.state} /></span>}
        text={rule.description}
        actions={
          mayAct && (
            <>
              {isThere && <Link to="/rules/$code/edit" params={{ code: body.code }} className={buttonClass('primary', 'small')}>{text.edit}</Link>}
              <Popover label={common.actions} align="end">
                {(close) => (
                  <>
                    {isThere && (['live', 'shadow', 'off'] as const).filter((one) => one !== mode).map((one) => <PanelButton key={one} onClick={() => { close(); void setMode(one); }}>{text.toMode[one]}</PanelButton>)}
                    {body.in_force && <PanelButton onClick={() => { close(); setAct('snooze'); }}>{text.snooze}</PanelButton>}
                    <PanelButton onClick={() => { close(); download(`rule-${body.code}.json`, asJson(rule), 'application/json'); }}>{text.exportOne}</PanelButton>
                    {isThere && <PanelButton onClick={() => { close(); setAct('remove'); }}>{text.remove}</PanelButton>}
                  </>
                )}
              </Popover>
            </>
          )
        }
      />
      {body.state !== 'in_force' && (
        <Notice tone={body.state === 'removed' ? 'warning' : 'info'} action={<Link to="/rules/current-draft" className={buttonClass('secondary', 'small')}>{text.openDraft}</Link>}>{text.stateText[body.state]}</Notice>
      )}
      <Columns aside={<><Figures body={body} /><Snoozes code={body.code} mayAct={mayAct} onNew={() => setAct('snooze')} isInForce={!!body.in_force} /></>}>
        <Section title={text.asSentence}><p className="text-base leading-7">{language ? sentence(rule, language) : body.sentence}</p></Section>
        {body.state === 'changed' && <ChangesOf code={body.code} />}
        <Section title={text.asks}>{language && <Tree predicate={rule.when} language={language} />}</Section>
        <Section title={text.follows}>
          <Pairs>
            <Pair name={text.whenYes}>{language && consequence(rule, language)}</Pair>
            {(['error', 'not_applicable', 'too_little_data'] as const).map((name) => {
              const of = rule.unknown?.[name];
              return <Pair key={name} name={text.unknown[name]}>{of ? language && weight(of, language) : <span className="text-warning">{text.notSaid}</span>}</Pair>;
            })}
          </Pairs>
        </Section>
        <details className="rounded-card border border-line bg-surface px-5 py-3">
          <summary className="rounded-md text-sm font-medium text-ink-2">{common.raw}</summary>
          <div className="mt-3"><Raw label={common.raw}>{rule}</Raw></div>
        </details>
      </Columns>
      {act === 'snooze' && <SnoozeDialog code={body.code} onClose={() => setAct(undefined)} />}
      {act === 'remove' && (
        <ActDialog
          title={text.remove}
          effects={body.in_force ? text.removeEffects : text.removeNewEffects}
          confirm={text.remove}
          kind="danger"
          done={text.savedToDraft}
          stale={[['rules', 'list'], ['rules', 'draft']]}
          onClose={() => setAct(undefined)}
          run={async () => {
            await ask(api.DELETE('/api/v1/rules/{name}', { params: { path: { name: body.code } } }));
            void navigate({ to: '/rules' });
            queries.removeQueries({ queryKey: ['rules', 'one', body.code] });
          }}
        />
      )}
    </>
  );
}

function Figures({ body }: { body: RuleBody }) {
  const text = useRulesText();
  const locale = useLocale();
  const rate = useHitRate();
  const { asked, hits, unknown, counted } = body.hit_rate;
  const number = (value: number) => <span className="tabular">{value.toLocaleString(locale)}</span>;
  return (
    <Section title={text.last30}>
      <Pairs>
        <Pair name={text.columns.rate}><span className="tabular font-medium">{rate(body.hit_rate)}</span></Pair>
        <Pair name={text.columns.precision}><PrecisionOf row={body} /></Pair>
        <Pair name={text.figures.asked}>{number(asked)}</Pair>
        <Pair name={text.figures.hits}>{number(hits)}</Pair>
        <Pair name={text.figures.counted}>{number(counted)}</Pair>
        <Pair name={text.figures.unknown}>{number(unknown)}</Pair>
        <Pair name={text.code}><CopyId id={body.code} /></Pair>
      </Pairs>
    </Section>
  );
}

/** What the draft says otherwise of this rule. */
function ChangesOf({ code }: { code: string }) {
  const text = useRulesText();
  const { data: draft } = useQuery(draftQuery);
  const changes = draft?.changes.filter((change) => change.path.startsWith(`rules[${code}]`)) ?? [];
  if (changes.length === 0) return null;
  return <Section title={text.changesInDraft}><Changes changes={changes} /></Section>;
}

function Snoozes({ code, mayAct, onNew, isInForce }: { code: string; mayAct: boolean; onNew: () => void; isInForce: boolean }) {
  const text = useRulesText();
  const { data = [] } = useQuery(snoozesQuery);
  const [waking, setWaking] = useState<Snooze>();
  const own = data.filter((one) => one.rule === code);
  return (
    <Section title={text.quietFor} action={mayAct && isInForce && <button type="button" onClick={onNew} className={`text-sm ${LINK}`}>{text.snooze}</button>}>
      {own.length === 0 && <p className="flex items-center gap-2 py-1 text-sm text-ink-2"><BellOff className="size-4 text-ink-3" aria-hidden="true" />{text.nobodyQuiet}</p>}
      <ul className="divide-y divide-line">
        {own.map((one) => (
          <li key={one.user} className="py-2.5 text-sm">
            <div className="flex items-baseline justify-between gap-3"><Person id={one.user} />{mayAct && <Button kind="quiet" size="small" className="-my-2 -mr-3" onClick={() => setWaking(one)}>{text.wake}</Button>}</div>
            <p className="wrap-anywhere">{one.reason}</p>
            <p className="mt-0.5 text-xs text-ink-3">{text.until} <At at={one.until} /> · <Person id={one.author} /></p>
          </li>
        ))}
      </ul>
      {waking && (
        <ActDialog title={text.wake} effects={text.wakeEffects} confirm={text.wake} done={text.woken} stale={[['rules', 'snoozes']]} onClose={() => setWaking(undefined)} run={() => ask(api.POST('/api/v1/rules/{name}/wake', { params: { path: { name: code } }, body: { user: waking.user } }))} />
      )}
    </Section>
  );
}
