// Somebody's account: who they are, how they like the app, and the way to everything else of it.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { BadgeCheck, Bell, ChevronRight, Database, Gauge, KeyRound, LogOut, Pencil, ShieldCheck } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { meQuery } from '../../api/queries';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { Card, PageTitle } from '../../design/card';
import { Select } from '../../design/field';
import { View } from '../../design/states';
import { toastProblem } from '../../design/toast';
import { type Language, LANGUAGES, setLanguage, useLanguage, useLocale, useText } from '../../i18n/language';
import { isForStaff, isStaff } from '../../session/staff';
import { currentTheme, setTheme, type Theme } from '../../theme';
import { Part } from '../account/part';
import { useSavePreferences } from '../account/preferences';
import { Avatar } from '../avatar';
import { useAccountText } from '../texts/account';
import { VerifyBanner } from '../verify-banner';

const EditProfile = lazy(() => chunk(() => import('../account/edit-profile')));
const PAGES = [
  ['notifications', Bell],
  ['security', ShieldCheck],
  ['limits', Gauge],
  ['keys', KeyRound],
  ['data', Database],
] as const;

export function Account() {
  const t = useText();
  const a = useAccountText();
  const queries = useQueryClient();
  const router = useRouter();
  const { data: me } = useQuery(meQuery);
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
    <div className="mx-auto max-w-[640px]">
      <PageTitle>{a.title}</PageTitle>
      <VerifyBanner />
      <Profile />
      <nav aria-label={a.title} className="mt-4 overflow-hidden rounded-card border border-line bg-surface">
        <ul className="divide-y divide-line">
          {PAGES.filter(([page]) => !me || !isStaff(me.role) || isForStaff(`/account/${page}`)).map(([page, Icon]) => (
            <li key={page}>
              <Link to={`/account/${page}`} className="flex min-h-16 items-center gap-4 px-5 py-3 hover:bg-sunken focus-visible:-outline-offset-2">
                <Icon className="size-5 shrink-0 text-ink-3" aria-hidden="true" />
                <span className="min-w-0 flex-1 text-sm"><span className="block font-medium">{a.pages[page][0]}</span><span className="block text-ink-2">{a.pages[page][1]}</span></span>
                <ChevronRight className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <div className="mt-9"><Part title={a.preferences}><Preferences /></Part></div>
      <Button kind="secondary" onClick={() => void logOut()} className="mt-9 w-full"><LogOut className="size-4" aria-hidden="true" />{t.nav.logOut}</Button>
    </div>
  );
}

function Profile() {
  const a = useAccountText();
  const locale = useLocale();
  const asked = useQuery(meQuery);
  const [editing, setEditing] = useState(false);
  return (
    <Card className="p-5">
      <View asked={asked} skeleton={<div className="skeleton h-14" />}>
        {(me) => (
          <div className="flex items-center gap-4">
            <Avatar name={me.name} large />
            <div className="min-w-0 flex-1">
              <bdi className="block truncate font-semibold">{me.name}</bdi>
              <p className="flex items-center gap-1.5 text-sm text-ink-2">
                <span className="wrap-anywhere">{me.email}</span>
                {me.email_verified && <BadgeCheck className="size-4 shrink-0 text-brand" role="img" aria-label={a.verified} />}
              </p>
              <p className="text-sm text-ink-3">{a.since(new Intl.DateTimeFormat(locale, { month: 'short', year: 'numeric' }).format(new Date(me.created_at)))}</p>
            </div>
            <Button kind="quiet" size="small" onClick={() => setEditing(true)} aria-label={a.edit} className="self-start max-sm:px-2.5"><Pencil className="size-4" aria-hidden="true" /><span className="max-sm:hidden">{a.edit}</span></Button>
            {editing && (
              <Suspense>
                <EditProfile me={me} onClose={() => setEditing(false)} />
              </Suspense>
            )}
          </div>
        )}
      </View>
    </Card>
  );
}

function Preferences() {
  const a = useAccountText();
  const language = useLanguage();
  const save = useSavePreferences();
  return (
    <div className="grid gap-4 p-5 sm:grid-cols-2">
      <Select
        label={a.theme}
        defaultValue={currentTheme()}
        onChange={(event) => {
          const theme = event.target.value as Theme;
          setTheme(theme);
          void save({ theme });
        }}
      >
        {Object.entries(a.themes).map(([theme, name]) => <option key={theme} value={theme}>{name}</option>)}
      </Select>
      <Select
        label={a.language}
        value={language}
        onChange={(event) => {
          void setLanguage(event.target.value as Language);
          void save({ locale: event.target.value });
        }}
      >
        {Object.entries(LANGUAGES).map(([one, name]) => <option key={one} value={one} lang={one}>{name}</option>)}
      </Select>
    </div>
  );
}
