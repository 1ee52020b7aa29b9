// The passkeys of an account: made by this browser, named, and removed.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Fingerprint, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { passkeysQuery } from '../../api/later-queries';
import { factorsQuery, meQuery } from '../../api/queries';
import type { Passkey } from '../../api/types';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { RowsSkeleton, View } from '../../design/states';
import { toastDone } from '../../design/toast';
import { useLocale, useText } from '../../i18n/language';
import { hasPasskeys } from '../../session/passkey';
import { shortTime } from '../../time/format';
import { useAccountText } from '../texts/account';
import { useAttempt } from './attempt';
import { Setting } from './setting';

const Confirm = lazy(() => chunk(() => import('./confirm')));
const NewPasskey = lazy(() => chunk(() => import('./new-passkey')));
const RenamePasskey = lazy(() => chunk(() => import('./rename-passkey')));
const ShowCodes = lazy(() => chunk(() => import('./show-codes')));

export function Passkeys() {
  const t = useText();
  const a = useAccountText();
  const asked = useQuery(passkeysQuery);
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  const attempt = useAttempt();
  const [adding, setAdding] = useState(false);
  const [renaming, setRenaming] = useState<Passkey>();
  const [removing, setRemoving] = useState<Passkey>();
  const [codes, setCodes] = useState<string[]>();
  const refresh = () => Promise.all([factorsQuery, meQuery].map(({ queryKey }) => queries.invalidateQueries({ queryKey })));
  const remove = async ({ id }: Passkey) => {
    if (await attempt(() => ask(api.DELETE('/api/v1/auth/passkeys/{id}', { params: { path: { id } } })))) toastDone(a.passkeyGone);
    await refresh();
  };
  const isPossible = hasPasskeys();
  const text = me?.email_verified === false ? a.verifyFirst : isPossible ? a.passkeysText : a.passkeysNone;
  return (
    <>
      <Setting title={a.passkeys} text={text} action={<Button kind="secondary" size="small" disabled={!isPossible || !me?.email_verified} onClick={() => setAdding(true)}><Plus className="size-4" aria-hidden="true" />{t.act.add}</Button>} />
      <View asked={asked} skeleton={<RowsSkeleton rows={1} />}>
        {({ data }) => data.length > 0 && <ul className="divide-y divide-line">{data.map((passkey) => <Row key={passkey.id} passkey={passkey} onRename={() => setRenaming(passkey)} onRemove={() => setRemoving(passkey)} />)}</ul>}
      </View>
      <Suspense>
        {adding && (
          <NewPasskey
            onClose={() => setAdding(false)}
            onMade={(first) => {
              setAdding(false);
              setCodes(first);
              void refresh();
            }}
          />
        )}
        {renaming && <RenamePasskey passkey={renaming} onClose={() => { setRenaming(undefined); void refresh(); }} />}
        {removing && <Confirm title={a.removePasskey(removing.name)} text={a.removePasskeyText} act={t.act.remove} onAct={() => remove(removing)} onClose={() => setRemoving(undefined)} />}
        {codes && <ShowCodes codes={codes} onClose={() => setCodes(undefined)} />}
      </Suspense>
    </>
  );
}

function Row({ passkey, onRename, onRemove }: { passkey: Passkey; onRename: () => void; onRemove: () => void }) {
  const t = useText();
  const a = useAccountText();
  const locale = useLocale();
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-5 py-4 text-sm">
      <Fingerprint className="size-5 shrink-0 text-ink-3" aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-40">
        <bdi className="block truncate font-medium">{passkey.name}</bdi>
        <p className="text-ink-3">{a.created(shortTime(locale, passkey.created_at))} · {passkey.last_used_at ? a.lastUsed(shortTime(locale, passkey.last_used_at)) : a.neverUsed}</p>
      </div>
      <div className="ml-auto flex gap-1">
        <Button kind="quiet" size="small" onClick={onRename}>{a.rename}</Button>
        <Button kind="secondary" size="small" onClick={onRemove}>{t.act.remove}</Button>
      </div>
    </li>
  );
}
