// What is left of a time that the server has said in seconds: counted here from when its answer came, whatever the clocks say.

import { useEffect, useState } from 'react';

/** Seconds that are left of `seconds`, which were counted from `since` (milliseconds); never below 0. */
export function secondsLeft(seconds: number, since: number, now: number): number {
  return Math.max(0, Math.ceil(seconds - Math.max(0, now - since) / 1_000));
}

/** `4:07`; an hour and more as `1:02:03`. */
export function clockText(seconds: number): string {
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** The digits of what was typed or pasted, at most six: people paste spaces and whole sentences. */
export function digitsOf(typed: string): string {
  return (/(?<!\d)\d{6}(?!\d)/.exec(typed)?.[0] ?? typed.replace(/\D/g, '')).slice(0, 6);
}

/** The time, told anew each second while something is counted. */
export function useNow(isCounting: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isCounting) return;
    const timer = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(timer);
  }, [isCounting]);
  return now;
}
