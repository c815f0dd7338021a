import { type Attributes, type Histogram, metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { messageOf } from "../shared/errors.ts";
import type { RunnableTool } from "../tools/tool.ts";
import { CONVENTIONS, DEFAULT_CONVENTION, DURATION_BUCKETS } from "./conventions.ts";
import { SCOPE, type TelemetryOptions } from "./telemetry.ts";

/** The tools, each recording an `execute_tool` span for every call. The span is active while the tool runs. */
export function traceTools<I, O>(tools: readonly RunnableTool<I, O>[], options: TelemetryOptions = {}): RunnableTool<I, O>[] {
  const { toolDuration } = CONVENTIONS[options.convention ?? DEFAULT_CONVENTION];
  let histogram: Histogram | undefined;
  /** Created with the first call, because the global meter provider does not forward to one that is registered later. */
  const recordDuration = (seconds: number, attributes: Attributes): void => {
    if (toolDuration === undefined) return;
    histogram ??= (options.meterProvider ?? metrics.getMeterProvider())
      .getMeter(SCOPE)
      .createHistogram(toolDuration, { unit: "s", advice: { explicitBucketBoundaries: DURATION_BUCKETS } });
    histogram.record(seconds, attributes);
  };
  return tools.map((tool) => ({
    ...tool,
    execute: (input, toolContext) => {
      const attributes = {
        ...options.attributes,
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool.name,
        "gen_ai.tool.type": "function",
        "gen_ai.tool.call.id": toolContext.id,
        ...(tool.description === undefined ? {} : { "gen_ai.tool.description": tool.description }),
        ...(options.content === true ? { "gen_ai.tool.call.arguments": JSON.stringify(input) } : {}),
      };
      const tracer = (options.tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE);
      return tracer.startActiveSpan(`execute_tool ${tool.name}`, { kind: SpanKind.INTERNAL, attributes }, async (span) => {
        const startedAt = performance.now();
        let failed: string | undefined;
        try {
          const output = await tool.execute(input, toolContext);
          if (options.content === true) span.setAttribute("gen_ai.tool.call.result", JSON.stringify(output) ?? "");
          return output;
        } catch (cause) {
          failed = cause instanceof Error ? cause.name : "error";
          span.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(cause) });
          span.setAttribute("error.type", failed);
          throw cause;
        } finally {
          const labels = { "gen_ai.tool.name": tool.name, ...(failed === undefined ? {} : { "error.type": failed }) };
          recordDuration((performance.now() - startedAt) / 1000, labels);
          span.end();
        }
      });
    },
  }));
}
