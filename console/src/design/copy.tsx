// An id that is copied by being pressed.

import { Check, Copy } from 'lucide-react';
import { useState } from 'react';

import { useText } from '../i18n/language';
import { toastText } from './toast';

/** Copies a text; whether the browser let it. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

export function CopyId({ id, shown = id, className = '' }: { id: string; shown?: string; className?: string }) {
  const t = useText();
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    if (!(await copyText(id))) return toastText(t.act.notCopied);
    setCopied(true);
    setTimeout(() => setCopied(false), 1_500);
  };
  return (
    <button type="button" onClick={() => void copy()} title={t.act.copy} className={`inline-flex max-w-full items-center gap-1.5 rounded-md font-mono text-xs text-ink-2 hover:text-ink ${className}`}>
      <span className="truncate">{shown}</span>
      {copied ? <Check className="size-3.5 shrink-0 text-success" aria-label={t.act.copied} /> : <Copy className="size-3.5 shrink-0" aria-label={t.act.copy} />}
    </button>
  );
}
