// The draft of the rules: what it changes, what it would have done, and its way into force by somebody who has not worked on it.

import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { meQuery } from '../../api/queries';
import { Button, buttonClass } from '../../design/button';
import { Field } from '../../design/field';
import { Message, View } from '../../design/states';
import { download } from '../csv';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { Back, Columns, Notice, PageHead, Pair, Pairs, Section } from '../parts/page';
import { Person } from '../parts/person';
import { PanelButton, Popover } from '../parts/popover';
import { useIsAdmin, useMayOperate, useMyRole } from '../parts/role';
import { useCommon } from '../text/common';
import { useRulesText } from '../text/rules';
import { type Draft, draftQuery, rulesQuery, versionQuery } from './data';
import { Diff } from './diff';
import { asJson, Import } from './exchange';
import { PreviewPanel } from './preview';

export function DraftPage() {
  const text = useRulesText();
  const common = useCommon();
  const asked = useQuery(draftQuery);
  const role = useMyRole();
  // "There is none" is an answer, too.
  const found = { ...asked, data: asked.data === undefined ? undefined : { draft: asked.data } };
  return (
    <>
      <Back to="/rules">{common.pages.rules}</Back>
      <View asked={found} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>
        {({ draft }) => (draft ? <Shown draft={draft} /> : <Message isPage title={text.noDraft} text={text.noDraftText} action={<Link to="/rules" className={buttonClass('secondary', 'small')}>{common.pages.rules}</Link>} />)}
      </View>
    </>
  );
}

function Shown({ draft }: { draft: Draft }) {
  const text = useRulesText();
  const common = useCommon();
  const navigate = useNavigate();
  const mayWrite = useMayOperate();
  const mayPublish = useIsAdmin();
  const [act, setAct] = useState<'publish' | 'discard' | 'import'>();
  const { data: me } = useQuery(meQuery);
  const { data: rules } = useQuery(rulesQuery);
  const { data: base } = useQuery(versionQuery(draft.base));
  const isOwn = !!me && draft.authors.includes(me.id);
  const inForce = rules?.version.version;
  const isOutdated = inForce !== undefined && inForce !== draft.base;
  const close = () => setAct(undefined);
  return (
    <>
      <PageHead
        title={text.draftTitle}
        text={text.draftText(draft.base)}
        actions={
          <>
            {mayPublish && <Button size="small" disabled={isOwn || isOutdated || draft.changes.length === 0} onClick={() => setAct('publish')}>{text.publish}</Button>}
            <Popover label={common.actions} align="end">
              {(shut) => (
                <>
                  <PanelButton onClick={() => { shut(); download('rules-draft.json', asJson(draft.rules), 'application/json'); }}>{text.exportDraft}</PanelButton>
                  {mayWrite && <PanelButton onClick={() => { shut(); setAct('import'); }}>{text.import}</PanelButton>}
                  {mayWrite && <PanelButton onClick={() => { shut(); setAct('discard'); }}>{text.discard}</PanelButton>}
                </>
              )}
            </Popover>
          </>
        }
      />
      {isOutdated ? <Notice tone="danger">{text.outdated(draft.base, inForce)}</Notice> : isOwn ? <Notice tone="warning">{text.ownDraft}</Notice> : !mayPublish && <Notice>{text.adminPublishes}</Notice>}
      <Columns
        aside={
          <Section title={common.details}>
            <Pairs>
              <Pair name={text.revision}><span className="tabular">{draft.revision}</span></Pair>
              <Pair name={text.authors}>{draft.authors.map((id) => <span key={id} className="block"><Person id={id} /></span>)}</Pair>
              <Pair name={text.changedAt}><At at={draft.updated_at} /></Pair>
              <Pair name={text.beganWith}><Link to="/rules/all-versions/$version" params={{ version: String(draft.base) }} className="text-brand hover:underline">{text.version(draft.base)}</Link></Pair>
            </Pairs>
          </Section>
        }
      >
        <Section flush title={text.changesTitle(draft.changes.length)}>
          {draft.changes.length === 0 ? <p className="px-5 py-4 text-sm text-ink-2">{text.noChanges}</p> : <Diff before={base?.rules} after={draft.rules} changes={draft.changes} />}
        </Section>
        <PreviewPanel />
      </Columns>
      {act === 'publish' && (
        <ActDialog
          title={text.publish}
          effects={[text.publishEffects.version(draft.base + 1), text.publishEffects.seen(draft.revision), text.publishEffects.back]}
          confirm={text.publish}
          done={text.published}
          stale={[['rules']]}
          onClose={close}
          run={async (form) => {
            const { version } = await ask(api.POST('/api/v1/rule-drafts/publish', { body: { revision: draft.revision, note: String(form.get('note')).trim() } }));
            void navigate({ to: '/rules/all-versions/$version', params: { version: String(version) } });
          }}
        >
          <Field label={text.note} name="note" required maxLength={500} hint={text.noteHint} autoComplete="off" />
        </ActDialog>
      )}
      {act === 'discard' && <ActDialog title={text.discard} effects={text.discardEffects} confirm={text.discard} kind="danger" done={text.discarded} stale={[['rules']]} onClose={close} run={() => ask(api.DELETE('/api/v1/rule-drafts'))} />}
      {act === 'import' && <Import onClose={close} onDone={() => {}} />}
    </>
  );
}
