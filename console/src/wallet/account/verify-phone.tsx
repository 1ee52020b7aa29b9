// A number is verified: a code is sent to it, and typed here.

import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { api, ask } from '../../api/client';
import { toProblem } from '../../api/problem';
import { phoneQuery } from '../../api/later-queries';
import { Button } from '../../design/button';
import Dialog from '../../design/dialog';
import { Field } from '../../design/field';
import { toastDone } from '../../design/toast';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { useNotifyText } from '../texts/notify';
import { internationalNumber } from './phone-number';

export default function VerifyPhone({ onClose }: { onClose: () => void }) {
  const n = useNotifyText();
  const stepUp = useStepUp();
  const queries = useQueryClient();
  const [number, setNumber] = useState('');
  const [sentTo, setSentTo] = useState<string>();
  const [code, setCode] = useState('');
  const [wrong, setWrong] = useState<string>();
  const [busy, setBusy] = useState(false);
  const attempt = async (act: () => Promise<void>) => {
    setBusy(true);
    setWrong(undefined);
    try {
      await act();
    } catch (error) {
      if (!isGivenUp(error)) setWrong(toProblem(error).message);
    }
    setBusy(false);
  };
  const send = () =>
    attempt(async () => {
      const to = internationalNumber(number);
      if (!to) return setWrong(n.phoneWrong);
      const claim = await stepUp(() => ask(api.POST('/api/v1/users/me/phone', { body: { number: to } })));
      setCode('');
      setSentTo(claim.number);
    });
  const verify = () =>
    attempt(async () => {
      const verified = await stepUp(() => ask(api.POST('/api/v1/users/me/phone/verify', { body: { code } })));
      queries.setQueryData(phoneQuery.queryKey, verified);
      toastDone(n.phoneDone);
      onClose();
    });
  return (
    <Dialog open onClose={onClose} title={n.phoneTitle} text={sentTo ? n.phoneSent(sentTo) : n.phoneNone}>
      <form
        className="space-y-5"
        onSubmit={(event) => {
          event.preventDefault();
          void (sentTo ? verify() : send());
        }}
      >
        {sentTo ? (
          <>
            <Field key="code" label={n.phoneCode} value={code} onChange={(event) => setCode(event.target.value.replace(/\D/g, '').slice(0, 6))} inputMode="numeric" autoComplete="one-time-code" required autoFocus error={wrong} className="tabular text-center text-lg tracking-[0.4em]" />
            <Button type="submit" className="w-full" busy={busy} disabled={code.length !== 6}>{n.phoneVerify}</Button>
            <div className="flex justify-center gap-2">
              <Button kind="quiet" size="small" disabled={busy} onClick={() => void send()}>{n.phoneAgain}</Button>
              <Button kind="quiet" size="small" onClick={() => { setSentTo(undefined); setWrong(undefined); }}>{n.phoneOther}</Button>
            </div>
          </>
        ) : (
          <>
            <Field key="number" label={n.phoneNumber} type="tel" inputMode="tel" autoComplete="tel" placeholder="+49 1511 2345678" value={number} onChange={(event) => setNumber(event.target.value)} required autoFocus hint={n.phoneHint} error={wrong} />
            <Button type="submit" className="w-full" busy={busy}>{n.phoneSend}</Button>
          </>
        )}
      </form>
    </Dialog>
  );
}
