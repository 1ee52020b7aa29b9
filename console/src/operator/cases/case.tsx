// One case: what it is about, the evidence side by side, the decision, and all that happened to it. N takes the next one.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { Paperclip } from 'lucide-react';
import { useState } from 'react';

import { useRequestKey } from '../../api/request-key';
import { meQuery } from '../../api/queries';
import { Amount } from '../../design/amount';
import { StatusBadge } from '../../design/badge';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { View } from '../../design/states';
import { toastDone, toastProblem } from '../../design/toast';
import { useLocale } from '../../i18n/language';
import { useKeys } from '../keys';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { History } from '../parts/history';
import { AssignDialog } from '../parts/owner';
import { Back, Columns, LINK, Notice, PageHead, Pair, Pairs, Section } from '../parts/page';
import { Person } from '../parts/person';
import { PanelButton, Popover } from '../parts/popover';
import { useMayOperate, useMyRole } from '../parts/role';
import { Tag } from '../parts/tag';
import { useCasesText } from '../text/cases';
import { useCommon } from '../text/common';
import { useWorkText } from '../text/work';
import { queueOf, useNext } from './cases';
import { assign, attach, attachment, caseQuery, comment, contentOf, pin, reopen, snooze, subjectPage } from './data';
import { DecidePanel, Proposed } from './decide';
import { EvidenceSections } from './evidence';
import { Said, wordsOf } from './said';
import { CaseTag, Due, Priority } from './tags';
import type { Attachment, Case, WholeCase } from './types';

type Act = 'assign' | 'snooze' | 'pin' | 'reopen';

export function CasePage() {
  const common = useCommon();
  const { id } = useParams({ from: '/cases/$id' });
  const asked = useQuery(caseQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to="/cases">{common.pages.cases}</Back>
      {/* Another case is another form. */}
      <View key={id} asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(of) => <Shown of={of} />}</View>
    </>
  );
}

function Shown({ of }: { of: WholeCase }) {
  const text = useCasesText();
  const common = useCommon();
  const work = useWorkText();
  const queries = useQueryClient();
  const { queue } = useSearch({ from: '/cases/$id' });
  const mayAct = useMayOperate();
  const { data: me } = useQuery(meQuery);
  const [act, setAct] = useState<Act>();
  const next = useNext(queueOf(queue));
  const isOver = of.state === 'closed';
  const isOwn = !!me && of.people.some((one) => one.user === me.id);
  const mayWork = mayAct && !isOver && !isOwn;
  const now = async (done: string, run: () => Promise<unknown>) => {
    try {
      await run();
      await queries.invalidateQueries({ queryKey: ['cases'] });
      toastDone(done);
    } catch (error) {
      toastProblem(error);
    }
  };
  const take = () => me && void now(work.taken, () => assign(of.id, me.id));
  useKeys({ ...(mayAct && { n: () => void next() }), ...(mayWork && me && of.owner !== me.id && { a: () => take() }) });
  const place = subjectPage(of.subject);
  const actions = mayAct && (
    <>
      {mayWork && me && of.owner !== me.id && <Button size="small" onClick={take}>{work.take}</Button>}
      {isOver && !isOwn && of.reasons.length > 0 && <Button size="small" kind="secondary" onClick={() => setAct('reopen')}>{text.reopen}</Button>}
      <Button size="small" kind="secondary" onClick={() => void next()}>{text.next} <kbd className="rounded border border-line px-1 font-sans text-xs text-ink-3" aria-hidden="true">N</kbd></Button>
      {mayWork && (
        <Popover label={common.actions} align="end">
          {(close) => {
            const button = (name: string, run: () => void) => <PanelButton onClick={() => { close(); run(); }}>{name}</PanelButton>;
            return (
              <>
                {button(work.assign, () => setAct('assign'))}
                {of.snoozed_until ? button(work.wake, () => void now(text.awake, () => snooze(of.id, null, text.wakeReason))) : button(work.snooze, () => setAct('snooze'))}
                {button(text.pin, () => setAct('pin'))}
              </>
            );
          }}
        </Popover>
      )}
    </>
  );
  return (
    <>
      <PageHead
        name={of.title}
        title={<span className="flex flex-wrap items-center gap-x-3 gap-y-2"><bdi>{of.title}</bdi><CaseTag state={of.state} />{of.needs_two && <Tag tone="review">{text.two}</Tag>}</span>}
        text={<span className="flex flex-wrap items-baseline gap-x-3">{text.queues[of.queue]}{of.amount && of.currency && <Amount amount={of.amount} currency={of.currency} code className="font-medium text-ink" />}{place && <Link to={place as '/'} className={`font-mono text-xs ${LINK}`}>{of.subject}</Link>}</span>}
        actions={actions}
      />
      {isOwn && !isOver && <Notice tone="warning">{text.ownCase}</Notice>}
      {of.snoozed_until && <Notice>{text.sleepsUntil} <At at={of.snoozed_until} /></Notice>}
      {of.decision && <Decided of={of} />}
      <Columns
        aside={
          <>
            {!isOver && of.reasons.length === 0 ? <Section title={text.decision}><p className="text-sm text-ink-2">{text.byEvidence}</p></Section> : mayWork ? <DecidePanel of={of} /> : !isOver && of.proposal && <Section title={text.decision}><Proposed proposal={of.proposal} /></Section>}
            <Details of={of} />
          </>
        }
      >
        <EvidenceSections evidence={of.evidence} />
        <Links of={of} />
        <Files of={of} mayAdd={mayWork} />
        <Section title={work.history}>
          {mayAct && !isOwn && <CommentForm id={of.id} />}
          <History entries={of.timeline.map((entry) => ({ at: entry.at, by: entry.by, what: text.events[entry.kind as keyof typeof text.events] ?? entry.kind, comment: wordsOf(entry), more: <Said entry={entry} /> }))} />
        </Section>
      </Columns>
      {act && <Acting act={act} of={of} onClose={() => setAct(undefined)} />}
    </>
  );
}

