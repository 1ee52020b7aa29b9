// Push messages on this device.

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';

import { Button } from '../../design/button';
import { toastProblem, toastText } from '../../design/toast';
import { isGivenUp, useStepUp } from '../../session/step-up';
import { useNotifyText } from '../texts/notify';
import { hasPush, isRefused, subscription, turnOffPush, turnOnPush } from './push-subscription';
import { Setting } from './setting';

export function Push() {
  const n = useNotifyText();
  const queries = useQueryClient();
  const stepUp = useStepUp();
  const [busy, setBusy] = useState(false);
  const queryKey = ['push-subscription'];
  const { data } = useQuery({ queryKey, queryFn: async () => ({ isOn: hasPush() && (await subscription()) !== null, isRefused: isRefused() }) });
  if (!hasPush()) return <Setting title={n.push} text={n.pushNone} />;
  const change = async () => {
    setBusy(true);
    try {
      if (data?.isOn) await turnOffPush();
      else await turnOnPush(stepUp);
    } catch (error) {
      // What the browser itself refuses is no problem of the server.
      if (error instanceof DOMException) toastText(error.name === 'NotAllowedError' ? n.pushDenied : n.pushFailed);
      else if (!isGivenUp(error)) toastProblem(error);
    }
    await queries.invalidateQueries({ queryKey });
    setBusy(false);
  };
  const text = data?.isOn ? n.pushOn : data?.isRefused ? n.pushDenied : n.pushOff;
  return <Setting title={n.push} text={text} action={<Button kind="secondary" size="small" busy={busy} disabled={!data} onClick={() => void change()}>{data?.isOn ? n.pushTurnOff : n.pushTurnOn}</Button>} />;
}
