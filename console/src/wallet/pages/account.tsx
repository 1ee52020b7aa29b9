// Somebody's account: who they are, how they like the app, how they are kept safe, and the end of it.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { BadgeCheck, LogOut } from 'lucide-react';
import { type ReactNode } from 'react';

import { api, ask } from '../../api/client';
import { meQuery, preferencesQuery } from '../../api/queries';
import { Button } from '../../design/button';
import { Card, PageTitle } from '../../design/card';
import { Select } from '../../design/field';
import { View } from '../../design/states';
import { toastDone, toastProblem } from '../../design/toast';
import { type Language, LANGUAGES, setLanguage, useLanguage, useLocale, useText } from '../../i18n/language';
import { currentTheme, setTheme, type Theme } from '../../theme';
import { ApiKeys } from '../account/api-keys';
import { CloseAccount } from '../account/close-account';
import { Password } from '../account/password';
import { Sessions } from '../account/sessions';
import { Totp } from '../account/totp';
import { Avatar } from '../avatar';
import { VerifyBanner } from '../verify-banner';

export function Account() {
  const t = useText();
  return (
    <div className="mx-auto max-w-[640px]">
      <PageTitle>{t.me.title}</PageTitle>
      <VerifyBanner />
      <Profile />
      <Part title={t.me.preferences}><Preferences /></Part>
      <Part title={t.me.security}>
        <Password />
        <Totp />
      </Part>
      <Part title={t.me.sessions}><Sessions /></Part>
      <Part title={t.me.keys}><ApiKeys /></Part>
      <Part title={t.me.close}><CloseAccount /></Part>
    </div>
  );
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="mt-9">
      <h2 className="mb-3 px-1 text-sm font-semibold text-ink-2">{title}</h2>
      <Card className="divide-y divide-line">{children}</Card>
    </section>
  );
}

function Profile() {
  const t = useText();
  const locale = useLocale();
  const asked = useQuery(meQuery);
  const queries = useQueryClient();
  const router = useRouter();
  const logOut = async () => {
    try {
      await ask(api.POST('/api/v1/auth/logout', { body: {} }));
    } catch (error) {
      return toastProblem(error);
    }
    queries.clear();
    await router.navigate({ to: '/login' });
  };
  return (
    <Card className="p-5">
      <View asked={asked} skeleton={<div className="skeleton h-14" />}>
        {(me) => (
          <div className="flex flex-wrap items-center gap-4">
            <Avatar name={me.name} large />
            <div className="min-w-0 flex-1">
              <bdi className="block truncate font-semibold">{me.name}</bdi>
              <p className="flex items-center gap-1.5 text-sm text-ink-2">
                <span className="truncate">{me.email}</span>
                {me.email_verified && <BadgeCheck className="size-4 shrink-0 text-brand" aria-label={t.me.verified} />}
              </p>
              <p className="text-sm text-ink-3">{t.me.since(new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' }).format(new Date(me.created_at)))}</p>
            </div>
            <Button kind="secondary" size="small" onClick={() => void logOut()} className="max-sm:w-full"><LogOut className="size-4" aria-hidden="true" />{t.nav.logOut}</Button>
          </div>
        )}
      </View>
    </Card>
  );
}

function Preferences() {
  const t = useText();
  const language = useLanguage();
  const queries = useQueryClient();
  const { data: preferences } = useQuery(preferencesQuery);
  const save = async (body: { theme?: Theme; locale?: string; notifications_enabled?: boolean }) => {
    try {
      const saved = await ask(api.PATCH('/api/v1/users/me/preferences', { body }));
      queries.setQueryData(preferencesQuery.queryKey, saved);
      toastDone(t.act.saved);
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <>
      <div className="grid gap-4 p-5 sm:grid-cols-2">
        <Select
          label={t.me.theme}
          defaultValue={currentTheme()}
          onChange={(event) => {
            const theme = event.target.value as Theme;
            setTheme(theme);
            void save({ theme });
          }}
        >
          {Object.entries(t.me.themes).map(([theme, name]) => <option key={theme} value={theme}>{name}</option>)}
        </Select>
        <Select
          label={t.me.language}
          value={language}
          onChange={(event) => {
            void setLanguage(event.target.value as Language);
            void save({ locale: event.target.value });
          }}
        >
          {Object.entries(LANGUAGES).map(([one, name]) => <option key={one} value={one} lang={one}>{name}</option>)}
        </Select>
      </div>
      <label className="flex cursor-pointer items-center justify-between gap-4 p-5 text-sm">
        <span><span className="block font-medium">{t.me.notifications}</span><span className="block text-ink-2">{t.me.notificationsText}</span></span>
        <input
          type="checkbox"
          role="switch"
          checked={preferences?.notifications_enabled ?? true}
          disabled={!preferences}
          onChange={(event) => void save({ notifications_enabled: event.target.checked })}
          className="relative h-6 w-11 shrink-0 appearance-none rounded-full bg-control transition-colors before:absolute before:top-0.5 before:left-0.5 before:size-5 before:rounded-full before:bg-surface before:transition-transform checked:bg-brand checked:before:translate-x-5"
        />
      </label>
    </>
  );
}
