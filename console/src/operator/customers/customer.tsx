// Somebody: their wallets, what was sent to them, and what can be done with their account.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { meQuery } from '../../api/queries';
import { useRows } from '../../api/rows';
import type { Session } from '../../api/types';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import { Field, Select } from '../../design/field';
import { View } from '../../design/states';
import { useLocale } from '../../i18n/language';
import { ago } from '../../time/format';
import { toastDone } from '../../design/toast';
import { ActDialog } from '../parts/act';
import { At } from '../parts/at';
import { type Column, DataTable, List, TableSkeleton } from '../parts/data-table';
import { Back, Columns, LINK, Notice, PageHead, Pair, Pairs, Section } from '../parts/page';
import { PanelButton, Popover } from '../parts/popover';
import { useIsAdmin, useMayAudit, useMayOperate, useMyRole } from '../parts/role';
import { allWalletsQuery, type ManagedUser, type Message, messagesQuery, sessionsOfQuery, userQuery } from '../queries';
import { useCommon } from '../text/common';
import { useCustomersText } from '../text/customers';
import { useMessageKind } from '../text/messages';
import { ROLES } from '../manage/roles';
import { FEW as FEW_COLUMNS } from '../payments/columns';
import { newestQuery } from '../payments/data';
import { PaymentTable } from '../payments/table';
import { MessageTag } from './message-tag';
import { UserTag } from './tags';
import { useWalletColumns } from './wallet-columns';

export function Customer() {
  const text = useCustomersText();
  const { id } = useParams({ from: '/customers/$id' });
  const asked = useQuery(userQuery(id));
  const role = useMyRole();
  return (
    <>
      <Back to="/customers">{text.back}</Back>
      <View asked={asked} skeleton={<div className="skeleton h-96 rounded-card" />} role={role}>{(user) => <Shown user={user} />}</View>
    </>
  );
}

/** So many rows are shown of what is listed in whole elsewhere, or when it is asked for. */
const FEW = 5;
const MOST_WALLETS = 8;

type Act = 'role' | 'suspend' | 'letIn' | 'sessions';

function Shown({ user }: { user: ManagedUser }) {
  const text = useCustomersText();
  const common = useCommon();
  const isAdmin = useIsAdmin();
  const { data: me } = useQuery(meQuery);
  const [act, setAct] = useState<Act>();
  const isSelf = me?.id === user.id;
  const acts: [Act, string][] = [['role', text.changeRole], ['sessions', text.endSessions], user.status === 'active' ? ['suspend', text.suspend] : ['letIn', text.letIn]];
  return (
    <>
      <PageHead
        name={user.name}
        title={<span className="flex flex-wrap items-center gap-3"><bdi>{user.name}</bdi><UserTag status={user.status} /></span>}
        text={<span className="break-all">{user.email}</span>}
        actions={
          <>
            <Link to="/payments" search={{ q: user.email }} className="inline-flex h-9 items-center rounded-control border border-line bg-surface px-3 text-sm font-medium hover:border-control">{text.allPayments}</Link>
            {isAdmin && !isSelf && <Popover label={common.actions} align="end">{(close) => acts.map(([one, name]) => <PanelButton key={one} onClick={() => { close(); setAct(one); }}>{name}</PanelButton>)}</Popover>}
          </>
        }
      />
      {user.status !== 'active' && user.status_reason && <Notice tone="danger">{text.suspendedReason}: <bdi>{user.status_reason}</bdi></Notice>}
      <Columns isWide aside={<><Details user={user} /><Sessions user={user} onEnd={isAdmin && !isSelf ? () => setAct('sessions') : undefined} /><Trail user={user} /></>}>
        <Wallets user={user} />
        <Payments user={user} />
        <Messages user={user} />
      </Columns>
      {act && <Acting act={act} user={user} onClose={() => setAct(undefined)} />}
    </>
  );
}

function Details({ user }: { user: ManagedUser }) {
  const text = useCustomersText();
  const common = useCommon();
  return (
    <Section title={common.details}>
      <Pairs>
        <Pair name={text.role}>{common.roles[user.role]}</Pair>
        <Pair name={text.columns.email}>{user.email_verified ? text.emailVerified : text.emailUnverified}</Pair>
        <Pair name={text.twoFactor}>{user.two_factor_enabled ? common.on : common.off}</Pair>
        <Pair name={text.kyc}>{text.kycStatus[user.kyc_status as keyof typeof text.kycStatus] ?? user.kyc_status}</Pair>
        <Pair name={text.columns.since}><At at={user.created_at} /></Pair>
        <Pair name="Id"><CopyId id={user.id} /></Pair>
      </Pairs>
    </Section>
  );
}

