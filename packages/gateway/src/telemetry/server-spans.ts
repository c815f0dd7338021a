import { context, type Span, SpanKind, SpanStatusCode, type TracerProvider, trace } from "@opentelemetry/api";
import type { RequestTracer } from "../gateway.ts";
import { extractContext } from "./trace-context.ts";

export interface ServerSpansOptions {
  /** Default: the global one. */
  tracerProvider?: TracerProvider;
  /** `false`: a client's `traceparent` is ignored, and every request begins a trace of its own. Default true. */
  acceptParent?: boolean;
}

/**
 * A server span for each request, by the HTTP conventions: https://opentelemetry.io/docs/specs/semconv/http/http-spans/. It is a child of the client's span,
 * ends with the last byte of the answer, and is the parent of the spans that `telemetry()` of `@lumiverse/toolkit/telemetry` makes for calls to vendors, where
 * the application has set a context manager. Keys in the query and content are not recorded.
 */
export function serverSpans({ tracerProvider, acceptParent = true }: ServerSpansOptions = {}): RequestTracer {
  const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer("@lumiverse/gateway");
  return async (request, answer) => {
    const { pathname, protocol, hostname } = new URL(request.url);
    const parent = acceptParent ? extractContext(context.active(), request.headers) : context.active();
    const route = routeOf(pathname);
    const attributes = {
      "http.request.method": METHODS.has(request.method) ? request.method : "_OTHER",
      "url.scheme": protocol.slice(0, -1),
      "url.path": pathname.slice(0, LONGEST_PATH),
      "server.address": hostname,
      ...(route === undefined ? {} : { "http.route": route }),
    };
    const name = route === undefined ? attributes["http.request.method"] : `${attributes["http.request.method"]} ${route}`;
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
    try {
      const response = await context.with(trace.setSpan(parent, span), answer);
      describeAnswer(span, response);
      return endingWith(response, span);
    } catch (cause) {
      span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
      throw cause;
    }
  };
}

const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const LONGEST_PATH = 500;
/** Paths of few values. That of a Gemini client names the model. */
const ROUTES =
  /^(?:\/v1)?\/(?:chat\/completions|responses|messages|messages\/count_tokens|models)$|^\/(?:v1beta\/models|health\/live|health\/ready|metrics|lumiverse\/v1\/chat)$/;
const GEMINI = /^(\/v1(?:beta)?)\/models\/.+:([a-zA-Z]{1,40})$/;

function routeOf(pathname: string): string | undefined {
  if (ROUTES.test(pathname)) return pathname;
  const [, version, method] = GEMINI.exec(pathname) ?? [];
  return version === undefined || method === undefined ? undefined : `${version}/models/{model}:${method}`;
}

function describeAnswer(span: Span, { status, headers }: Response): void {
  span.setAttribute("http.response.status_code", status);
  const call = headers.get("x-lumiverse-call");
  if (call !== null) span.setAttribute("lumiverse.call.id", call);
  if (status < 500) return;
  span.setAttribute("error.type", String(status));
  span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The same answer, whose span ends when its body has ended or its client has left. */
function endingWith(response: Response, span: Span): Response {
  const { body } = response;
  if (body === null || response.headers.get("content-type")?.startsWith("application/json") === true) {
    span.end();
    return response;
  }
  const reader = body.getReader();
  const traced = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const step = await reader.read();
          if (!step.done) return controller.enqueue(step.value);
          span.end();
          controller.close();
        } catch (cause) {
          span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
          controller.error(cause);
        }
      },
      cancel(reason) {
        span.setAttribute("error.type", "client_left");
        span.end();
        return reader.cancel(reason);
      },
    },
    // The stream behind it has its own buffer.
    { highWaterMark: 0 },
  );
  return new Response(traced, { status: response.status, headers: response.headers });
}
