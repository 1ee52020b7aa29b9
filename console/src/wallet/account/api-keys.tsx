// Keys for programs that act for somebody: listed, made, and deleted.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { KeyRound, Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { apiKeysQuery, meQuery } from '../../api/queries';
import type { ApiKey } from '../../api/types';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { Message, RowsSkeleton, View } from '../../design/states';
import { toastDone } from '../../design/toast';
import { useLocale, useText } from '../../i18n/language';
import { shortTime } from '../../time/format';
import { useAccountText } from '../texts/account';
import { useAttempt } from './attempt';
import { Part } from './part';
import { Setting } from './setting';

const Confirm = lazy(() => chunk(() => import('./confirm')));
const NewKey = lazy(() => chunk(() => import('./new-key')));

export function ApiKeys() {
  const t = useText();
  const a = useAccountText();
  const asked = useQuery(apiKeysQuery);
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  const attempt = useAttempt();
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState<ApiKey>();
  const refresh = () => queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
  const remove = async ({ id }: ApiKey) => {
    if (await attempt(() => ask(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } })))) toastDone(a.keyDeleted);
    await refresh();
  };
  return (
    <Part>
      <Setting
        title={a.newKey}
        text={me?.email_verified === false ? a.verifyFirst : a.keysText}
        action={<Button kind="secondary" size="small" disabled={!me?.email_verified} onClick={() => setMaking(true)}><Plus className="size-4" aria-hidden="true" />{t.act.add}</Button>}
      />
      <View asked={asked} skeleton={<RowsSkeleton rows={2} />} role={me?.role}>
        {({ data }) => (data.length > 0 ? <ul className="divide-y divide-line">{data.map((key) => <Row key={key.id} apiKey={key} onDelete={() => setDeleting(key)} />)}</ul> : <Message icon={<KeyRound aria-hidden="true" />} title={a.noKeys} text={a.noKeysText} />)}
      </View>
      <Suspense>
        {making && <NewKey onClose={() => { setMaking(false); void refresh(); }} />}
        {deleting && <Confirm title={a.deleteKeyTitle(deleting.name)} text={a.deleteKeyText} act={a.deleteKey} onAct={() => remove(deleting)} onClose={() => setDeleting(undefined)} />}
      </Suspense>
    </Part>
  );
}

function Row({ apiKey, onDelete }: { apiKey: ApiKey; onDelete: () => void }) {
  const a = useAccountText();
  const locale = useLocale();
  const scopes = apiKey.scopes.map((scope) => (a.scope as Record<string, string>)[scope] ?? scope);
  return (
    <li className="flex items-center gap-4 px-5 py-4 text-sm">
      <div className="min-w-0 flex-1">
        <bdi className="block truncate font-medium">{apiKey.name}</bdi>
        <p className="text-ink-2">{scopes.join(' · ')}</p>
        <p className="text-ink-3">
          <span className="font-mono text-xs">{apiKey.begins_with}…</span> · {apiKey.last_used_at ? a.lastUsed(shortTime(locale, apiKey.last_used_at)) : a.neverUsed}
          {apiKey.expires_at && <> · {a.keyUntil(shortTime(locale, apiKey.expires_at))}</>}
        </p>
      </div>
      <Button kind="secondary" size="small" onClick={onDelete}>{a.deleteKey}</Button>
    </li>
  );
}
