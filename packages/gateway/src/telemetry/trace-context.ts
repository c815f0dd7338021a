/** The header `traceparent`: https://www.w3.org/TR/trace-context/#traceparent-header */
import { type Context, isSpanContextValid, propagation, type TextMapGetter, type TextMapSetter, trace } from "@opentelemetry/api";

const GETTER: TextMapGetter<Headers> = {
  get: (headers, name) => headers.get(name) ?? undefined,
  keys: (headers) => [...headers.keys()],
};
const SETTER: TextMapSetter<Headers> = { set: (headers, name, value) => headers.set(name, value) };

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

/** The context of a request's sender, by the application's propagator. Without one, by `traceparent`. */
export function extractContext(parent: Context, headers: Headers): Context {
  if (propagation.fields().length > 0) return propagation.extract(parent, headers, GETTER);
  const [, traceId = "", spanId = "", flags = ""] = TRACEPARENT.exec(headers.get("traceparent") ?? "") ?? [];
  const sender = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true };
  return isSpanContextValid(sender) ? trace.setSpanContext(parent, sender) : parent;
}

/** Adds a context to the headers of a request. */
export function injectContext(from: Context, headers: Headers): void {
  if (propagation.fields().length > 0) return propagation.inject(from, headers, SETTER);
  const span = trace.getSpanContext(from);
  if (span === undefined || !isSpanContextValid(span)) return;
  headers.set("traceparent", `00-${span.traceId}-${span.spanId}-${span.traceFlags.toString(16).padStart(2, "0")}`);
}
