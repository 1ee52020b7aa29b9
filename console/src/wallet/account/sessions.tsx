// Where somebody is logged in, and the end of it.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Monitor, Smartphone } from 'lucide-react';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { meQuery, sessionsQuery } from '../../api/queries';
import type { Session } from '../../api/types';
import { Button } from '../../design/button';
import { RowsSkeleton, View } from '../../design/states';
import { toastDone, toastProblem } from '../../design/toast';
import { useLocale, useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { shortTime } from '../../time/format';
import { useAccountText } from '../texts/account';

/** So many are shown at first. */
const FEW = 4;

export function Sessions() {
  const t = useText();
  const a = useAccountText();
  const asked = useQuery(sessionsQuery);
  const queries = useQueryClient();
  const stepUp = useStepUp();
  const [all, setAll] = useState(false);
  const end = async (act: () => Promise<unknown>) => {
    try {
      await stepUp(act);
      toastDone(a.ended);
    } catch (error) {
      if (!isGivenUp(error)) toastProblem(error);
    }
    await Promise.all([sessionsQuery, meQuery].map(({ queryKey }) => queries.invalidateQueries({ queryKey })));
  };
  return (
    <View asked={asked} skeleton={<RowsSkeleton rows={2} />}>
      {({ data }) => (
        <>
          <ul className="divide-y divide-line">
            {data.slice(0, all ? data.length : FEW).map((session) => <Row key={session.id} session={session} onEnd={() => void end(() => ask(api.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id: session.id } } })))} />)}
          </ul>
          {data.length > 1 && (
            <div className="flex gap-2 p-3">
              {!all && data.length > FEW && <Button kind="quiet" size="small" onClick={() => setAll(true)}>{t.act.more} ({data.length - FEW})</Button>}
              <Button kind="quiet" size="small" onClick={() => void end(() => ask(api.DELETE('/api/v1/auth/sessions')))}>{a.endOthers}</Button></div>
          )}
        </>
      )}
    </View>
  );
}

function Row({ session, onEnd }: { session: Session; onEnd: () => void }) {
  const a = useAccountText();
  const locale = useLocale();
  const Icon = /android|iphone|mobile/i.test(session.user_agent ?? '') ? Smartphone : Monitor;
  return (
    <li className="flex items-center gap-4 px-5 py-4 text-sm">
      <Icon className="size-5 shrink-0 text-ink-3" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="truncate font-medium">{session.device ?? a.unknownDevice}</p>
        <p className="truncate text-ink-3">
          {session.current ? <span className="font-medium text-success">{a.thisDevice}</span> : a.lastUsed(shortTime(locale, session.last_used_at))}
          {session.address && <> · {session.address}</>}
        </p>
      </div>
      {!session.current && <Button kind="secondary" size="small" onClick={onEnd}>{a.endSession}</Button>}
    </li>
  );
}
