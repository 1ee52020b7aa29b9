// What belongs to somebody: their data as a file, and the end of their account.

import { useState } from 'react';

import { Button } from '../../design/button';
import { toastDone, toastProblem } from '../../design/toast';
import { CloseAccount } from '../account/close-account';
import { CloseWallets } from '../account/close-wallets';
import { exportData } from '../account/export';
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
  const [count, setCount] = useState<number>();
  const put = async () => {
    setCount(0);
    try {
      hand(await exportData(setCount), `payflow-my-data-${new Date().toISOString().slice(0, 10)}.json`);
      toastDone(a.exported);
    } catch (error) {
      toastProblem(error);
    }
    setCount(undefined);
  };
  const text = count === undefined ? a.exportText : <span role="status">{a.exporting(count)}</span>;
  return <Setting title={a.export} text={text} action={<Button kind="secondary" size="small" busy={count !== undefined} onClick={() => void put()}>{a.exportAct}</Button>} />;
}
