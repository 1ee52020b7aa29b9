// The phone number for SMS: verified by a code, changed, forgotten.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { phoneQuery } from '../../api/later-queries';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { View } from '../../design/states';
import { toastDone } from '../../design/toast';
import { useLocale, useText } from '../../i18n/language';
import { shortTime } from '../../time/format';
import { useNotifyText } from '../texts/notify';
import { useAttempt } from './attempt';
import { Setting } from './setting';

const VerifyPhone = lazy(() => chunk(() => import('./verify-phone')));
const Confirm = lazy(() => chunk(() => import('./confirm')));

export function Phone() {
  const t = useText();
  const n = useNotifyText();
  const locale = useLocale();
  const asked = useQuery(phoneQuery);
  const queries = useQueryClient();
  const attempt = useAttempt();
  const [open, setOpen] = useState<'verify' | 'remove'>();
  const close = () => setOpen(undefined);
  const remove = async () => {
    if (await attempt(() => ask(api.DELETE('/api/v1/users/me/phone')))) toastDone(n.phoneRemoved);
    await queries.invalidateQueries({ queryKey: phoneQuery.queryKey });
  };
  return (
    <View asked={asked} skeleton={<div className="skeleton m-5 h-12" />}>
      {(phone) => (
        <>
          {phone === null ? (
            <Setting title={n.phone} text={n.phoneNone} action={<Button kind="secondary" size="small" onClick={() => setOpen('verify')}>{n.phoneAdd}</Button>} />
          ) : (
            <Setting
              title={<span className="tabular" dir="ltr">{phone.number}</span>}
              text={phone.stopped_at ? <span className="text-warning">{n.phoneStopped}</span> : n.phoneOn(shortTime(locale, phone.verified_at))}
              action={
                <span className="flex flex-wrap justify-end gap-2">
                  <Button kind="secondary" size="small" onClick={() => setOpen('verify')}>{n.phoneChange}</Button>
                  <Button kind="quiet" size="small" onClick={() => setOpen('remove')}>{t.act.remove}</Button>
                </span>
              }
            />
          )}
          <Suspense>
            {open === 'verify' && <VerifyPhone onClose={close} />}
            {open === 'remove' && <Confirm title={n.phoneRemove} text={n.phoneRemoveText} act={t.act.remove} onAct={remove} onClose={close} />}
          </Suspense>
        </>
      )}
    </View>
  );
}
