// A question above the page. Radix keeps the focus inside and gives it back. Its overlay is not used: it writes a style element,
// which the content security policy refuses.

import { X } from 'lucide-react';
import { Dialog as Radix } from 'radix-ui';
import type { ReactNode } from 'react';

import { useText } from '../i18n/language';

interface Props {
  open: boolean;
  onClose: () => void;
  title: string;
  text?: ReactNode;
  children: ReactNode;
}

export default function Dialog({ open, onClose, title, text, children }: Props) {
  const t = useText();
  return (
    <Radix.Root open={open} onOpenChange={(now) => !now && onClose()}>
      <Radix.Portal>
        <div className="fixed inset-0 z-40 bg-scrim" aria-hidden="true" />
        <Radix.Content
          {...(text ? {} : { 'aria-describedby': undefined })}
          className="enter fixed inset-x-0 bottom-0 z-40 max-h-[92dvh] overflow-y-auto rounded-t-2xl bg-raised p-6 pb-8 shadow-overlay sm:inset-x-auto sm:top-1/2 sm:bottom-auto sm:left-1/2 sm:w-[440px] sm:-translate-x-1/2 sm:-translate-y-1/2 sm:rounded-2xl sm:pb-6"
        >
          <div className="flex items-start justify-between gap-4">
            <Radix.Title className="text-lg font-semibold">{title}</Radix.Title>
            <Radix.Close aria-label={t.act.close} className="-mt-1 -mr-2 grid size-9 place-items-center rounded-full text-ink-2 hover:bg-sunken">
              <X className="size-5" aria-hidden="true" />
            </Radix.Close>
          </div>
          {text && <Radix.Description className="mt-1 text-sm text-ink-2">{text}</Radix.Description>}
          <div className="mt-5">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
