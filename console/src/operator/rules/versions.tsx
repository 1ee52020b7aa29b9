// The versions of the rules: who made each, who brought it into force, what it changed; and the way back to an earlier one.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button } from '../../design/button';
import { Field } from '../../design/field';
import { View } from '../../design/states';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, COVER, PagedList } from '../parts/data-table';
import { Back, Columns, PageHead, Pair, Pairs, Raw, Section } from '../parts/page';
import { Person } from '../parts/person';
import { useIsAdmin, useMyRole } from '../parts/role';
import { Tag } from '../parts/tag';
import { useCommon } from '../text/common';
import { useRulesText } from '../text/rules';
import type { RuleSet } from './ast';
import { type Change, rulesQuery, useRuleLanguage, type Version, versionQuery, versionsQuery } from './data';
import { Diff } from './diff';
import { saveRules } from './exchange';
import { shortSentence } from './sentence';
import { ModeTag } from './tags';

function By({ version }: { version: Version }) {
  const common = useCommon();
  return version.published_by ? <Person id={version.published_by} /> : <>{common.system}</>;
}

export function Versions() {
  const text = useRulesText();
  const common = useCommon();
  const navigate = useNavigate();
  const asked = useInfiniteQuery(versionsQuery);
  const { data: rules } = useQuery(rulesQuery);
  const columns: Column<Version>[] = [
    { key: 'version', head: text.versionColumns.version, phone: 'a', cell: (row) => <Link to="/rules/all-versions/$version" params={{ version: String(row.version) }} className={COVER}>{text.version(row.version)}</Link> },
    { key: 'note', head: text.note, phone: 'c', wide: true, cell: (row) => <bdi className="text-ink-2">{row.note}</bdi> },
    { key: 'by', head: text.versionColumns.by, cell: (row) => <span className="relative z-10"><By version={row} /></span> },
    { key: 'at', head: text.versionColumns.at, phone: 'd', cell: (row) => <span className="text-ink-2">{row.published_by ? <At at={row.published_at} /> : text.fromTheBeginning}</span> },
    { key: 'state', head: text.columns.state, phone: 'b', align: 'end', cell: (row) => (row.version === rules?.version.version ? <Tag tone="success">{text.inForceTag}</Tag> : row.restores != null ? <Tag>{text.restores(row.restores)}</Tag> : null) },
  ];
  return (
    <>
      <Back to="/rules">{common.pages.rules}</Back>
      <PageHead title={text.versions} text={text.versionsText} />
      <PagedList asked={asked} label={text.versions} columns={columns} keyOf={(row) => String(row.version)} onOpen={(row) => void navigate({ to: '/rules/all-versions/$version', params: { version: String(row.version) } })} empty={{ title: text.noVersions, text: text.noVersionsText }} />
    </>
  );
}

export function VersionPage() {
  const text = useRulesText();
  const { version } = useParams({ from: '/rules/all-versions/$version' });
  const asked = useQuery(versionQuery(Number(version) || 0));
  const role = useMyRole();
  return (
    <>
      <Back to="/rules/all-versions">{text.versions}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(found) => <Shown version={found} />}</View>
    </>
  );
}

function Shown({ version }: { version: Version & { changes: Change[]; rules: RuleSet } }) {
  const text = useRulesText();
  const common = useCommon();
  const navigate = useNavigate();
  const mayPublish = useIsAdmin();
  const language = useRuleLanguage();
  const [restoring, setRestoring] = useState(false);
  const { data: rules } = useQuery(rulesQuery);
  const { data: before } = useQuery({ ...versionQuery(version.version - 1), enabled: version.version > 1 });
  const inForce = rules?.version.version;
  const isInForce = inForce === version.version;
  return (
    <>
      <PageHead
        name={text.version(version.version)}
        title={<span className="flex flex-wrap items-center gap-3">{text.version(version.version)}{isInForce && <Tag tone="success">{text.inForceTag}</Tag>}</span>}
        text={<bdi>{version.note}</bdi>}
        actions={
          <>
            {mayPublish && inForce !== undefined && !isInForce && <Button size="small" onClick={() => setRestoring(true)}>{text.restore}</Button>}
            <Button size="small" kind="secondary" onClick={() => void saveRules(version.version)}>{text.exportOne}</Button>
          </>
        }
      />
      <Columns
        aside={
          <Section title={common.details}>
            <Pairs>
              <Pair name={text.authors}>{version.authors.length === 0 ? '–' : version.authors.map((id) => <span key={id} className="block"><Person id={id} /></span>)}</Pair>
              <Pair name={text.versionColumns.by}><By version={version} /></Pair>
              <Pair name={text.versionColumns.at}>{version.published_by ? <At at={version.published_at} /> : text.fromTheBeginning}</Pair>
              {version.restores != null && <Pair name={text.restoresName}>{text.version(version.restores)}</Pair>}
              <Pair name={text.baseCurrency}>{version.rules.base_currency}</Pair>
              {version.rules.levels && <Pair name={text.levels}><span className="tabular">{text.levelsText(version.rules.levels.medium, version.rules.levels.high)}</span></Pair>}
              <Pair name={text.ruleCount}><span className="tabular">{version.rules.rules.length}</span></Pair>
            </Pairs>
          </Section>
        }
      >
        {version.changes.length > 0 && <Section flush title={text.changesTitle(version.changes.length)}><Diff before={before?.rules} after={version.rules} changes={version.changes} /></Section>}
        <Section flush title={text.rulesOfIt}>
          <ul className="divide-y divide-line">
            {version.rules.rules.map((rule) => (
              <li key={rule.code} className="px-5 py-3 text-sm">
                <p className="flex flex-wrap items-center justify-between gap-x-3 gap-y-1"><span className="font-medium"><bdi>{rule.name}</bdi></span><ModeTag mode={rule.mode} /></p>
                <p className="mt-0.5 text-ink-2 wrap-anywhere">{language && shortSentence(rule, language)}</p>
              </li>
            ))}
          </ul>
        </Section>
        <details className="rounded-card border border-line bg-surface px-5 py-3">
          <summary className="rounded-md text-sm font-medium text-ink-2">{common.raw}</summary>
          <div className="mt-3"><Raw label={common.raw}>{version.rules}</Raw></div>
        </details>
      </Columns>
      {restoring && (
        <ActDialog
          title={text.restore}
          effects={[text.restoreEffects.now(version.version, inForce ?? 0), ...text.restoreEffects.more]}
          confirm={text.restore}
          done={text.restored}
          stale={[['rules']]}
          onClose={() => setRestoring(false)}
          run={async (form) => {
            const made = await ask(api.POST('/api/v1/rule-sets/{version}/restore', { params: { path: { version: version.version } }, body: { in_force: inForce ?? 0, note: String(form.get('note')).trim() } }));
            void navigate({ to: '/rules/all-versions/$version', params: { version: String(made.version) } });
          }}
        >
          <Field label={text.note} name="note" required maxLength={500} hint={text.noteHint} autoComplete="off" />
        </ActDialog>
      )}
    </>
  );
}
