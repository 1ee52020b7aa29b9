// The authenticator app: set up by a picture or by hand, proved by a code, and taken away again.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';

import { api, ask } from '../../api/client';
import type { components } from '../../api/generated';
import { toProblem } from '../../api/problem';
import { factorsQuery, meQuery } from '../../api/queries';
import { Button, buttonClass } from '../../design/button';
import { copyText, CopyId } from '../../design/copy';
import { Field } from '../../design/field';
import { toastDone, toastProblem, toastText } from '../../design/toast';
import { useText } from '../../i18n/language';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { Setting } from './setting';

const Dialog = lazy(() => import('../../design/dialog'));
type Setup = components['schemas']['TotpSetup'];

export function Totp() {
  const t = useText();
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
      toastDone(t.me.removed);
    });
  const isOn = factors?.totp ?? false;
  return (
    <>
      <Setting
        title={t.me.totp}
        text={isOn ? <>{t.me.totpOn} {t.me.recoveryLeft(factors?.recovery_codes_left ?? 0)}.</> : t.me.totpOff}
        action={<Button kind="secondary" size="small" disabled={!factors} onClick={() => void (isOn ? turnOff() : begin())}>{isOn ? t.me.turnOff : t.me.turnOn}</Button>}
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
  const t = useText();
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
  if (codes) {
    const copy = async () => ((await copyText(codes.join('\n'))) ? toastDone(t.act.copied) : toastText(t.act.notCopied));
    return (
      <Dialog open onClose={onClose} title={t.me.totpDone} text={t.me.totpDoneText}>
        <ul className="grid grid-cols-2 gap-x-6 gap-y-2 rounded-control bg-sunken p-4 font-mono text-sm select-all">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
        <div className="mt-5 grid grid-cols-2 gap-3">
          <Button kind="secondary" onClick={() => void copy()}>{t.me.copyCodes}</Button>
          <Button onClick={onClose}>{t.act.done}</Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog open onClose={onClose} title={t.me.totpTitle} text={t.me.totpScan}>
      <img src={`data:image/svg+xml;utf8,${encodeURIComponent(setup.qr_svg)}`} alt={t.me.totpScan} className="mx-auto size-48 rounded-control bg-white p-2" />
      <p className="mt-3 text-center"><a href={setup.otpauth_uri} className={buttonClass('quiet', 'small')}>{t.me.totpOpen}</a></p>
      <p className="mt-2 text-sm text-ink-2">{t.me.totpSecret}</p>
      <CopyId id={setup.secret} className="mt-1" />
      <form
        className="mt-5 space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void enable(String(new FormData(event.currentTarget).get('code')).trim());
        }}
      >
        <Field label={t.me.totpCode} name="code" inputMode="numeric" autoComplete="one-time-code" required maxLength={6} error={wrong} className="tabular" />
        <Button type="submit" className="w-full" busy={busy}>{t.me.turnOn}</Button>
      </form>
    </Dialog>
  );
}
