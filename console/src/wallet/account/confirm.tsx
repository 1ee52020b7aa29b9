// A question before something that is not taken back easily.

import { type ReactNode, useState } from 'react';

import { Button } from '../../design/button';
import Dialog from '../../design/dialog';
import { useText } from '../../i18n/language';

interface Props {
  title: string;
  text: ReactNode;
  act: string;
  /** What the other button says, where "Cancel" would be taken for the act. */
  keep?: string;
  onAct: () => Promise<void>;
  onClose: () => void;
}

export default function Confirm({ title, text, act, keep, onAct, onClose }: Props) {
  const t = useText();
  const [busy, setBusy] = useState(false);
  const go = async () => {
    setBusy(true);
    await onAct();
    onClose();
  };
  return (
    <Dialog open onClose={onClose} title={title} text={text}>
      <div className="grid grid-cols-2 gap-3">
        <Button kind="secondary" onClick={onClose}>{keep ?? t.act.cancel}</Button>
        <Button kind="danger" busy={busy} onClick={() => void go()}>{act}</Button>
      </div>
    </Dialog>
  );
}
