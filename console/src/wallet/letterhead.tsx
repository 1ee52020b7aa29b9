// What stands above a page on paper only.

import { useQuery } from '@tanstack/react-query';

import { meQuery } from '../api/queries';
import { Logo } from '../design/logo';
import { useLocale } from '../i18n/language';
import { useReceiptText } from './texts/receipt';

export function Letterhead({ title }: { title: string }) {
  const { receipt } = useReceiptText();
  const locale = useLocale();
  const { data: me } = useQuery(meQuery);
  return (
    <div className="mb-8 hidden items-start justify-between border-b border-line pb-6 print:flex">
      <div><Logo /><p className="mt-3 text-lg font-semibold">{title}</p></div>
      <div className="text-right text-sm text-ink-2">
        <bdi className="block font-medium text-ink">{me?.name}</bdi>
        <p>{me?.email}</p>
        <p>{receipt.printed(new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeStyle: 'short' }).format(new Date()))}</p>
      </div>
    </div>
  );
}
