/** Spans, events and metrics of a connection's calls, by OpenTelemetry's GenAI semantic conventions. */

import type { Attempt, ChatEvent, ChatRequest, ChatResponse, ChatStream, Connection, LumiverseError } from "@lumiverse/core";
import type { JsonObject } from "@lumiverse/core/provider";
import {
  type Attributes,
  type Context,
  context,
  type MeterProvider,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { toLumiverseError } from "../shared/errors.ts";
import { createBatchStream } from "../shared/event-stream.ts";
import { commonAttributes, requestAttributes, responseAttributes, serverAttributes } from "./attributes.ts";
import { asSpanAttributes, inputContent, outputContent } from "./content.ts";
import { CONVENTIONS, type ConventionVersion } from "./conventions.ts";
import { createInstruments } from "./instruments.ts";

/** The part of OpenTelemetry's `Logger` (`@opentelemetry/api-logs`) that events need. */
export interface EventLogger {
  emit(record: { eventName: string; attributes: JsonObject; context: Context }): void;
}

/** What is recorded, under which names, and where to. */
export interface TelemetryOptions {
  /** Record messages, answers, and arguments and results of tools. They may hold personal data. Default false. */
  content?: boolean;
  /** Which names to use. Default `1.41`, the last published version. */
  convention?: ConventionVersion;
  /** Default: the global one. */
  tracerProvider?: TracerProvider;
  /** Default: the global one. */
  meterProvider?: MeterProvider;
  /** Receives one `gen_ai.client.inference.operation.details` event for each call. Default: no events. */
  logger?: EventLogger;
  /** Added to every span. */
  attributes?: Attributes;
}

export const SCOPE = "@lumiverse/toolkit";

/**
 * A connection that records a span and metrics for each call. The active span is the parent, and requests that instrumented HTTP clients make are children.
 * `error.type` is the error's code.
 */
export function withTelemetry(connection: Connection, options: TelemetryOptions = {}): Connection {
  const recorder = new CallRecorder(connection, options);
  return {
    ...connection,
    stream: <T>(request: ChatRequest<T>): ChatStream<T> => {
      const parent = context.active();
      const stream = createBatchStream((signal) => recorder.stream({ ...request, signal }, parent), request.signal);
      // The caller's own schema validates the output.
      return stream as ChatStream<T>;
    },
    generate: <T>(request: ChatRequest<T>): Promise<ChatResponse<T>> =>
      recorder.generate(request, context.active()) as Promise<ChatResponse<T>>,
  };
}

class CallRecorder {
  readonly #connection: Connection;
  readonly #options: TelemetryOptions;
  readonly #convention: (typeof CONVENTIONS)[ConventionVersion];
  readonly #tracer: ReturnType<TracerProvider["getTracer"]>;
  readonly #instruments: ReturnType<typeof createInstruments>;

  constructor(connection: Connection, options: TelemetryOptions) {
    this.#connection = connection;
    this.#options = options;
    this.#convention = CONVENTIONS[options.convention ?? "1.41"];
    this.#tracer = (options.tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE);
    this.#instruments = createInstruments((options.meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE), this.#convention);
  }

  async generate(request: ChatRequest, parent: Context): Promise<ChatResponse> {
    const call = this.#begin(request, false, parent);
    try {
      const response = await context.with(call.context, () => this.#connection.generate(request));
      this.#succeed(call, response);
      return response;
    } catch (cause) {
      this.#fail(call, cause);
      throw cause;
    }
  }

  async *stream(request: ChatRequest, parent: Context): AsyncGenerator<readonly ChatEvent[], ChatResponse> {
    const call = this.#begin(request, true, parent);
    let over = false;
    const stream = this.#connection.stream(request);
    const batches = stream.batches()[Symbol.asyncIterator]();
    try {
      for (;;) {
        const { done, value } = await context.with(call.context, () => batches.next());
        if (done === true) break;
        if (call.firstAt === undefined && value.some(isFirst)) this.#first(call);
        yield value;
      }
      const response = await stream.response();
      over = true;
      this.#succeed(call, response);
      return response;
    } catch (cause) {
      over = true;
      this.#fail(call, cause);
      throw cause;
    } finally {
      if (!over) {
        await batches.return?.();
        call.span.setAttribute("lumiverse.left_early", true);
        call.span.end();
      }
    }
  }

  #begin(request: ChatRequest, streaming: boolean, parent: Context): RecordedCall {
    const common = commonAttributes(this.#connection.provider.id, request.model);
    const attributes = {
      ...this.#options.attributes,
      ...common,
      ...requestAttributes(request, streaming),
      ...serverAttributes(this.#connection.baseURL),
    };
    const span = this.#tracer.startSpan(`chat ${request.model}`, { kind: SpanKind.CLIENT, attributes }, parent);
    const content = this.#options.content === true ? inputContent(request) : undefined;
    if (content !== undefined) span.setAttributes(asSpanAttributes(content));
    const server = serverAttributes(this.#connection.baseURL);
    return {
      span,
      context: trace.setSpan(parent, span),
      startedAt: performance.now(),
      common: { ...common, ...server },
      details: { ...attributes, ...content },
      firstAt: undefined,
    };
  }

  #first(call: RecordedCall): void {
    call.firstAt = performance.now();
    const seconds = (call.firstAt - call.startedAt) / 1000;
    call.span.setAttribute("gen_ai.response.time_to_first_chunk", seconds);
    this.#instruments.timeToFirstChunk(seconds, call.common);
  }

  #succeed(call: RecordedCall, response: ChatResponse): void {
    const attributes = responseAttributes(response, this.#convention);
    call.span.setAttributes(attributes);
    const content = this.#options.content === true ? outputContent(response) : undefined;
    if (content !== undefined) call.span.setAttributes(asSpanAttributes(content));
    addAttempts(call.span, response.attempts);
    const labels = { ...call.common, "gen_ai.response.model": response.model };
    this.#instruments.tokens(response.usage, labels);
    this.#end(call, labels, { ...attributes, ...content });
  }

  #fail(call: RecordedCall, cause: unknown): void {
    const error = toLumiverseError(cause);
    call.span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
    call.span.setAttribute("error.type", error.code);
    addAttempts(call.span, error.attempts);
    const partial = partialAttributes(error, this.#convention);
    call.span.setAttributes(partial);
    if (error.partial !== undefined) this.#instruments.tokens(error.partial.usage, call.common);
    this.#end(call, { ...call.common, "error.type": error.code }, { ...partial, "error.type": error.code });
  }

  #end(call: RecordedCall, labels: Attributes, details: JsonObject): void {
    this.#instruments.duration((performance.now() - call.startedAt) / 1000, labels);
    this.#options.logger?.emit({
      eventName: "gen_ai.client.inference.operation.details",
      attributes: { ...call.details, ...details },
      context: call.context,
    });
    call.span.end();
  }
}

interface RecordedCall {
  span: Span;
  context: Context;
  /** Milliseconds of `performance.now`. */
  startedAt: number;
  firstAt: number | undefined;
  /** Attributes of the metrics. */
  common: Attributes;
  /** Attributes of the event. */
  details: JsonObject;
}

function partialAttributes({ partial }: LumiverseError, convention: (typeof CONVENTIONS)[ConventionVersion]): Attributes {
  return partial === undefined ? {} : responseAttributes(partial, convention);
}

/** One span event for each HTTP request, so that retries are visible. */
function addAttempts(span: Span, attempts: readonly Attempt[]): void {
  for (const { status, error, ms, waitedMs } of attempts)
    span.addEvent("lumiverse.attempt", {
      ...(status === undefined ? {} : { "http.response.status_code": status }),
      ...(error === undefined ? {} : { "error.type": error }),
      "lumiverse.attempt.ms": ms,
      ...(waitedMs === undefined ? {} : { "lumiverse.attempt.waited_ms": waitedMs }),
    });
}

function isFirst({ type }: ChatEvent): boolean {
  return type === "text" || type === "reasoning" || type === "tool-call-delta" || type === "part";
}
