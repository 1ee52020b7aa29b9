// One dead letter: why it was given up, what it says, and what becomes of it.

import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { View } from '../../design/states';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { Back, Columns, LINK, PageHead, Pair, Pairs, Raw, Section } from '../parts/page';
import { Person } from '../parts/person';
import { useMayOperate, useMyRole } from '../parts/role';
import { Tag } from '../parts/tag';
import { deadLetterQuery } from '../queries';
import { useCommon } from '../text/common';
import { useQueuesText } from '../text/queues';

type Letter = components['schemas']['DeadLetterDetails'];

export function DeadLetterPage() {
  const text = useQueuesText();
  const { id } = useParams({ from: '/dead-letters/$id' });
  const asked = useQuery(deadLetterQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to="/dead-letters">{text.backToList}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(letter) => <Shown letter={letter} />}</View>
    </>
  );
}

const TONES = { waiting: 'warning', replayed: 'success', discarded: 'quiet' } as const;

function Shown({ letter }: { letter: Letter }) {
  const text = useQueuesText();
  const common = useCommon();
  const mayAct = useMayOperate() && letter.state === 'waiting';
  const [act, setAct] = useState<'replay' | 'discard'>();
  const close = () => setAct(undefined);
  const path = { id: letter.id };
  const stale = [['dead-letters'], ['queues']];
  const state = letter.state as keyof typeof TONES;
  return (
    <>
      <PageHead
        name={letter.type}
        title={<span className="flex flex-wrap items-center gap-3"><span className="font-mono text-base">{letter.type}</span><Tag tone={TONES[state] ?? 'quiet'}>{text.states[state] ?? letter.state}</Tag></span>}
        text={<CopyId id={letter.id} />}
        actions={mayAct && <><Button size="small" onClick={() => setAct('replay')}>{text.replay}</Button><Button size="small" kind="danger" onClick={() => setAct('discard')}>{text.discard}</Button></>}
      />
      <Columns
        aside={
          <Section title={common.details}>
            <Pairs>
              <Pair name={text.subject}>{/^txn_/.test(letter.subject) ? <Link to="/payments/$id" params={{ id: letter.subject }} className={`font-mono text-xs ${LINK}`}>{letter.subject}</Link> : <span className="font-mono text-xs">{letter.subject}</span>}</Pair>
              <Pair name={text.consumer}><span className="font-mono text-xs">{letter.consumer}</span></Pair>
              <Pair name={text.feed}><span className="font-mono text-xs">{letter.feed}</span></Pair>
              <Pair name={text.event}><CopyId id={letter.event} /></Pair>
              <Pair name={text.attempts}>{letter.attempts}</Pair>
              <Pair name={text.first}><At at={letter.first_at} /></Pair>
              <Pair name={text.last}><At at={letter.last_at} /></Pair>
              {letter.ended_by && <Pair name={text.endedBy}><Person id={letter.ended_by} /></Pair>}
              {letter.reason && <Pair name={text.reason}><bdi>{letter.reason}</bdi></Pair>}
            </Pairs>
          </Section>
        }
      >
        <Section title={text.error}><Raw label={text.error}>{letter.error}</Raw></Section>
        <Section title={text.content}>{letter.content ? <Raw label={text.content}>{letter.content}</Raw> : <p className="text-sm text-ink-2">{text.noContent}</p>}</Section>
      </Columns>
      {act === 'replay' && <ActDialog title={text.replayOneTitle} effects={text.replayEffects} confirm={text.replay} done={text.replayed} stale={stale} onClose={close} run={() => ask(api.POST('/api/v1/admin/dead-letters/{id}/replay', { params: { path } }))} />}
      {act === 'discard' && (
        <ActDialog
          title={text.discardTitle}
          effects={text.discardEffects}
          confirm={text.discard}
          kind="danger"
          done={text.discarded}
          stale={stale}
          onClose={close}
          run={(form) => {
            const body = { reason: String(form.get('reason')).trim() };
            return ask(api.POST('/api/v1/admin/dead-letters/{id}/discard', { params: { path }, body }));
          }}
        >
          <Field label={text.discardReason} name="reason" maxLength={500} required autoComplete="off" />
        </ActDialog>
      )}
    </>
  );
}
