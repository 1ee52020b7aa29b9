// Recovery codes, shown this once.

import { Button } from '../../design/button';
import { copyText } from '../../design/copy';
import Dialog from '../../design/dialog';
import { toastDone, toastText } from '../../design/toast';
import { useText } from '../../i18n/language';
import { useAccountText } from '../texts/account';

export default function ShowCodes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const t = useText();
  const a = useAccountText();
  const copy = async () => ((await copyText(codes.join('\n'))) ? toastDone(t.act.copied) : toastText(t.act.notCopied));
  return (
    <Dialog open onClose={onClose} title={a.totpDone} text={a.totpDoneText}>
      <ul className="grid grid-cols-2 gap-x-6 gap-y-2 rounded-control bg-sunken p-4 font-mono text-sm select-all">{codes.map((code) => <li key={code}>{code}</li>)}</ul>
      <div className="mt-5 grid grid-cols-2 gap-3">
        <Button kind="secondary" onClick={() => void copy()}>{a.copyCodes}</Button>
        <Button onClick={onClose}>{t.act.done}</Button>
      </div>
    </Dialog>
  );
}
