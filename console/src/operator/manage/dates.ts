// Days of an address as times of the API.

import { useMemo } from 'react';

import { startOfDay } from '../../time/format';

/** From the beginning of a day, up to the beginning of another, in the viewer's zone. */
export function useDates(after: string | undefined, before: string | undefined): { created_gte?: string; created_lt?: string } {
  return useMemo(() => {
    const [from, until] = [after, before].map((day) => (day ? startOfDay(day)?.toISOString() : undefined));
    return { ...(from && { created_gte: from }), ...(until && { created_lt: until }) };
  }, [after, before]);
}
