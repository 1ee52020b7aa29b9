// One alert: what was seen, who looks after it, and all that happened to it.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { meQuery } from '../../api/queries';
import { Button, buttonClass } from '../../design/button';
import { CopyId } from '../../design/copy';
import { View } from '../../design/states';
import { toastDone, toastProblem } from '../../design/toast';
import { useLocale } from '../../i18n/language';
import { useKeys } from '../keys';
import { At } from '../parts/at';
import { History } from '../parts/history';
import { Back, Columns, LINK, Notice, PageHead, Pair, Pairs, Section } from '../parts/page';
import { Person } from '../parts/person';
import { PanelButton, Popover } from '../parts/popover';
import { useMayOperate, useMyRole } from '../parts/role';
import { useAlertsText } from '../text/alerts';
import { useCommon } from '../text/common';
import { useWorkText } from '../text/work';
import { type AlertAct, AlertActing } from './acts';
import { useAlertTitle } from './alerts';
import { alertQuery, assign, pageOf, snooze } from './data';
import { AlertTag, SeverityTag } from './tags';
import type { AlertDetail } from './types';

export function AlertPage() {
  const common = useCommon();
  const { id } = useParams({ from: '/alerts/$id' });
  const asked = useQuery(alertQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to="/alerts">{common.pages.alerts}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(alert) => <Shown alert={alert} />}</View>
    </>
  );
}

function Shown({ alert }: { alert: AlertDetail }) {
  const text = useAlertsText();
  const common = useCommon();
  const work = useWorkText();
  const queries = useQueryClient();
  const mayAct = useMayOperate();
  const title = useAlertTitle();
  const { data: me } = useQuery(meQuery);
  const [act, setAct] = useState<AlertAct>();
  const isOver = alert.status === 'resolved';
  const place = pageOf(alert);
  /** What needs no question before it. */
  const now = async (done: string, run: () => Promise<unknown>) => {
    try {
      await run();
      await queries.invalidateQueries({ queryKey: ['alerts'] });
      toastDone(done);
    } catch (error) {
      toastProblem(error);
    }
  };
  useKeys(mayAct && alert.status === 'open' ? { e: () => setAct('acknowledge') } : {});
  const actions = mayAct && (
    <>
      {alert.status === 'open' && <Button size="small" onClick={() => setAct('acknowledge')}>{text.acknowledge}</Button>}
      {!isOver && <Button size="small" kind={alert.status === 'open' ? 'secondary' : 'primary'} onClick={() => setAct('resolve')}>{text.resolve}</Button>}
      <Popover label={common.actions} align="end">
        {(close) => {
          const button = (name: string, run: () => void) => <PanelButton onClick={() => { close(); run(); }}>{name}</PanelButton>;
          return (
            <>
              {!isOver && me && alert.owner !== me.id && button(work.take, () => void now(work.taken, () => assign(alert.id, me.id)))}
              {!isOver && button(work.assign, () => setAct('assign'))}
              {!isOver && (alert.snoozed ? button(work.wake, () => void now(text.awake, () => snooze(alert.id, null))) : button(work.snooze, () => setAct('snooze')))}
              {button(work.addComment, () => setAct('comment'))}
            </>
          );
        }}
      </Popover>
    </>
  );
  return (
    <>
      <PageHead name={title(alert)} title={<span className="flex flex-wrap items-center gap-x-3 gap-y-2"><bdi>{title(alert)}</bdi><SeverityTag severity={alert.severity} /><AlertTag alert={alert} /></span>} text={alert.evidence.at(-1)?.says} actions={actions} />
      {alert.snoozed && !isOver && <Notice>{text.snoozedUntil} <At at={alert.snoozed.until} /> (<Person id={alert.snoozed.by} />)</Notice>}
      {alert.suppressed_by && !isOver && <Notice>{text.suppressedBy} <Link to={`/alerts/${alert.suppressed_by}` as '/'} className="underline">{text.otherAlert}</Link></Notice>}
      {alert.resolved && <Notice tone={alert.resolved.while_firing ? 'warning' : 'success'}>{text.reasons[alert.resolved.reason]} · <At at={alert.resolved.at} /> · {alert.resolved.by ? <Person id={alert.resolved.by} /> : work.byItself}{alert.resolved.while_firing && ` · ${text.whileFiring}`}</Notice>}
      <Columns aside={<Details alert={alert} />}>
        <Section title={text.seen} action={place && <Link to={place.to as '/'} {...(place.search && { search: place.search as never })} className={buttonClass('secondary', 'small')}>{text.look}</Link>}>
          <ul className="divide-y divide-line">
            {[...alert.evidence].reverse().map((one) => <li key={`${one.at} ${one.says}`} className="flex flex-wrap justify-between gap-x-4 py-2 text-sm"><span className="min-w-0 wrap-anywhere">{one.says}</span><span className="text-xs text-ink-3"><At at={one.at} /></span></li>)}
          </ul>
        </Section>
        <Section title={work.history}>
          <History entries={alert.timeline.map(({ at, what, by, comment, facts }) => ({ at, by, comment, what: text.whats[what as keyof typeof text.whats] ?? what, more: Object.keys(facts).length > 0 && <Facts facts={facts} /> }))} />
        </Section>
      </Columns>
      {act && <AlertActing act={act} alert={alert} onClose={() => setAct(undefined)} />}
    </>
  );
}

/** What more there is to say of an entry: names and values. */
function Facts({ facts }: { facts: Record<string, unknown> }) {
  return <span className="font-mono text-xs">{Object.entries(facts).map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`).join(', ')}</span>;
}

function Details({ alert }: { alert: AlertDetail }) {
  const text = useAlertsText();
  const common = useCommon();
  const work = useWorkText();
  const locale = useLocale();
  return (
    <Section title={common.details}>
      <Pairs>
        <Pair name={work.owner}>{alert.owner ? <Person id={alert.owner} /> : work.nobody}</Pair>
        {alert.acknowledged && <Pair name={text.states.acknowledged}><Person id={alert.acknowledged.by} />, <At at={alert.acknowledged.at} relative /></Pair>}
        <Pair name={text.holds}>{alert.firing ? common.yes : common.no}</Pair>
        <Pair name={text.columns.count}><span className="tabular">{alert.count.toLocaleString(locale)}</span></Pair>
        <Pair name={text.first}><At at={alert.first_at} /></Pair>
        <Pair name={text.columns.last}><At at={alert.last_at} /></Pair>
        <Pair name={text.notices}><span className="tabular">{alert.notices}</span></Pair>
        <Pair name={text.group}><Link to={'/alerts' as '/'} search={{ kind: alert.kind } as never} className={LINK}>{text.groupText(alert.group.open, alert.group.acknowledged)}</Link></Pair>
        {alert.follows && <Pair name={text.follows}><Link to={`/alerts/${alert.follows}` as '/'} className={LINK}>{text.otherAlert}</Link></Pair>}
        <Pair name="Id"><CopyId id={alert.id} /></Pair>
      </Pairs>
    </Section>
  );
}
