import {
  type Attributes,
  type Context,
  context,
  type Histogram,
  metrics,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { messageOf } from "../shared/errors.ts";
import type { RunnableTool, ToolContext } from "../tools/tool.ts";
import { CONVENTIONS, DEFAULT_CONVENTION, DURATION_BUCKETS } from "./conventions.ts";
import { SCOPE, type TelemetryOptions } from "./telemetry.ts";

/**
 * The tools, each recording an `execute_tool` span for every call. The span is active while the tool runs. Telemetry that fails changes neither whether a tool
 * runs nor what it returns.
 */
export function traceTools<I, O>(tools: readonly RunnableTool<I, O>[], options: TelemetryOptions = {}): RunnableTool<I, O>[] {
  const recorder = new ToolRecorder(options);
  return tools.map((tool) => ({
    ...tool,
    execute: async (input, toolContext) => {
      const startedAt = performance.now();
      const traced = attempt(() => recorder.start(tool, toolContext));
      attempt(() => recorder.content(traced, "gen_ai.tool.call.arguments", input));
      let failed: string | undefined;
      try {
        const run = (): O | Promise<O> => tool.execute(input, toolContext);
        const output = await (traced === undefined ? run() : context.with(traced.context, run));
        attempt(() => recorder.content(traced, "gen_ai.tool.call.result", output));
        return output;
      } catch (cause) {
        failed = cause instanceof Error ? cause.name : "error";
        attempt(() => traced?.span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(cause) }));
        attempt(() => traced?.span.setAttribute("error.type", failed ?? "error"));
        throw cause;
      } finally {
        const labels = { "gen_ai.tool.name": tool.name, ...(failed === undefined ? {} : { "error.type": failed }) };
        attempt(() => recorder.duration((performance.now() - startedAt) / 1000, labels));
        attempt(() => traced?.span.end());
      }
    },
  }));
}

interface TracedCall {
  span: Span;
  /** The context in which the span is active. */
  context: Context;
}

class ToolRecorder {
  readonly #options: TelemetryOptions;
  #histogram: Histogram | undefined;

  constructor(options: TelemetryOptions) {
    this.#options = options;
  }

  start({ name, description }: RunnableTool, { id }: ToolContext): TracedCall {
    const { tracerProvider, attributes: own } = this.#options;
    const attributes = {
      ...own,
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": name,
      "gen_ai.tool.type": "function",
      "gen_ai.tool.call.id": id,
      ...(description === undefined ? {} : { "gen_ai.tool.description": description }),
    };
    const tracer = (tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE);
    const parent = context.active();
    const span = tracer.startSpan(`execute_tool ${name}`, { kind: SpanKind.INTERNAL, attributes }, parent);
    return { span, context: trace.setSpan(parent, span) };
  }

  content(traced: TracedCall | undefined, name: string, value: unknown): void {
    if (this.#options.content === true) traced?.span.setAttribute(name, JSON.stringify(value) ?? "");
  }

  /** The histogram is created with the first call, because the global meter provider does not forward to one that is registered later. */
  duration(seconds: number, attributes: Attributes): void {
    const { convention = DEFAULT_CONVENTION, meterProvider } = this.#options;
    const { toolDuration } = CONVENTIONS[convention];
    if (toolDuration === undefined) return;
    this.#histogram ??= (meterProvider ?? metrics.getMeterProvider())
      .getMeter(SCOPE)
      .createHistogram(toolDuration, { unit: "s", advice: { explicitBucketBoundaries: DURATION_BUCKETS } });
    this.#histogram.record(seconds, attributes);
  }
}

/** The result, or undefined when recording fails: telemetry must not break a tool. */
function attempt<T>(record: () => T): T | undefined {
  try {
    return record();
  } catch {
    return undefined;
  }
}