function Sessions({ user, onEnd }: { user: ManagedUser; onEnd: (() => void) | undefined }) {
  const text = useCustomersText();
  const locale = useLocale();
  const role = useMyRole();
  const asked = useQuery({ ...sessionsOfQuery(user.id), enabled: user.status === 'active' });
  const [ending, setEnding] = useState<Session>();
  if (user.status !== 'active') return null;
  return (
    <Section flush title={text.sessions} action={onEnd && !!asked.data?.data.length && <button type="button" onClick={onEnd} className={`text-sm font-medium whitespace-nowrap ${LINK}`}>{text.endSessions}</button>}>
      <View asked={asked} skeleton={<div className="skeleton m-5 h-10" />} role={role}>
        {({ data }) =>
          data.length === 0 ? (
            <p className="px-5 py-4 text-sm text-ink-2">{text.noSessions}</p>
          ) : (
            <ul className="divide-y divide-line">
              {data.slice(0, FEW).map((session) => (
                <li key={session.id} className="flex items-center gap-3 px-5 py-3 text-sm">
                  <div className="min-w-0 flex-1">
                    <p className="truncate font-medium">{session.device ?? text.unknownDevice}</p>
                    <p className="truncate text-ink-3">{session.address && <span className="mr-2 font-mono text-xs">{session.address}</span>}{ago(locale, session.last_used_at)}</p>
                  </div>
                  {onEnd && <Button kind="quiet" size="small" className="-mr-3 !h-8" onClick={() => setEnding(session)}>{text.endSession}</Button>}
                </li>
              ))}
            </ul>
          )
        }
      </View>
      {ending && <ActDialog title={text.endSession} effects={[text.endSessionEffect(ending.device ?? text.unknownDevice)]} confirm={text.endSession} kind="danger" done={text.sessionEnded} stale={[['users', user.id, 'sessions']]} onClose={() => setEnding(undefined)} run={() => ask(api.POST('/api/v1/users/{id}/sessions/end', { params: { path: { id: user.id } }, body: { session_id: ending.id } }))} />}
    </Section>
  );
}

function Trail({ user }: { user: ManagedUser }) {
  const text = useCustomersText();
  if (!useMayAudit()) return null;
  return (
    <Section title={text.audit}>
      <p className="flex flex-col gap-2 text-sm">
        <Link to={'/audit' as '/'} search={{ actor: user.id } as never} className={LINK}>{text.did}</Link>
        <Link to={'/audit' as '/'} search={{ subject: user.id } as never} className={LINK}>{text.doneTo}</Link>
      </p>
    </Section>
  );
}

function Wallets({ user }: { user: ManagedUser }) {
  const text = useCustomersText();
  const asked = useInfiniteQuery(allWalletsQuery({ owner_id: user.id }));
  const rows = useRows(asked);
  const columns = useWalletColumns(false);
  return (
    <Section flush title={text.wallets}>
      <List asked={{ ...asked, data: rows }} label={text.wallets} columns={columns} keyOf={(row) => row.id} empty={{ title: text.noWallets, text: text.noWalletsText }} />
    </Section>
  );
}

/** The newest of all their wallets. */
function Payments({ user }: { user: ManagedUser }) {
  const text = useCustomersText();
  const common = useCommon();
  const role = useMyRole();
  const { data: wallets } = useInfiniteQuery(allWalletsQuery({ owner_id: user.id }));
  const ids = wallets?.pages.flatMap((page) => page.data).map((wallet) => wallet.id) ?? [];
  const asked = useQuery({ ...newestQuery(ids.slice(0, MOST_WALLETS).map((wallet_id) => ({ wallet_id }))), enabled: ids.length > 0 });
  if (ids.length === 0) return null;
  // One between two of their wallets is in both lists.
  const rows = asked.data && [...new Map(asked.data.map((row) => [row.id, row])).values()].toSorted((a, b) => b.created_at.localeCompare(a.created_at)).slice(0, FEW);
  return (
    <Section flush title={text.newestPayments} action={<Link to="/payments" search={{ q: user.email }} className={`text-sm font-medium whitespace-nowrap ${LINK}`}>{common.showAll}</Link>}>
      <View asked={{ ...asked, data: rows }} skeleton={<TableSkeleton rows={3} />} role={role}>
        {(rows) => (rows.length > 0 ? <PaymentTable rows={rows} columns={FEW_COLUMNS} /> : <p className="px-5 py-6 text-sm text-ink-2">{text.noPayments}</p>)}
      </View>
    </Section>
  );
}

