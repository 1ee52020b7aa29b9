// What became of a payment, step by step, with the time between.

import { useQuery } from '@tanstack/react-query';
import { Bot, Landmark, UserRound } from 'lucide-react';

import { timelineQuery } from '../../api/queries';
import type { TimelineEntry } from '../../api/types';
import { View } from '../../design/states';
import { useLocale, useText } from '../../i18n/language';
import { gap } from '../../time/format';
import { At } from '../parts/at';
import { Person } from '../parts/person';
import { usePaymentText } from '../text/payment';

export function Timeline({ id }: { id: string }) {
  const text = usePaymentText();
  const asked = useQuery(timelineQuery(id));
  return (
    <View asked={asked} skeleton={<div className="skeleton h-24" />}>
      {({ data, has_more }) => (
        <>
          {has_more && <p className="mb-3 text-sm text-ink-3">{text.timelineMore}</p>}
          <ol>{data.map((entry, at) => <Step key={at} entry={entry} before={data[at - 1]} isLast={at === data.length - 1} />)}</ol>
        </>
      )}
    </View>
  );
}

const TINTS: Partial<Record<NonNullable<TimelineEntry['to']>, string>> = { completed: 'bg-success-tint text-success', failed: 'bg-danger-tint text-danger', unresolved: 'bg-warning-tint text-warning' };

function Step({ entry, before, isLast }: { entry: TimelineEntry; before: TimelineEntry | undefined; isLast: boolean }) {
  const text = usePaymentText();
  const t = useText();
  const locale = useLocale();
  const Icon = entry.actor === 'acquirer' ? Landmark : entry.actor === 'system' ? Bot : UserRound;
  return (
    <li className="relative flex gap-3.5 pb-5 text-sm last:pb-0">
      {!isLast && <span className="absolute top-7 bottom-0 left-3 w-px bg-line" aria-hidden="true" />}
      <span className={`mt-px grid size-6 shrink-0 place-items-center rounded-full ${(entry.to && TINTS[entry.to]) ?? 'bg-sunken text-ink-2'}`} aria-hidden="true"><Icon className="size-3.5" /></span>
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 font-medium">{entry.to ? t.status[entry.to] : (text.events as Record<string, string>)[entry.type] ?? entry.type} <code className="font-mono text-xs font-normal text-ink-3">{entry.type}</code></p>
        <p className="text-ink-3"><At at={entry.at} />{before && <span className="tabular"> · +{gap(locale, before.at, entry.at)}</span>} · <Person id={entry.actor} /></p>
        {entry.reason && <p className="mt-1 break-words text-ink-2"><bdi>{entry.reason}</bdi></p>}
      </div>
    </li>
  );
}
