// Views: filters and columns under a name. Some are always there, others are kept in this browser; a link shares any of them.

import { Bookmark, Columns3, Link as LinkIcon, Trash2 } from 'lucide-react';
import { useEffect, useState } from 'react';

import { copyText } from '../../design/copy';
import { Button } from '../../design/button';
import { Field } from '../../design/field';
import { toastDone, toastText } from '../../design/toast';
import { useText } from '../../i18n/language';
import { Checks, PanelButton, Popover } from '../parts/popover';
import { tidyQuery } from '../query';
import { useCommon } from '../text/common';
import { usePaymentsText } from '../text/payments';
import { type ColumnName, COLUMNS } from './columns';
import { keepViews, keptViews, onKeptViews, type View } from './kept-views';

const PRESETS = [
  ['all', ''],
  ['inReview', 'status:in_review'],
  ['unresolved', 'status:unresolved'],
  ['failed', 'status:failed'],
  ['processing', 'status:processing,authorised'],
  ['refunds', 'type:refund'],
  ['deposits', 'type:deposit'],
] as const;

interface Props {
  q: string;
  columns: string | undefined;
  onView: (view: { q: string; columns: string | undefined }) => void;
}

export function Views({ q, columns, onView }: Props) {
  const text = usePaymentsText();
  const t = useText();
  const [views, setViews] = useState(keptViews);
  useEffect(() => onKeptViews(() => setViews(keptViews())), []);
  const isAt = (view: Pick<View, 'q' | 'columns'>) => tidyQuery(q) === view.q && (columns ?? '') === (view.columns ?? '');
  const all = [...PRESETS.map(([name, preset]) => ({ name: text.views[name], q: preset, columns: undefined })), ...views];
  const isKnown = all.some(isAt);
  return (
    <div data-tour="views" className="mt-3 flex flex-wrap items-center gap-1.5" role="group" aria-label={text.viewsTitle}>
      {all.map((view) => (
        <button key={`${view.name} ${view.q}`} type="button" aria-pressed={isAt(view)} onClick={() => onView(view)} className="h-8 max-w-48 truncate rounded-full border border-line px-3 text-sm text-ink-2 hover:border-control aria-pressed:border-brand aria-pressed:bg-brand-tint aria-pressed:font-medium aria-pressed:text-brand">
          <bdi>{view.name}</bdi>
        </button>
      ))}
      <Popover label={<Bookmark className="size-4" aria-hidden="true" />} name={text.viewsTitle} align="end">
        {(close) => (
          <div className="w-64">
            {!isKnown && (
              <form
                className="space-y-3 border-b border-line p-2 pb-3"
                onSubmit={(event) => {
                  event.preventDefault();
                  const name = String(new FormData(event.currentTarget).get('name')).trim();
                  if (!name) return;
                  keepViews([...views.filter((view) => view.name !== name), { name, q: tidyQuery(q), columns }]);
                  toastDone(text.viewSaved);
                  close();
                }}
              >
                <Field label={text.viewName} name="name" maxLength={40} required autoComplete="off" hint={text.viewNameHint} className="!h-9" />
                <Button type="submit" size="small" className="w-full">{text.saveView}</Button>
              </form>
            )}
            <PanelButton
              onClick={() => {
                void copyText(location.href).then((done) => (done ? toastDone(t.act.copied) : toastText(t.act.notCopied)));
                close();
              }}
            >
              <LinkIcon className="size-4 text-ink-3" aria-hidden="true" />
              {text.shareView}
            </PanelButton>
            {views.map((view) => (
              <PanelButton key={view.name} onClick={() => keepViews(views.filter((one) => one !== view))}>
                <Trash2 className="size-4 text-ink-3" aria-hidden="true" />
                <span className="min-w-0 truncate">{text.removeView(view.name)}</span>
              </PanelButton>
            ))}
          </div>
        )}
      </Popover>
    </div>
  );
}

export function ColumnChoice({ columns, onChange }: { columns: readonly ColumnName[]; onChange: (columns: readonly ColumnName[]) => void }) {
  const text = usePaymentsText();
  const common = useCommon();
  return (
    <div className="max-md:hidden">
      <Popover label={<><Columns3 className="size-4" aria-hidden="true" />{common.columns}</>} align="end">
        {() => <Checks legend={common.columns} options={COLUMNS.map((column) => [column, text.columns[column]])} chosen={columns} onChange={(next) => onChange(COLUMNS.filter((column) => next.includes(column)))} />}
      </Popover>
    </div>
  );
}
