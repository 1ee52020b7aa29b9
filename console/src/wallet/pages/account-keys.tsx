// The API keys of an account.

import { ApiKeys } from '../account/api-keys';
import { AccountPage } from '../account/part';

export function AccountKeys() {
  return (
    <AccountPage page="keys">
      <ApiKeys />
    </AccountPage>
  );
}
