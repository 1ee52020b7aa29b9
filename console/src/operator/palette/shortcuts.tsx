// The keyboard map.

import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { Fragment } from 'react';

import { meQuery } from '../../api/queries';
import { pagesFor } from '../nav';
import { useSettings } from '../settings';
import { useCommon } from '../text/common';
import { usePaletteText } from '../text/palette';
import { Sheet } from './sheet';

export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const text = usePaletteText();
  const common = useCommon();
  const { singleKeys } = useSettings();
  const { data: me } = useQuery(meQuery);
  const pages = pagesFor(me?.role).filter((page) => page.key);
  const command = /Mac/.test(navigator.platform) ? '⌘' : 'Ctrl';
  return (
    <Sheet title={text.sheetTitle} onClose={onClose} className="my-auto max-h-[86dvh] overflow-y-auto sm:max-w-2xl">
      <div className="flex items-center justify-between px-6 pt-5">
        <h2 className="text-lg font-semibold">{text.sheetTitle}</h2>
        <button type="button" onClick={(event) => event.currentTarget.closest('dialog')?.close()} aria-label={text.close} className="-mr-2 grid size-9 place-items-center rounded-full text-ink-2 hover:bg-sunken"><X className="size-5" aria-hidden="true" /></button>
      </div>
      {!singleKeys && <p className="px-6 pt-1 text-sm text-warning">{text.singleOff}</p>}
      <div className="grid gap-x-10 gap-y-5 px-6 pt-4 pb-6 sm:grid-cols-2">
        <div className="space-y-5">
          <Group name={text.everywhere} keys={[[[command, 'K'], text.keys.palette], [['/'], text.keys.search], [['?'], text.keys.sheet], [['Esc'], text.keys.leave]]} />
          <Group name={text.lists} keys={[[['J'], text.keys.next], [['K'], text.keys.previous], [['Enter'], text.keys.open], [['X'], text.keys.select], [['E'], text.keys.acknowledge], [['N'], text.keys.nextCase], [['A'], text.keys.takeCase]]} />
        </div>
        <Group name={text.keys.goTo} keys={pages.map((page) => [['G', page.key!.toUpperCase()], common.pages[page.name]])} />
      </div>
    </Sheet>
  );
}

function Group({ name, keys }: { name: string; keys: readonly (readonly [readonly string[], string])[] }) {
  return (
    <section>
      <h3 className="mb-1.5 text-xs font-medium text-ink-3">{name}</h3>
      <dl className="grid grid-cols-[auto_1fr] items-center gap-x-4 gap-y-1.5 text-sm">
        {keys.map(([pressed, what]) => (
          <Fragment key={what}>
            <dt className="flex gap-1">{pressed.map((key) => <kbd key={key} className="min-w-6 rounded border border-line bg-surface px-1.5 text-center font-sans text-xs leading-5">{key}</kbd>)}</dt>
            <dd className="text-ink-2">{what}</dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}
