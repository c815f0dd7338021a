import { useEffect, useRef } from "react";

/** Runs `action` once, after the first drawing. React runs an effect twice in development, and a one-time token works only once. */
export function useOnce(action: () => void): void {
  const isDone = useRef(false);
  useEffect(() => {
    if (isDone.current) return;
    isDone.current = true;
    action();
  });
}
