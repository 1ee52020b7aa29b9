// A window above the page, by the browser's own dialog: it keeps the focus, gives it back, and closes by Escape.

import { type ReactNode, useEffect, useRef } from 'react';

export function Sheet({ title, onClose, children, className = '' }: { title: string; onClose: () => void; children: ReactNode; className?: string }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const shown = dialog.current;
    if (shown && !shown.open) shown.showModal();
  }, []);
  return (
    <dialog
      ref={dialog}
      aria-label={title}
      onClose={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) dialog.current?.close();
      }}
      className={`enter mx-auto w-full max-w-[calc(100vw-2rem)] overflow-hidden rounded-card border border-line bg-raised text-ink shadow-overlay backdrop:bg-scrim ${className}`}
    >
      {children}
    </dialog>
  );
}