function Messages({ user }: { user: ManagedUser }) {
  const text = useCustomersText();
  const common = useCommon();
  const role = useMyRole();
  const mayAct = useMayOperate();
  const kindOf = useMessageKind();
  const [again, setAgain] = useState<Message>();
  const [all, setAll] = useState(false);
  const asked = useInfiniteQuery(messagesQuery({ user_id: user.id }));
  const rows = useRows(asked);
  const columns: Column<Message>[] = [
    { key: 'type', head: text.messageType, phone: 'a', wide: true, cell: (row) => <span title={row.type}>{kindOf(row.type)}</span> },
    { key: 'time', head: text.entryColumns.time, phone: 'c', cell: (row) => <span className="text-ink-2"><At at={row.created_at} /></span> },
    { key: 'state', head: text.columns.status, phone: 'b', align: 'end', cell: (row) => <span className="inline-flex gap-1.5">{row.deliveries.map((delivery) => <MessageTag key={delivery.channel} delivery={delivery} />)}</span> },
    ...(mayAct ? [{ key: 'act', head: '', phone: 'd' as const, align: 'end' as const, cell: (row: Message) => <Button kind="quiet" size="small" className="!h-8 max-md:-mr-3" onClick={() => setAgain(row)}>{text.resend}</Button> }] : []),
  ];
  return (
    <Section flush title={text.messages}>
      <View asked={{ ...asked, data: rows }} skeleton={<TableSkeleton rows={3} />} role={role}>
        {(rows) => (rows.length > 0 ? <DataTable label={text.messages} rows={all ? rows : rows.slice(0, FEW)} columns={columns} keyOf={(row) => row.id} /> : <p className="px-5 py-6 text-sm text-ink-2">{text.noMessages}</p>)}
      </View>
      {(asked.hasNextPage || (!all && (rows?.length ?? 0) > FEW)) && <div className="border-t border-line p-2 text-center"><Button kind="quiet" size="small" busy={asked.isFetchingNextPage} onClick={() => (all ? void asked.fetchNextPage() : setAll(true))}>{common.loadMore}</Button></div>}
      {again && <ActDialog title={text.resend} effects={text.resendEffects} confirm={text.resend} done={text.resent} stale={[['messages']]} onClose={() => setAgain(undefined)} run={(_, keyOf) => ask(api.POST('/api/v1/admin/notifications/messages/{id}/resend', { params: { path: { id: again.id }, header: keyOf('again') } }))} />}
    </Section>
  );
}

function Acting({ act, user, onClose }: { act: Act; user: ManagedUser; onClose: () => void }) {
  const text = useCustomersText();
  const common = useCommon();
  const [role, setRole] = useState(user.role);
  const path = { id: user.id };
  const shared = { stale: [['users'], ['people'], ['audit']], onClose };
  const change = (body: { role?: ManagedUser['role']; status?: 'active' | 'suspended'; reason?: string }) => ask(api.PATCH('/api/v1/users/{id}', { params: { path }, body }));
  switch (act) {
    case 'role':
      return (
        <ActDialog title={text.changeRole} effects={text.changeRoleEffects(user.name)} confirm={text.changeRole} kind="danger" done={text.roleChanged} disabled={role === user.role} {...shared} run={() => change({ role })}>
          <Select label={text.role} value={role} onChange={(event) => setRole(event.target.value as ManagedUser['role'])}>{ROLES.map((one) => <option key={one} value={one}>{common.roles[one]}</option>)}</Select>
        </ActDialog>
      );
    case 'suspend':
      return <ActDialog title={text.suspend} effects={text.suspendEffects(user.name)} confirm={text.suspend} kind="danger" done={text.suspendedDone} {...shared} run={(form) => change({ status: 'suspended', reason: String(form.get('reason')).trim() })}><Field label={common.reason} name="reason" maxLength={500} hint={common.reasonHint} autoComplete="off" required /></ActDialog>;
    case 'letIn':
      return <ActDialog title={text.letIn} effects={text.letInEffects(user.name)} confirm={text.letIn} done={text.letInDone} {...shared} run={() => change({ status: 'active' })} />;
    case 'sessions':
      return (
        <ActDialog
          title={text.endSessions}
          effects={text.endSessionsEffects(user.name)}
          confirm={text.endSessions}
          kind="danger"
          {...shared}
          run={async (_, keyOf) => toastDone(text.endedSessions((await ask(api.POST('/api/v1/users/{id}/sessions/end', { params: { path, header: keyOf('end') } }))).ended))}
        />
      );
  }
}
