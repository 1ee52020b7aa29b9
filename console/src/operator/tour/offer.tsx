// Where the tour is begun, and gone on with.

import { useQuery } from '@tanstack/react-query';
import { Map as MapIcon } from 'lucide-react';

import { meQuery } from '../../api/queries';
import { Button } from '../../design/button';
import { Card } from '../../design/card';
import { useTourText } from '../text/tour';
import { demoQuery } from './customer';
import { openTour, useProgress } from './progress';
import { stepsFor } from './steps';

/** What is said of the tour depends on how far somebody is. */
export default function TourOffer({ className = '' }: { className?: string }) {
  const text = useTourText();
  const progress = useProgress();
  const { data: me } = useQuery(meQuery);
  const { data: isDemo } = useQuery(demoQuery);
  if (!me || isDemo === undefined || progress?.isOpen) return null;
  const steps = stepsFor(me.role, isDemo);
  const isUnderWay = progress !== null && !progress.isOver;
  const at = Math.max(steps.findIndex((step) => step.id === progress?.at), 0) + 1;
  return (
    <Card className={`flex flex-wrap items-center gap-x-4 gap-y-3 px-5 py-4 ${className}`}>
      <MapIcon className="size-5 text-brand" aria-hidden="true" />
      <div className="min-w-0 flex-1 basis-56 text-sm">
        <p className="font-medium">{isUnderWay ? text.goOn : progress ? text.again : text.offer}</p>
        <p className="text-ink-2">{isUnderWay ? text.goOnText(at, steps.length) : text.offerText(steps.length)}</p>
      </div>
      <Button size="small" kind={isUnderWay || !progress ? 'primary' : 'secondary'} onClick={openTour}>{isUnderWay ? text.goOn : text.start}</Button>
    </Card>
  );
}
