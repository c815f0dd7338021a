/** Spans, events and metrics of calls, from the observations of a connection. */
import type { Attempt, ErrorCode, Observation, ObservedCall, Observer, SendWrapper } from "@lumiverse/core";
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
import { commonAttributes, finishReasons, requestAttributes, responseAttributes, serverAttributes } from "./attributes.ts";
import { asSpanAttributes, inputContent, outputContent } from "./content.ts";
import { CONVENTIONS, type Convention, type ConventionVersion, DEFAULT_CONVENTION } from "./conventions.ts";
import { createInstruments, type Instruments } from "./instruments.ts";

/** The part of OpenTelemetry's `Logger` (`@opentelemetry/api-logs`) that events need. */
export interface EventLogger {
  emit(record: { eventName: string; attributes: JsonObject; context: Context; severityNumber?: number }): void;
}

/** What is recorded, under which names, and where. */
export interface TelemetryOptions {
  /** Record messages, answers, and arguments and results of tools. They may hold personal data. Default false. */
  content?: boolean;
  /** Which version of the conventions gives the names. Default `0.1`. */
  convention?: ConventionVersion;
  /** Default: the global one. */
  tracerProvider?: TracerProvider;
  /** Default: the global one, as it is when the first call starts. */
  meterProvider?: MeterProvider;
  /** Receives the events `gen_ai.client.inference.operation.details` and, of failed calls, `gen_ai.client.inference.exception`. Default: no events. */
  logger?: EventLogger;
  /** Added to every span. */
  attributes?: Attributes;
}

export const SCOPE = "@lumiverse/toolkit";

/** OpenTelemetry's severity number of a warning, which the conventions prescribe for exceptions. */
const WARN = 13;

/**
 * An observer that records a span, metrics and events for each call: `connect("groq", { observe: telemetry() })`. One observer can serve many connections.
 *
 * The active span is the parent, and the spans of instrumented HTTP clients are children. `error.type` is the code of the `LumiverseError`. A call that its
 * caller aborted or left early has the error type `aborted`, and its span is not marked as failed.
 */
export function telemetry(options: TelemetryOptions = {}): Observer {
  const recorder = new CallRecorder(options);
  const calls = new WeakMap<ObservedCall, RecordedCall>();
  return (observation: Observation): SendWrapper | undefined => {
    if (observation.type === "start") {
      calls.set(observation.call, recorder.start(observation.call));
      return undefined;
    }
    const call = calls.get(observation.call);
    if (call === undefined) return undefined;
    switch (observation.type) {
      case "request":
        return recorder.request(call, observation.url);
      case "attempt":
        recorder.attempt(call, observation.attempt);
        return undefined;
      case "first-event":
        recorder.firstEvent(call);
        return undefined;
      case "finish":
      case "error":
        // A meter or a logger that fails must not keep the span open.
        try {
          if (observation.type === "finish") recorder.finish(call, observation);
          else recorder.fail(call, observation);
        } finally {
          call.span.end();
        }
        return undefined;
      default:
        return observation satisfies never;
    }
  };
}

interface RecordedCall {
  span: Span;
  /** The context in which the span is active. */
  context: Context;
  streaming: boolean;
  /** Milliseconds of `performance.now`. */
  startedAt: number;
  /** Attributes of the metrics. */
  labels: Attributes;
  /** Attributes of the event with the call's details. */
  details: JsonObject;
}

class CallRecorder {
  readonly #options: TelemetryOptions;
  readonly #convention: Convention;
  #instruments: Instruments | undefined;

  constructor(options: TelemetryOptions) {
    this.#options = options;
    this.#convention = CONVENTIONS[options.convention ?? DEFAULT_CONVENTION];
  }

