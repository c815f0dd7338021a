import { aborted, type RequestLifetime } from "./request-lifetime.ts";

/** Ends a request when the caller's signal aborts. Returns a function that stops listening. */
export function followSignal(lifetime: RequestLifetime, signal: AbortSignal | undefined): () => void {
  const onAbort = (): void => lifetime.end(aborted(signal?.reason));
  if (signal?.aborted === true) onAbort();
  else signal?.addEventListener("abort", onAbort);
  return () => signal?.removeEventListener("abort", onAbort);
}