function Decided({ of }: { of: Case }) {
  const text = useCasesText();
  const work = useWorkText();
  const { decision } = of;
  if (!decision) return null;
  const verdict = text.verdicts[decision.outcome as keyof typeof text.verdicts] ?? text.automatic[decision.outcome as keyof typeof text.automatic] ?? decision.outcome;
  return (
    <Notice tone="success">
      <span className="font-medium">{verdict}</span>
      {decision.reason && <> · {text.reasons[decision.reason as keyof typeof text.reasons] ?? decision.reason}</>}
      {decision.note && <>: <bdi>{decision.note}</bdi></>} · <At at={decision.at} /> · {decision.decided_by ? <Person id={decision.decided_by} /> : work.byItself}
      {decision.proposed_by && <> ({text.proposedBy} <Person id={decision.proposed_by} />)</>}
    </Notice>
  );
}

function Details({ of }: { of: WholeCase }) {
  const text = useCasesText();
  const common = useCommon();
  const work = useWorkText();
  return (
    <Section title={common.details}>
      <Pairs>
        <Pair name={work.owner}>{of.owner ? <Person id={of.owner} /> : work.nobody}</Pair>
        <Pair name={text.columns.priority}><Priority priority={of.priority} />{of.pinned && <span className="ml-2 text-xs text-ink-3">{text.pinned}</span>}</Pair>
        <Pair name={text.columns.due}><span className="inline-flex flex-wrap justify-end gap-2"><Due of={of} />{of.state !== 'closed' && <At at={of.due_at} />}</span></Pair>
        {of.transaction_status && <Pair name={text.payment}><StatusBadge status={of.transaction_status} /></Pair>}
        <Pair name={text.people}>{of.people.length === 0 ? '–' : of.people.map((one) => <span key={one.user} className="block"><Person id={one.user} />{one.is_subject && <span className="text-xs text-ink-3"> {text.subject}</span>}</span>)}</Pair>
        <Pair name={text.hitsName}><span className="tabular">{of.hits}</span>, <At at={of.last_hit_at} relative /></Pair>
        <Pair name={text.opened}><At at={of.opened_at} /></Pair>
        <Pair name="Id"><CopyId id={of.id} /></Pair>
      </Pairs>
    </Section>
  );
}

function Links({ of: { links } }: { of: WholeCase }) {
  const text = useCasesText();
  const { same_subject, same_people, same_instrument } = links;
  if (same_subject.length + same_people.length + same_instrument.length === 0) return null;
  const cases = (title: string, list: readonly Case[]) =>
    list.length > 0 && (
      <div>
        <h3 className="text-xs font-medium text-ink-3">{title}</h3>
        <ul className="mt-1 space-y-1.5 text-sm">{list.map((one) => <li key={one.id} className="flex flex-wrap items-center gap-x-3 gap-y-1"><Link to={`/cases/${one.id}` as '/'} className={LINK}><bdi>{one.title}</bdi></Link><CaseTag state={one.state} /><span className="text-xs text-ink-3"><At at={one.opened_at} relative /></span></li>)}</ul>
      </div>
    );
  return (
    <Section title={text.links}>
      <div className="space-y-4">
        {cases(text.sameSubject, same_subject)}
        {cases(text.samePeople, same_people)}
        {same_instrument.length > 0 && (
          <div>
            <h3 className="text-xs font-medium text-ink-3">{text.sameInstrument}</h3>
            <ul className="mt-1 space-y-1.5 text-sm">{same_instrument.map((one) => <li key={one.transaction} className="flex flex-wrap items-center gap-x-3 gap-y-1"><Link to="/payments/$id" params={{ id: one.transaction }} className={`font-mono text-xs ${LINK}`}>{one.transaction}</Link>{one.status && <StatusBadge status={one.status} />}{one.payer && <Person id={one.payer} />}<span className="text-xs text-ink-3"><At at={one.created_at} relative /></span></li>)}</ul>
          </div>
        )}
      </div>
    </Section>
  );
}

/** The types of files that a case takes. */
const TYPES = 'application/pdf,image/png,image/jpeg,text/plain';

