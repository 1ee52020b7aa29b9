// How an account is kept safe: the ways to sign in, and where it is signed in.

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
  return (
    <AccountPage page="security">
      <VerifyBanner />
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
