// What somebody was told, and has read.

import { type InfiniteData, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { ArrowDownLeft, ArrowUpRight, Bell, CheckCheck, CircleX, Clock, ShieldCheck } from 'lucide-react';
import { useEffect } from 'react';

import { api, ask } from '../../api/client';
import { notificationsQuery } from '../../api/later-queries';
import { meQuery, newestNotificationsQuery } from '../../api/queries';
import { countNewer } from '../../api/rows';
import type { Notification } from '../../api/types';
import { Button } from '../../design/button';
import { Card, PageTitle } from '../../design/card';
import { Message, RowsSkeleton, View } from '../../design/states';
import { toastProblem } from '../../design/toast';
import { useLocale, useText } from '../../i18n/language';
import { shortTime } from '../../time/format';
import { useInboxText } from '../texts/inbox';

export function Notifications() {
  const t = useText();
  const i = useInboxText();
  const { show } = useSearch({ from: '/inside/notifications' });
  const onlyUnread = show === 'unread';
  const options = notificationsQuery(onlyUnread);
  const asked = useInfiniteQuery(options);
  const { data: newest } = useQuery(newestNotificationsQuery);
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  const markRead = useMarkRead();
  const rows = asked.data?.pages.flatMap((page) => page.data);
  const latest = newest?.data.filter((told) => !onlyUnread || !told.read_at);
  const newer = rows && latest ? countNewer(latest, rows) : 0;
  const showNewer = () => void queries.resetQueries({ queryKey: options.queryKey });
  // Where there is no row, none moves.
  const isFirst = newer > 0 && rows?.length === 0;
  useEffect(() => {
    if (isFirst) showNewer();
  }, [isFirst]);
  const readAll = async () => {
    try {
      await ask(api.POST('/api/v1/notifications/read-all', { body: {} }));
      markRead(() => true);
    } catch (error) {
      toastProblem(error);
    }
  };
  return (
    <div className="mx-auto max-w-[760px]">
      <PageTitle action={!!newest?.unread && <Button kind="quiet" size="small" className="-mr-3" onClick={() => void readAll()}><CheckCheck className="size-4" aria-hidden="true" />{i.readAll}</Button>}>
        {i.title}
      </PageTitle>
      <Tabs onlyUnread={onlyUnread} />
      {/* Above the rows, in a place of its own: nothing moves when it comes. */}
      <div className="relative z-10 mx-auto -mb-2 h-2 w-fit" aria-live="polite">
        {newer > 0 && !isFirst && <Button size="small" className="enter shadow-overlay" onClick={showNewer}>{t.activity.newer(newer)}</Button>}
      </div>
      <Card className="mt-5 overflow-hidden">
        <View asked={{ ...asked, data: rows }} skeleton={<RowsSkeleton />} role={me?.role}>
          {(rows) => {
            if (rows.length === 0) return <Message icon={<Bell aria-hidden="true" />} title={onlyUnread ? i.noUnread : i.empty} text={onlyUnread ? i.noUnreadText : i.emptyText} />;
            return <ul className="divide-y divide-line">{rows.map((row) => <Row key={row.id} told={row} />)}</ul>;
          }}
        </View>
      </Card>
      {asked.hasNextPage && <div className="mt-6 text-center"><Button kind="secondary" busy={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>{t.act.more}</Button></div>}
    </div>
  );
}

/** Shows as read what was read, where it stands, and has the rest counted anew. */
function useMarkRead(): (which: (told: Notification) => boolean) => void {
  const queries = useQueryClient();
  return (which) => {
    const now = new Date().toISOString();
    const read = (told: Notification) => (which(told) && !told.read_at ? { ...told, read_at: now } : told);
    queries.setQueriesData<InfiniteData<{ data: Notification[] }>>({ queryKey: ['notifications', 'list'] }, (before) => before && { ...before, pages: before.pages.map((page) => ({ ...page, data: page.data.map(read) })) });
    void queries.invalidateQueries({ queryKey: ['notifications'], predicate: (query) => !query.queryKey.includes('still') });
  };
}

function Tabs({ onlyUnread }: { onlyUnread: boolean }) {
  const i = useInboxText();
  const tab = (isUnread: boolean, text: string) => (
    <Link
      to="/notifications"
      search={isUnread ? { show: 'unread' } : {}}
      replace
      aria-current={onlyUnread === isUnread ? 'page' : undefined}
      className="inline-flex h-9 items-center rounded-full px-4 text-sm font-medium text-ink-2 hover:text-ink aria-[current=page]:bg-surface aria-[current=page]:text-ink aria-[current=page]:shadow-sm"
    >
      {text}
    </Link>
  );
  return <nav className="inline-flex rounded-full border border-line bg-sunken p-0.5" aria-label={i.title}>{tab(false, i.all)}{tab(true, i.unread)}</nav>;
}

function iconOf(type: string) {
  if (/received|deposit_completed|refund/.test(type)) return ArrowDownLeft;
  if (/sent|made|withdrawal_completed/.test(type)) return ArrowUpRight;
  if (/unresolved|processing|authorised|review|verification|confirm/.test(type)) return Clock;
  if (/failed|declined|cancelled|expired/.test(type)) return CircleX;
  return ShieldCheck;
}

function Row({ told }: { told: Notification }) {
  const i = useInboxText();
  const locale = useLocale();
  const markRead = useMarkRead();
  const navigate = useNavigate();
  const Icon = iconOf(told.type);
  const open = async () => {
    if (!told.read_at) {
      try {
        await ask(api.POST('/api/v1/notifications/{id}/read', { params: { path: { id: told.id } } }));
        markRead((one) => one.id === told.id);
      } catch (error) {
        toastProblem(error);
      }
    }
    if (told.type === 'transaction_to_confirm') await navigate({ to: '/confirm/$id', params: { id: told.subject } });
    else if (told.subject.startsWith('txn_')) await navigate({ to: '/activity/$id', params: { id: told.subject } });
    else if (told.subject.startsWith('key_')) await navigate({ to: '/account/keys' });
    else if (/^(ses|usr)_/.test(told.subject)) await navigate({ to: '/account/security' });
    else if (told.subject.startsWith('wal_')) await navigate({ to: '/', search: { wallet: told.subject } });
  };
  return (
    <li>
      <button type="button" onClick={() => void open()} className="flex w-full items-start gap-4 px-4 py-4 text-left hover:bg-sunken focus-visible:-outline-offset-2 sm:px-5">
        <span className="grid size-10 shrink-0 place-items-center rounded-full bg-sunken text-ink-2"><Icon className="size-[18px]" aria-hidden="true" /></span>
        <span className="min-w-0 flex-1 text-sm wrap-anywhere">
          <span className="flex items-baseline justify-between gap-3">
            <bdi className={`min-w-0 ${told.read_at ? 'font-medium' : 'font-semibold'}`}>{told.title}</bdi>
            <span className="shrink-0 text-xs text-ink-3">{shortTime(locale, told.created_at)}</span>
          </span>
          <bdi className="mt-0.5 block text-ink-2">{told.body}</bdi>
        </span>
        {told.read_at ? <span className="size-2 shrink-0" /> : <span className="mt-1.5 size-2 shrink-0 rounded-full bg-brand" role="img" aria-label={i.isUnread} />}
      </button>
    </li>
  );
}
