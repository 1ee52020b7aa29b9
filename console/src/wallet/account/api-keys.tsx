// Keys for programs that act for somebody: made, shown once, and deleted.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Plus } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { apiKeysQuery, meQuery } from '../../api/queries';
import { useRequestKey } from '../../api/request-key';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { RowsSkeleton, View } from '../../design/states';
import { toastDone, toastProblem } from '../../design/toast';
import { useLocale, useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { shortTime } from '../../time/format';
import { Wrong } from '../pages/log-in';
import { Setting } from './setting';

const Dialog = lazy(() => import('../../design/dialog'));

export function ApiKeys() {
  const t = useText();
  const locale = useLocale();
  const asked = useQuery(apiKeysQuery);
  const { data: me } = useQuery(meQuery);
  const queries = useQueryClient();
  const stepUp = useStepUp();
  const [making, setMaking] = useState(false);
  const refresh = () => queries.invalidateQueries({ queryKey: apiKeysQuery.queryKey });
  const remove = async (id: string) => {
    try {
      await stepUp(() => ask(api.DELETE('/api/v1/api-keys/{id}', { params: { path: { id } } })));
      toastDone(t.me.keyDeleted);
    } catch (error) {
      if (!isGivenUp(error)) toastProblem(error);
    }
    await refresh();
  };
  return (
    <>
      <Setting
        title={t.me.newKey}
        text={me?.email_verified === false ? t.me.verifyFirst : t.me.keysText}
        action={<Button kind="secondary" size="small" disabled={!me?.email_verified} onClick={() => setMaking(true)}><Plus className="size-4" aria-hidden="true" />{t.act.add}</Button>}
      />
      <View asked={asked} skeleton={<RowsSkeleton rows={1} />}>
        {({ data }) =>
          data.length > 0 && (
            <ul className="divide-y divide-line">
              {data.map((key) => (
                <li key={key.id} className="flex items-center gap-4 px-5 py-4 text-sm">
                  <div className="min-w-0 flex-1">
                    <bdi className="block truncate font-medium">{key.name}</bdi>
                    <p className="truncate text-ink-3"><span className="font-mono text-xs">{key.begins_with}…</span> · {key.last_used_at ? t.me.lastUsed(shortTime(locale, key.last_used_at)) : t.me.neverUsed}</p>
                  </div>
                  <Button kind="secondary" size="small" onClick={() => void remove(key.id)}>{t.me.deleteKey}</Button>
                </li>
              ))}
            </ul>
          )
        }
      </View>
      {making && (
        <Suspense>
          <NewKey onClose={() => { setMaking(false); void refresh(); }} />
        </Suspense>
      )}
    </>
  );
}

function NewKey({ onClose }: { onClose: () => void }) {
  const t = useText();
  const stepUp = useStepUp();
  const keyOf = useRequestKey();
  const [made, setMade] = useState<string>();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const make = async (form: FormData) => {
    setBusy(true);
    const body = { name: String(form.get('name')).trim(), scopes: form.getAll('scope').map(String) as never };
    try {
      const { key } = await stepUp(() => ask(api.POST('/api/v1/api-keys', { body, params: { header: keyOf(body) } })));
      setMade(key);
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  if (made) {
    return (
      <Dialog open onClose={onClose} title={t.me.keyMade} text={t.me.keyMadeText}>
        <div className="rounded-control bg-sunken p-4 break-all"><CopyId id={made} className="text-left" /></div>
        <Button className="mt-5 w-full" onClick={onClose}>{t.act.done}</Button>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title={t.me.newKey} text={t.me.keysText}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void make(new FormData(event.currentTarget));
        }}
      >
        <Field label={t.me.keyName} name="name" maxLength={100} required autoComplete="off" />
        <fieldset>
          <legend className="mb-1.5 text-sm font-medium">{t.me.scopes}</legend>
          {Object.entries(t.me.scope).map(([scope, text]) => (
            <label key={scope} className="flex min-h-11 cursor-pointer items-center gap-3 text-sm"><input type="checkbox" name="scope" value={scope} defaultChecked={scope === 'wallets:own'} className="size-[18px] accent-brand" />{text}</label>
          ))}
        </fieldset>
        <Wrong text={wrong} />
        <Button type="submit" className="w-full" busy={busy}>{t.me.makeKey}</Button>
      </form>
    </Dialog>
  );
}
