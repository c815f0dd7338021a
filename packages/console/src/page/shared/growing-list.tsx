import { type ReactNode, useEffect, useRef, useState } from "react";

/** How far below the window a list is drawn, so that nobody sees its end while scrolling. */
const AHEAD = "800px";

export interface GrowingList<T> {
  /** The entries to draw. */
  shown: readonly T[];
  /** Belongs below the entries. More entries are drawn when the person scrolls near it. */
  end: ReactNode;
}

/** Draws a long list step by step: `step` entries at first, and as many more each time. */
export function useGrowingList<T>(all: readonly T[], step: number): GrowingList<T> {
  const [count, setCount] = useState(step);
  const end = useRef<HTMLDivElement>(null);
  const isComplete = count >= all.length;
  useEffect(() => {
    if (end.current === null || isComplete) return;
    const grow: IntersectionObserverCallback = (entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) setCount(count + step);
    };
    // The first margin applies to the window, the second one to a dialog with its own scroll bar.
    const options: IntersectionObserverInit & { scrollMargin: string } = { rootMargin: AHEAD, scrollMargin: AHEAD };
    const observer = new IntersectionObserver(grow, options);
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [count, step, isComplete]);
  return { shown: all.slice(0, count), end: isComplete ? null : <div ref={end} aria-hidden className="list-end" /> };
}
