// What belongs to whoever is here: profile, how the console looks, sessions; and the settings of the system.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';

import { api, ask } from '../../api/client';
import { factorsQuery, meQuery, preferencesQuery, sessionsQuery } from '../../api/queries';
import type { User } from '../../api/types';
import { Button, buttonClass } from '../../design/button';
import { Card } from '../../design/card';
import { Field, PasswordField, Select } from '../../design/field';
import { View } from '../../design/states';
import { toastDone, toastProblem } from '../../design/toast';
import { type Language, LANGUAGES, setLanguage, useLanguage, useLocale } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { toProblem } from '../../api/problem';
import { currentTheme, setTheme, type Theme } from '../../theme';
import { ago } from '../../time/format';
import { Segments } from '../parts/filters';
import { LINK, PageHead, Pair, Pairs, Section } from '../parts/page';
import { setSettings, useSettings } from '../settings';
import { useCommon } from '../text/common';
import { useManageText } from '../text/manage';
import { System } from './system';

const TABS = ['profile', 'display', 'security', 'system'] as const;

export function Settings() {
  const text = useManageText().settings;
  const navigate = useNavigate({ from: '/settings' });
  const { tab } = useSearch({ from: '/settings' });
  const at = TABS.find((one) => one === tab) ?? 'profile';
  return (
    <div className={at === 'system' ? '' : 'max-w-[720px]'}>
      <PageHead title={text.title} />
      <Segments label={text.title} options={TABS.map((one) => [one, text.tabs[one]] as const)} chosen={at} onChange={(next) => void navigate({ search: next === 'profile' ? {} : { tab: next }, replace: true })} />
      {at === 'profile' ? <Profile /> : at === 'display' ? <Display /> : at === 'security' ? <Security /> : <System />}
    </div>
  );
}

function Profile() {
  const asked = useQuery(meQuery);
  return <View asked={asked} skeleton={<div className="skeleton h-64 rounded-card" />}>{(me) => <ProfileForm key={me.id} me={me} />}</View>;
}

function ProfileForm({ me }: { me: User }) {
  const text = useManageText().settings;
  const common = useCommon();
  const queries = useQueryClient();
  const stepUp = useStepUp();
  const [email, setEmail] = useState(me.email);
  const [busy, setBusy] = useState(false);
  const [wrong, setWrong] = useState<ReadonlyMap<string, string>>(new Map());
  const [failed, setFailed] = useState<string>();
  const isNewEmail = email.trim() !== me.email;
  const save = async (form: FormData) => {
    const name = String(form.get('name')).trim();
    const body = { ...(name !== me.name && { name }), ...(isNewEmail && { email: email.trim(), current_password: String(form.get('password')) }) };
    if (Object.keys(body).length === 0) return toastDone(text.saved);
    setBusy(true);
    setFailed(undefined);
    try {
      queries.setQueryData(meQuery.queryKey, await stepUp(() => ask(api.PATCH('/api/v1/users/me', { body }))));
      setWrong(new Map());
      toastDone(text.saved);
    } catch (error) {
      const problem = toProblem(error);
      setWrong(problem.fields);
      if (!isGivenUp(error) && problem.fields.size === 0) setFailed(problem.message);
    }
    setBusy(false);
  };
  return (
    <Card className="p-5">
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void save(new FormData(event.currentTarget));
        }}
      >
        <Field label={text.name} name="name" defaultValue={me.name} required maxLength={100} error={wrong.get('name')} autoComplete="name" />
        <Field label={text.email} name="email" type="email" value={email} onChange={(event) => setEmail(event.target.value)} required maxLength={254} hint={text.emailHint} error={wrong.get('email')} autoComplete="email" />
        {isNewEmail && <PasswordField label={text.currentPassword} name="password" required autoComplete="current-password" error={wrong.get('current_password')} />}
        <Pairs><Pair name={text.role}>{common.roles[me.role]}</Pair></Pairs>
        {failed && <p role="alert" className="rounded-control bg-danger-tint px-3.5 py-2.5 text-sm text-danger">{failed}</p>}
        <Button type="submit" busy={busy}>{text.save}</Button>
      </form>
    </Card>
  );
}

