// What belongs to somebody: their data as a file, and the end of their account.

import { useState } from 'react';

import { api, ask } from '../../api/client';
import { Button } from '../../design/button';
import { toastDone, toastProblem } from '../../design/toast';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { CloseAccount } from '../account/close-account';
import { CloseWallets } from '../account/close-wallets';
import { AccountPage, Part } from '../account/part';
import { Setting } from '../account/setting';
import { hand } from '../statement';
import { useAccountText } from '../texts/account';

export function AccountData() {
  const a = useAccountText();
  return (
    <AccountPage page="data">
      <Part><Export /></Part>
      <Part title={a.close}>
        <CloseWallets />
        <CloseAccount />
      </Part>
    </AccountPage>
  );
}

function Export() {
  const a = useAccountText();
  const stepUp = useStepUp();
  const [isBusy, setIsBusy] = useState(false);
  const put = async () => {
    setIsBusy(true);
    try {
      const file: unknown = await stepUp(() => ask(api.GET('/api/v1/users/me/export', { parseAs: 'blob' })));
      hand(file as Blob, `payflow-my-data-${new Date().toISOString().slice(0, 10)}.json`);
      toastDone(a.exported);
    } catch (error) {
      if (!isGivenUp(error)) toastProblem(error);
    }
    setIsBusy(false);
  };
  return <Setting title={a.export} text={a.exportText} action={<Button kind="secondary" size="small" busy={isBusy} onClick={() => void put()}>{a.exportAct}</Button>} />;
}
