// Which of very many rows are drawn: those in the window, and some around them. All rows have one height.

import { type RefObject, useEffect, useLayoutEffect, useState } from 'react';

/** So many rows are drawn beyond each edge, and the range moves in steps of as many. */
const AROUND = 12;

export interface Drawn {
  first: number;
  /** Behind the last one. */
  end: number;
}

/** The rows to draw of `count`, when the top of the first one is `top` pixels below the upper edge of a window of this height. */
export function drawnRows(count: number, rowHeight: number, top: number, windowHeight: number): Drawn {
  const above = Math.floor(Math.max(-top, 0) / rowHeight / AROUND) * AROUND;
  const first = Math.min(Math.max(above - AROUND, 0), Math.max(count - 1, 0));
  const seen = Math.ceil(windowHeight / rowHeight);
  return { first, end: Math.min(above + seen + 2 * AROUND, count) };
}

/** Follows the window. */
export function useDrawnRows(list: RefObject<HTMLElement | null>, count: number, rowHeight: number): Drawn {
  const measure = () => drawnRows(count, rowHeight, list.current?.getBoundingClientRect().top ?? 0, window.innerHeight);
  const [drawn, setDrawn] = useState<Drawn>(() => drawnRows(count, rowHeight, 0, 1_000));
  const follow = () => {
    const now = measure();
    setDrawn((before) => (before.first === now.first && before.end === now.end ? before : now));
  };
  useLayoutEffect(follow, [count, rowHeight]);
  useEffect(() => {
    let frame = 0;
    const onScroll = () => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(follow);
    };
    window.addEventListener('scroll', onScroll, { passive: true });
    window.addEventListener('resize', onScroll);
    return () => {
      cancelAnimationFrame(frame);
      window.removeEventListener('scroll', onScroll);
      window.removeEventListener('resize', onScroll);
    };
  });
  return { first: Math.min(drawn.first, count), end: Math.min(drawn.end, count) };
}
