import { type RefObject, useRef } from "react";

/** A reference to the value of the last drawing, for functions that are made once. */
export function useLatest<T>(value: T): Readonly<RefObject<T>> {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}
