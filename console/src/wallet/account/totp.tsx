// The authenticator app: set up by a picture or by hand, proved by a code, and taken away again.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { toProblem } from '../../api/problem';
import { factorsQuery, meQuery } from '../../api/queries';
import { chunk } from '../../chunk';
import { Button, buttonClass } from '../../design/button';
import { CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { toastDone, toastProblem } from '../../design/toast';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { Setting } from './setting';
import { useAccountText } from '../texts/account';

const ShowCodes = lazy(() => chunk(() => import('./show-codes')));
const Dialog = lazy(() => chunk(() => import('../../design/dialog')));
type Setup = components['schemas']['TotpSetup'];

export function Totp() {
  const a = useAccountText();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const { data: factors } = useQuery(factorsQuery);
  const [setup, setSetup] = useState<Setup>();
  const refresh = () => Promise.all([factorsQuery, meQuery].map(({ queryKey }) => queries.invalidateQueries({ queryKey })));
  const attempt = async (act: () => Promise<void>) => {
    try {
      await stepUp(act);
    } catch (error) {
      if (!isGivenUp(error)) toastProblem(error);
    }
  };
  const begin = () => attempt(async () => setSetup(await ask(api.POST('/api/v1/auth/2fa/setup'))));
  const turnOff = () =>
    attempt(async () => {
      await ask(api.POST('/api/v1/auth/2fa/disable', { body: {} as never }));
      await refresh();
      toastDone(a.removed);
    });
  const isOn = factors?.totp ?? false;
  return (
    <>
      <Setting
        title={a.totp}
        text={isOn ? a.totpOn : a.totpOff}
        action={<Button kind="secondary" size="small" disabled={!factors} onClick={() => void (isOn ? turnOff() : begin())}>{isOn ? a.turnOff : a.turnOn}</Button>}
      />
      {setup && (
        <Suspense>
          <SetUp setup={setup} onClose={() => { setSetup(undefined); void refresh(); }} />
        </Suspense>
      )}
    </>
  );
}

function SetUp({ setup, onClose }: { setup: Setup; onClose: () => void }) {
  const a = useAccountText();
  const stepUp = useStepUp();
  const [codes, setCodes] = useState<string[]>();
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const enable = async (code: string) => {
    setBusy(true);
    try {
      const enrolled = await stepUp(() => ask(api.POST('/api/v1/auth/2fa/enable', { body: { code } })));
      setCodes(enrolled.recovery_codes);
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  if (codes) return <ShowCodes codes={codes} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title={a.totpTitle} text={a.totpScan}>
      <img src={`data:image/svg+xml;utf8,${encodeURIComponent(setup.qr_svg)}`} alt={a.totpScan} className="mx-auto size-48 rounded-control bg-white p-2" />
      <p className="mt-3 text-center"><a href={setup.otpauth_uri} className={buttonClass('quiet', 'small')}>{a.totpOpen}</a></p>
      <p className="mt-2 text-sm text-ink-2">{a.totpSecret}</p>
      <CopyId id={setup.secret} className="mt-1" />
      <form
        className="mt-5 space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void enable(String(new FormData(event.currentTarget).get('code')).trim());
        }}
      >
        <Field label={a.totpCode} name="code" inputMode="numeric" autoComplete="one-time-code" required maxLength={6} error={wrong} className="tabular" />
        <Button type="submit" className="w-full" busy={busy}>{a.turnOn}</Button>
      </form>
    </Dialog>
  );
}