  start(call: ObservedCall): RecordedCall {
    const { tracerProvider, attributes: own, content } = this.#options;
    const labels = { ...commonAttributes(call.provider, call.model), ...serverAttributes(call.baseURL) };
    const attributes = { ...own, ...labels, ...requestAttributes(call) };
    const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE);
    const parent = context.active();
    const span = tracer.startSpan(`chat ${call.model}`, { kind: SpanKind.CLIENT, attributes }, parent);
    const input = content === true ? inputContent(call.request()) : {};
    span.setAttributes(asSpanAttributes(input));
    return {
      span,
      context: trace.setSpan(parent, span),
      streaming: call.streaming,
      startedAt: performance.now(),
      labels,
      details: { ...attributes, ...input },
    };
  }

  /** Created with the first call, because the global meter provider does not forward to one that is registered later. */
  #metrics(): Instruments {
    const { meterProvider } = this.#options;
    this.#instruments ??= createInstruments((meterProvider ?? metrics.getMeterProvider()).getMeter(SCOPE), this.#convention);
    return this.#instruments;
  }

  /** A request can go to another host than the base URL says, such as a region's. */
  request(call: RecordedCall, url: string): SendWrapper {
    const server = serverAttributes(url);
    call.span.setAttributes(server);
    Object.assign(call.labels, server);
    Object.assign(call.details, server);
    return (send) => context.with(call.context, send);
  }

  /** One span event for each HTTP request, so that retries are visible. */
  attempt({ span }: RecordedCall, { status, error, ms }: Attempt): void {
    span.addEvent("lumiverse.attempt", {
      ...(status === undefined ? {} : { "http.response.status_code": status }),
      ...(error === undefined ? {} : { "error.type": error }),
      "lumiverse.attempt.ms": ms,
    });
  }

  firstEvent(call: RecordedCall): void {
    if (!call.streaming) return;
    const seconds = secondsSince(call.startedAt);
    call.span.setAttribute("gen_ai.response.time_to_first_chunk", seconds);
    this.#metrics().timeToFirstChunk(seconds, call.labels);
  }

  finish(call: RecordedCall, { id, model, reason, usage, response }: Extract<Observation, { type: "finish" }>): void {
    const attributes = responseAttributes({ id, model, finishReason: reason, usage }, this.#convention);
    const output = this.#options.content === true ? outputContent(response()) : {};
    call.span.setAttributes({ ...attributes, ...asSpanAttributes(output) });
    const labels = { ...call.labels, "gen_ai.response.model": attributes["gen_ai.response.model"] };
    this.#metrics().tokens(usage, labels);
    this.#recordEnd(call, labels, { ...attributes, ...output });
  }

  fail(call: RecordedCall, { code, message, partial }: Extract<Observation, { type: "error" }>): void {
    const received = partial();
    const failed = { "error.type": code };
    const attributes = {
      ...(received === undefined ? {} : responseAttributes(received, this.#convention)),
      ...finishReasons("error"),
      ...failed,
    };
    const output = received !== undefined && this.#options.content === true ? outputContent(received) : {};
    call.span.setAttributes({ ...attributes, ...asSpanAttributes(output) });
    if (!isAbort(code)) call.span.setStatus({ code: SpanStatusCode.ERROR, message });
    if (received !== undefined) this.#metrics().tokens(received.usage, call.labels);
    if (!isAbort(code)) this.#logException(call, code, message);
    this.#recordEnd(call, { ...call.labels, ...failed }, { ...attributes, ...output });
  }

  #logException(call: RecordedCall, code: ErrorCode, message: string): void {
    const eventName = this.#convention.exception;
    if (eventName === undefined) return;
    const attributes = { "exception.type": code, "exception.message": message };
    this.#options.logger?.emit({ eventName, severityNumber: WARN, attributes, context: call.context });
  }

  #recordEnd(call: RecordedCall, labels: Attributes, details: JsonObject): void {
    this.#metrics().duration(secondsSince(call.startedAt), labels);
    this.#options.logger?.emit({
      eventName: "gen_ai.client.inference.operation.details",
      attributes: { ...call.details, ...details },
      context: call.context,
    });
  }
}

/** The caller decided to end the call. */
function isAbort(code: ErrorCode): boolean {
  return code === "aborted";
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
