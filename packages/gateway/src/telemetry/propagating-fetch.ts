import { context } from "@opentelemetry/api";
import { injectContext } from "./trace-context.ts";

/**
 * A fetch that tells vendors the span of their call in the header `traceparent`, for vendors of one's own that trace. Pass it as `connect.fetch` of the profiles;
 * without it, vendors learn nothing of traces.
 * @param send Default: the runtime's own fetch
 */
export function propagatingFetch(send: typeof fetch = fetch): typeof fetch {
  return (input, init) => {
    const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : undefined));
    injectContext(context.active(), headers);
    // A plain object, because `nodeFetch` passes on all others.
    return send(input, { ...init, headers: Object.fromEntries(headers) });
  };
}
