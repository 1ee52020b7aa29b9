// What a step is about is outlined on its page, as soon as it is there and for as long as the step is shown.

import { useEffect } from 'react';

/** Outlines the first element of a selector. */
export function useMark(selector: string | undefined, step: string): void {
  useEffect(() => {
    if (!selector) return;
    let marked: Element | null = null;
    const look = () => {
      const found = document.querySelector(selector);
      if (found === marked) return;
      marked?.removeAttribute('data-touring');
      marked = found;
      if (!marked) return;
      marked.setAttribute('data-touring', '');
      marked.scrollIntoView({ block: 'start' });
    };
    look();
    const observer = new MutationObserver(look);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      marked?.removeAttribute('data-touring');
    };
  }, [selector, step]);
}
