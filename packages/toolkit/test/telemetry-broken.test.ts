/** Telemetry that fails. A call and a tool go on as if there were none. */
import { type MeterProvider, type Span, type Tracer, type TracerProvider, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace-base";
import { describe, expect, test } from "vitest";
import { mock } from "../src/mock/index.ts";
import { type TelemetryOptions, telemetry, traceTools } from "../src/telemetry/index.ts";
import { runTools, tool } from "../src/tools/index.ts";
import { ASK } from "./helpers.ts";

const broken = (): never => {
  throw new Error("the collector is down");
};

/** A span on which one method fails. */
function spanWithout(method: string): Span {
  const span = trace.getTracerProvider().getTracer("none").startSpan("none");
  return new Proxy(span, { get: (target, key) => (key === method ? broken : Reflect.get(target, key).bind(target)) });
}

function tracerOf(span: () => Span): TracerProvider {
  const startSpan: Tracer["startSpan"] = () => span();
  // Only these two are used; the overloads of `startActiveSpan` end with the function.
  return {
    getTracer: () => ({ startSpan, startActiveSpan: (...args: unknown[]) => (args.at(-1) as (span: Span) => unknown)(span()) }) as Tracer,
  };
}

const exporter: SpanExporter = { export: broken, shutdown: async () => {} };
const rejecting: SpanExporter = { export: (_, done) => done({ code: 1, error: new Error("503") }), shutdown: broken };
const brokenMeter = {
  getMeter: () => ({ createHistogram: () => ({ record: broken }), createCounter: () => ({ add: broken }) }),
} as unknown as MeterProvider; // the rest is not used

const WAYS: readonly [string, TelemetryOptions][] = [
  ["an exporter that throws", { tracerProvider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }) }],
  [
    "an exporter that reports a failure",
    { tracerProvider: new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(rejecting)] }) },
  ],
  ["a provider without a tracer", { tracerProvider: { getTracer: broken } }],
  ["a tracer that throws", { tracerProvider: tracerOf(broken) }],
  ...["setAttribute", "setAttributes", "addEvent", "setStatus", "end", "spanContext"].map((method): [string, TelemetryOptions] => [
    `a span whose ${method} throws`,
    { tracerProvider: tracerOf(() => spanWithout(method)) },
  ]),
  ["a provider without a meter", { meterProvider: { getMeter: broken } }],
  ["a histogram that throws", { meterProvider: brokenMeter }],
  ["a logger that throws", { logger: { emit: broken } }],
];

describe.each(WAYS)("%s", (_, options) => {
  test("leaves calls, streams and their errors as they are", async () => {
    const { connection } = mock(["fine", "fine", { error: "overloaded" }], {
      connect: { observe: telemetry({ content: true, ...options }), retry: false },
    });
    expect((await connection.generate(ASK)).text).toBe("fine");
    expect((await connection.stream(ASK).response()).text).toBe("fine");
    await expect(connection.generate(ASK)).rejects.toMatchObject({ code: "overloaded" });
  });

  test("lets tools run once, with their results and failures", async () => {
    const ran: string[] = [];
    const tools = traceTools(
      [
        tool({ name: "good", description: "", execute: () => `result ${ran.push("good")}` }),
        tool({
          name: "bad",
          description: "",
          execute() {
            ran.push("bad");
            throw new Error("broken");
          },
        }),
      ],
      { content: true, ...options },
    );
    const { connection } = mock([{ toolCalls: [{ name: "good" }, { name: "bad" }] }, "ok"]);
    const { messages } = await runTools(connection, ASK, { tools }).response();
    const results = messages.flatMap((message) => (message.role === "tool" ? message.content.map(({ content }) => content) : []));
    expect(results).toEqual(["result 1", "The tool failed: broken"]);
    expect(ran).toEqual(["good", "bad"]);
  });
});

test("arguments and results of tools that are not JSON are left out of the span, and the tool runs", async () => {
  const circular: { self?: object } = {};
  circular.self = circular;
  const [traced] = traceTools([tool({ name: "odd", description: "", execute: () => circular })], { content: true });
  const context = { id: "c", step: 1, signal: new AbortController().signal };
  expect(await traced?.execute(circular, context)).toBe(circular);
});

test("a meter or a logger that fails does not keep a span open", async () => {
  for (const options of [{ meterProvider: brokenMeter }, { meterProvider: { getMeter: broken } }, { logger: { emit: broken } }]) {
    const spans = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const observe = telemetry({ tracerProvider, ...options });
    const { connection } = mock(["fine", { error: "overloaded" }], { connect: { observe, retry: false } });
    await connection.generate(ASK);
    await expect(connection.generate(ASK)).rejects.toMatchObject({ code: "overloaded" });
    expect(spans.getFinishedSpans()).toHaveLength(2);
  }
});