function Display() {
  const text = useManageText().settings;
  const language = useLanguage();
  const settings = useSettings();
  const queries = useQueryClient();
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [theme, showTheme] = useState(currentTheme);
  const zones = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
  const save = async (body: { theme?: Theme; locale?: string; density?: 'comfortable' | 'compact'; timezone?: string }) => {
    try {
      queries.setQueryData(preferencesQuery.queryKey, await ask(api.PATCH('/api/v1/users/me/preferences', { body })));
      toastDone(text.saved);
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <Card className="divide-y divide-line">
      <div className="grid gap-5 p-5 sm:grid-cols-2">
        <Select label={text.theme} value={theme} onChange={(event) => { const next = event.target.value as Theme; showTheme(next); setTheme(next); void save({ theme: next }); }}>
          {Object.entries(text.themes).map(([one, name]) => <option key={one} value={one}>{name}</option>)}
        </Select>
        <Select label={text.language} value={language} onChange={(event) => { void setLanguage(event.target.value as Language); void save({ locale: event.target.value }); }}>
          {Object.entries(LANGUAGES).map(([one, name]) => <option key={one} value={one} lang={one}>{name}</option>)}
        </Select>
        <Select label={text.density} value={settings.density} onChange={(event) => { const density = event.target.value as 'comfortable' | 'compact'; setSettings({ density }); void save({ density }); }}>
          {Object.entries(text.densities).map(([one, name]) => <option key={one} value={one}>{name}</option>)}
        </Select>
        <Select label={text.zone} value={settings.zone} hint={text.zoneHint} onChange={(event) => { setSettings({ zone: event.target.value }); void save({ timezone: event.target.value || here }); }}>
          <option value="">{text.browserZone(here)}</option>
          {zones.map((zone) => <option key={zone} value={zone}>{zone.replace(/_/g, ' ')}</option>)}
        </Select>
      </div>
      <label className="flex cursor-pointer items-center justify-between gap-4 p-5 text-sm">
        <span><span className="block font-medium">{text.keys}</span><span className="block text-ink-2">{text.keysText}</span></span>
        <input type="checkbox" role="switch" checked={settings.singleKeys} onChange={(event) => setSettings({ singleKeys: event.target.checked })} className="relative h-6 w-11 shrink-0 appearance-none rounded-full bg-control transition-colors before:absolute before:top-0.5 before:left-0.5 before:size-5 before:rounded-full before:bg-surface before:transition-transform checked:bg-brand checked:before:translate-x-5" />
      </label>
    </Card>
  );
}

function Security() {
  const text = useManageText().settings;
  const common = useCommon();
  const factors = useQuery(factorsQuery);
  const inAccount = `/wallet/account/security?${new URLSearchParams({ back: '/console/settings?tab=security' }).toString()}`;
  const manage: ReactNode = <a href={inAccount} className={buttonClass('secondary', 'small')}>{text.manage}</a>;
  return (
    <div className="space-y-5">
      <Section title={text.factors} action={manage}>
        <View asked={factors} skeleton={<div className="skeleton h-24" />}>
          {({ totp, passkeys, recovery_codes_left }) => (
            <Pairs>
              <Pair name={text.totp}>{totp ? common.on : common.off}</Pair>
              <Pair name={text.passkeys}>{passkeys}</Pair>
              <Pair name={text.recovery}>{recovery_codes_left}</Pair>
              <Pair name={text.password}><a href={inAccount} className={LINK}>{text.passwordText}</a></Pair>
            </Pairs>
          )}
        </View>
      </Section>
      <Sessions />
    </div>
  );
}

function Sessions() {
  const text = useManageText().settings;
  const locale = useLocale();
  const queries = useQueryClient();
  const stepUp = useStepUp();
  const asked = useQuery(sessionsQuery);
  const end = async (act: () => Promise<unknown>) => {
    try {
      await stepUp(act);
      toastDone(text.endedDone);
    } catch (error) {
      if (!isGivenUp(error)) toastProblem(error);
    }
    await queries.invalidateQueries({ queryKey: sessionsQuery.queryKey });
  };
  return (
    <Section flush title={text.sessions} action={asked.data && asked.data.data.length > 1 && <button type="button" className={`text-sm font-medium ${LINK}`} onClick={() => void end(() => ask(api.DELETE('/api/v1/auth/sessions')))}>{text.endOthers}</button>}>
      <View asked={asked} skeleton={<div className="skeleton m-5 h-16" />}>
        {({ data }) => (
          <ul className="divide-y divide-line">
            {data.map((session) => (
              <li key={session.id} className="flex items-center gap-4 px-5 py-3 text-sm">
                <div className="min-w-0 flex-1">
                  <p className="truncate font-medium">{session.device ?? text.unknown}{session.address && <span className="ml-2 font-mono text-xs font-normal text-ink-3">{session.address}</span>}</p>
                  <p className="text-ink-3">{session.current ? <span className="font-medium text-success">{text.thisOne}</span> : text.lastUsed(ago(locale, session.last_used_at))}</p>
                </div>
                {!session.current && <Button kind="secondary" size="small" onClick={() => void end(() => ask(api.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id: session.id } } })))}>{text.end}</Button>}
              </li>
            ))}
          </ul>
        )}
      </View>
    </Section>
  );
}