function Files({ of, mayAdd }: { of: WholeCase; mayAdd: boolean }) {
  const text = useCasesText();
  const locale = useLocale();
  const keyOf = useRequestKey();
  const queries = useQueryClient();
  const [busy, setBusy] = useState(false);
  const add = async (file: File | undefined) => {
    if (!file) return;
    setBusy(true);
    try {
      const body = { name: file.name.slice(-100), content: await contentOf(file) };
      await attach(of.id, body, keyOf(body));
      await queries.invalidateQueries({ queryKey: ['cases', 'one', of.id] });
      toastDone(text.attached);
    } catch (error) {
      toastProblem(error);
    }
    setBusy(false);
  };
  const save = async (file: Attachment) => {
    try {
      const { name, kind, content } = await attachment(file.id);
      const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
      const url = URL.createObjectURL(new Blob([bytes], { type: kind }));
      Object.assign(document.createElement('a'), { href: url, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1_000);
    } catch (error) {
      toastProblem(error);
    }
  };
  if (of.attachments.length === 0 && !mayAdd) return null;
  const size = new Intl.NumberFormat(locale, { style: 'unit', unit: 'kilobyte', maximumFractionDigits: 0 });
  return (
    <Section title={text.files} text={mayAdd ? text.filesText : undefined}>
      <ul className="divide-y divide-line">
        {of.attachments.map((file) => (
          <li key={file.id} className="flex flex-wrap items-baseline gap-x-3 py-2 text-sm">
            <button type="button" onClick={() => void save(file)} className={`inline-flex items-center gap-1.5 ${LINK}`}><Paperclip className="size-4" aria-hidden="true" /><bdi className="wrap-anywhere">{file.name}</bdi></button>
            <span className="text-xs text-ink-3">{size.format(Math.max(file.size / 1_000, 1))} · <Person id={file.added_by} /> · <At at={file.added_at} relative /></span>
          </li>
        ))}
      </ul>
      {mayAdd && <label className="mt-2 block text-sm font-medium">{text.addFile}<input type="file" accept={TYPES} disabled={busy} className="mt-1.5 block w-full text-sm font-normal text-ink-2 file:mr-3 file:h-9 file:rounded-control file:border file:border-solid file:border-line file:bg-surface file:px-3 file:font-medium file:text-ink" onChange={(event) => { void add(event.target.files?.[0]); event.target.value = ''; }} /></label>}
    </Section>
  );
}

function CommentForm({ id }: { id: string }) {
  const work = useWorkText();
  const keyOf = useRequestKey();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    try {
      await comment(id, typed.trim(), keyOf({ id, typed }));
      setTyped('');
      await queries.invalidateQueries({ queryKey: ['cases', 'one', id] });
      toastDone(work.commented);
    } catch (error) {
      toastProblem(error);
    }
    setBusy(false);
  };
  return (
    <form className="mb-5" onSubmit={(event) => { event.preventDefault(); void send(); }}>
      <label className="block text-sm font-medium">{work.comment}<textarea value={typed} onChange={(event) => setTyped(event.target.value)} rows={2} maxLength={4_000} className="mt-1.5 block w-full rounded-control border border-control bg-surface p-2.5 text-sm font-normal hover:border-ink-3 focus:outline-2 focus:outline-focus" /></label>
      <Button type="submit" size="small" kind="secondary" className="mt-2" busy={busy} disabled={!typed.trim()}>{work.addComment}</Button>
    </form>
  );
}

function Acting({ act, of, onClose }: { act: Act; of: Case; onClose: () => void }) {
  const text = useCasesText();
  const work = useWorkText();
  const shared = { stale: [['cases']], onClose };
  const reason = <Field label={text.why} name="reason" required maxLength={500} autoComplete="off" />;
  const value = (form: FormData, name: string) => String(form.get(name) ?? '').trim();
  switch (act) {
    case 'assign':
      return <AssignDialog title={work.assign} owner={of.owner} {...shared} run={(owner) => assign(of.id, owner)} />;
    case 'snooze':
      return (
        <ActDialog title={work.snooze} effects={text.snoozeEffects} confirm={work.snooze} done={text.snoozed} {...shared} run={(form) => snooze(of.id, new Date(value(form, 'until')).toISOString(), value(form, 'reason'))}>
          <Field label={work.until} name="until" type="datetime-local" required defaultValue={localTime(new Date(Date.now() + 86_400_000))} />
          {reason}
        </ActDialog>
      );
    case 'pin':
      return (
        <ActDialog title={text.pin} effects={text.pinEffects} confirm={text.pin} done={text.pinnedDone} {...shared} run={(form) => pin(of.id, value(form, 'priority') === '' ? null : Number(value(form, 'priority')), value(form, 'reason'))}>
          <Field label={text.columns.priority} name="priority" inputMode="numeric" pattern="\d{1,2}|100" defaultValue={String(of.priority)} hint={text.pinHint} autoComplete="off" />
          {reason}
        </ActDialog>
      );
    case 'reopen':
      return <ActDialog title={text.reopen} effects={text.reopenEffects} confirm={text.reopen} done={text.reopened} {...shared} run={(form) => reopen(of.id, value(form, 'reason'))}>{reason}</ActDialog>;
  }
}

/** A time as fields of forms have it, in the browser's zone. */
const localTime = (time: Date) => new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
