// Short messages at the edge of the window, which go by themselves; errors stay until they are closed.

import { useSyncExternalStore } from 'react';

import { ApiProblem } from '../api/problem';
import { useText } from '../i18n/language';

interface Toast {
  id: number;
  kind: 'done' | 'wrong';
  text: string;
  detail?: string;
}

let toasts: readonly Toast[] = [];
let next = 0;
const listeners = new Set<() => void>();

function set(changed: readonly Toast[]): void {
  toasts = changed;
  for (const listener of listeners) listener();
}

function show(toast: Omit<Toast, 'id'>): void {
  const id = next++;
  set([...toasts.filter((one) => one.text !== toast.text), { id, ...toast }].slice(-3));
  if (toast.kind === 'done') setTimeout(() => close(id), 4_000);
}

const close = (id: number) => set(toasts.filter((toast) => toast.id !== id));

/** Says that something was done. */
export const toastDone = (text: string): void => show({ kind: 'done', text });
/** Says that something was not done, with the id of the request for support. */
export function toastProblem(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  const detail = error instanceof ApiProblem ? error.requestId : null;
  show({ kind: 'wrong', text, ...(detail && { detail }) });
}
export const toastText = (text: string): void => show({ kind: 'wrong', text });

export function Toasts() {
  const t = useText();
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div aria-live="polite" className="pointer-events-none fixed inset-x-0 bottom-20 z-50 flex flex-col items-center gap-2 px-4 lg:bottom-6 print:hidden">
      {shown.map((toast) => (
        <div key={toast.id} className="enter pointer-events-auto flex w-full max-w-sm items-start gap-3 rounded-control border border-line bg-raised px-4 py-3 text-sm shadow-overlay">
          <span className={`mt-1.5 size-2 shrink-0 rounded-full ${toast.kind === 'done' ? 'bg-success' : 'bg-danger'}`} aria-hidden="true" />
          <div className="min-w-0 flex-1">
            <p>{toast.text}</p>
            {toast.detail && <p className="mt-0.5 truncate font-mono text-xs text-ink-3">{toast.detail}</p>}
          </div>
          <button type="button" onClick={() => close(toast.id)} className="-my-1 -mr-1.5 rounded-md px-1.5 py-1 font-medium text-ink-2 hover:bg-sunken">
            {t.act.close}
          </button>
        </div>
      ))}
    </div>
  );
}
