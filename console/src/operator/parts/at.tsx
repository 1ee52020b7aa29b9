// A time: to the second in the viewer's zone; in full and in UTC where it is pointed at.

import { useLocale } from '../../i18n/language';
import { ago, exactTime, fullTime } from '../../time/format';

export function At({ at, relative = false }: { at: string; relative?: boolean }) {
  const locale = useLocale();
  return (
    <time dateTime={at} title={`${fullTime(locale, at)}\n${at}`} className="tabular whitespace-nowrap">
      {relative ? ago(locale, at) : exactTime(locale, at)}
    </time>
  );
}
