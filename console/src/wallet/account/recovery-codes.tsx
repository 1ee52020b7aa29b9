// The recovery codes: how many are left, new ones, and the one time that they are shown.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import { factorsQuery } from '../../api/queries';
import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { useAccountText } from '../texts/account';
import { useAttempt } from './attempt';
import { Setting } from './setting';

const Confirm = lazy(() => chunk(() => import('./confirm')));
const ShowCodes = lazy(() => chunk(() => import('./show-codes')));

export function RecoveryCodes() {
  const a = useAccountText();
  const attempt = useAttempt();
  const queries = useQueryClient();
  const { data: factors } = useQuery(factorsQuery);
  const [asking, setAsking] = useState(false);
  const [codes, setCodes] = useState<string[]>();
  if (!factors || (!factors.totp && factors.passkeys === 0)) return null;
  const renew = async () => {
    await attempt(async () => setCodes((await ask(api.POST('/api/v1/auth/2fa/recovery-codes'))).recovery_codes));
    await queries.invalidateQueries({ queryKey: factorsQuery.queryKey });
  };
  const left = factors.recovery_codes_left;
  return (
    <>
      <Setting title={a.recovery} text={<><span className={left < 3 ? 'font-medium text-warning' : ''}>{a.recoveryLeft(left)}.</span> {a.recoveryText}</>} action={<Button kind="secondary" size="small" onClick={() => setAsking(true)}>{a.renew}</Button>} />
      <Suspense>
        {asking && <Confirm title={a.renewTitle} text={a.renewText} act={a.renew} onAct={renew} onClose={() => setAsking(false)} />}
        {codes && <ShowCodes codes={codes} onClose={() => setCodes(undefined)} />}
      </Suspense>
    </>
  );
}
