// What somebody does with an alert: each says first what follows.

import { useState } from 'react';

import { Field, Select } from '../../design/field';
import { ActDialog } from '../parts/act';
import { AssignDialog } from '../parts/owner';
import { useAlertsText } from '../text/alerts';
import { useWorkText } from '../text/work';
import { acknowledge, assign, comment, resolve, snooze } from './data';
import { type Alert, type Reason, REASONS } from './types';

export type AlertAct = 'acknowledge' | 'resolve' | 'snooze' | 'assign' | 'comment';

const STALE = [['alerts']];

export function AlertActing({ act, alert, onClose }: { act: AlertAct; alert: Alert; onClose: () => void }) {
  const text = useAlertsText();
  const work = useWorkText();
  const [reason, setReason] = useState<Reason>('fixed');
  const of = (form: FormData, name: string) => String(form.get(name) ?? '').trim();
  const shared = { stale: STALE, onClose };
  switch (act) {
    case 'acknowledge':
      return (
        <ActDialog title={text.acknowledge} effects={text.acknowledgeEffects} confirm={text.acknowledge} done={text.acknowledged} {...shared} run={(form) => acknowledge(alert.id, of(form, 'comment'))}>
          <Field label={work.comment} name="comment" maxLength={500} autoComplete="off" hint={text.commentHint} />
        </ActDialog>
      );
    case 'resolve':
      return (
        <ActDialog title={text.resolve} effects={alert.firing ? text.resolveFiring : text.resolveEffects} confirm={text.resolve} done={text.resolvedDone} {...shared} run={(form) => resolve(alert.id, reason, of(form, 'comment'))}>
          <Select label={text.reason} value={reason} onChange={(event) => setReason(event.target.value as Reason)}>{REASONS.map((one) => <option key={one} value={one}>{text.reasons[one]}</option>)}</Select>
          <Field label={work.comment} name="comment" maxLength={500} required={reason === 'other'} autoComplete="off" />
        </ActDialog>
      );
    case 'snooze':
      return (
        <ActDialog title={work.snooze} effects={text.snoozeEffects} confirm={work.snooze} done={text.snoozedDone} {...shared} run={(form) => snooze(alert.id, new Date(Date.now() + Number(form.get('hours')) * 3_600_000).toISOString(), of(form, 'comment'))}>
          <Select label={text.forHowLong} name="hours" defaultValue="4">{Object.entries(work.hours).map(([hours, name]) => <option key={hours} value={hours}>{name}</option>)}</Select>
          <Field label={work.comment} name="comment" maxLength={500} autoComplete="off" />
        </ActDialog>
      );
    case 'assign':
      return <AssignDialog title={work.assign} owner={alert.owner} {...shared} run={(owner) => assign(alert.id, owner)} />;
    case 'comment':
      return (
        <ActDialog title={work.addComment} effects={[]} confirm={work.addComment} done={work.commented} {...shared} run={(form) => comment(alert.id, of(form, 'comment'))}>
          <Field label={work.comment} name="comment" maxLength={500} required autoComplete="off" />
        </ActDialog>
      );
  }
}
