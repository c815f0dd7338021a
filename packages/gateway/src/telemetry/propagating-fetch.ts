import { context } from "@opentelemetry/api";
import { injectContext } from "./trace-context.ts";

/**
 * A fetch that sends the span of a call to the vendor in the header `traceparent`, for servers of one's own that record traces. Pass it as `connect.fetch` of the
 * profiles. Without it, no trace header is sent.
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
