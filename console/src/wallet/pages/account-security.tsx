// How an account is kept safe: the ways to sign in, and where it is signed in.

import { useSearch } from '@tanstack/react-router';

import { backToConsole } from '../../session/staff';
import { ForConsole } from '../account/for-console';
import { AccountPage, Part } from '../account/part';
import { Passkeys } from '../account/passkeys';
import { Password } from '../account/password';
import { RecoveryCodes } from '../account/recovery-codes';
import { Sessions } from '../account/sessions';
import { Totp } from '../account/totp';
import { useAccountText } from '../texts/account';
import { VerifyBanner } from '../verify-banner';

export function AccountSecurity() {
  const a = useAccountText();
  const { back, needed } = useSearch({ strict: false }) as { back?: string; needed?: string };
  const console = backToConsole(back);
  return (
    <AccountPage page="security" back={console}>
      <VerifyBanner />
      {console && needed && <ForConsole back={console} />}
      <Part title={a.signingIn}>
        <Password />
        <Totp />
        <RecoveryCodes />
      </Part>
      <Part><Passkeys /></Part>
      <Part title={a.sessions}><Sessions /></Part>
    </AccountPage>
  );
}
