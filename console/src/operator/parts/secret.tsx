// What is shown once: a secret, a key, a first password.

import { lazy, Suspense } from 'react';

import { chunk } from '../../chunk';
import { Button } from '../../design/button';
import { CopyId } from '../../design/copy';

const Dialog = lazy(() => chunk(() => import('../../design/dialog')));

export function Secret({ title, text, done, secret, onClose }: { title: string; text: string; done: string; secret: string; onClose: () => void }) {
  return (
    <Suspense>
      <Dialog open onClose={onClose} title={title} text={text}>
        <div className="rounded-control bg-sunken p-4 break-all"><CopyId id={secret} className="text-left" /></div>
        <Button className="mt-5 w-full" onClick={onClose}>{done}</Button>
      </Dialog>
    </Suspense>
  );
}
