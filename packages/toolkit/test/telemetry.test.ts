import type { Observer } from "@lumiverse/core";
import { context, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { AggregationTemporality, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { beforeAll, describe, expect, test } from "vitest";
import * as z from "zod";
import { fallback } from "../src/fallback/index.ts";
import { mock } from "../src/mock/index.ts";
import { providerName } from "../src/telemetry/conventions.ts";
import { type EventLogger, type TelemetryOptions, telemetry, traceTools } from "../src/telemetry/index.ts";
import { runTools, tool } from "../src/tools/index.ts";
import { ASK, collect, failing } from "./helpers.ts";

function setup(): {
  options: TelemetryOptions;
  spans: InMemorySpanExporter;
  metrics: () => Promise<Record<string, { value: unknown; attributes: object }[]>>;
  events: Parameters<EventLogger["emit"]>[0][];
} {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const meterProvider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })] });
  const events: Parameters<EventLogger["emit"]>[0][] = [];
  return {
    spans,
    events,
    options: { tracerProvider, meterProvider, logger: { emit: (event) => events.push(event) } },
    async metrics() {
      await meterProvider.forceFlush();
      const all =
        exporter
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap((scope) => scope.metrics) ?? [];
      return Object.fromEntries(
        all.map(({ descriptor, dataPoints }) => [
          descriptor.name,
          dataPoints.map(({ value, attributes }) => ({ value: typeof value === "number" ? value : value.sum, attributes })),
        ]),
      );
    },
  };
}

const ANSWER = {
  text: "a secret answer",
  usage: { input: 5, cacheRead: 20, cacheWrite: 3, output: 7, reasoning: 2, completeness: "exact" as const },
};

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
});

describe("telemetry", () => {
  test("shortens names that a host gives, in spans and in the labels of metrics", async () => {
    const { options, spans, metrics } = setup();
    const observe = telemetry(options);
    const long = "m".repeat(1_000_000);
    const observed: Observer = (observation) =>
      observe(observation.type === "finish" ? { ...observation, id: long, model: long } : observation);
    await collect(mock([ANSWER], { connect: { observe: observed } }).connection.stream(ASK));
    const short = "m".repeat(256);
    expect(spans.getFinishedSpans()[0]?.attributes).toMatchObject({ "gen_ai.response.id": short, "gen_ai.response.model": short });
    expect(JSON.stringify(await metrics())).not.toContain(`${short}m`);
  });

  test("records a span with the names of the conventions, and no content", async () => {
    const { options, spans, metrics, events } = setup();
    const { connection } = mock([ANSWER], { id: "xai", connect: { observe: telemetry(options) } });
    await collect(connection.stream({ ...ASK, temperature: 0.5, stop: "x" }));
    const [span] = spans.getFinishedSpans();
    expect(span).toMatchObject({
      name: "chat mock",
      kind: 2,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "x_ai",
        "gen_ai.request.model": "mock",
        "gen_ai.request.stream": true,
        "gen_ai.request.temperature": 0.5,
        "gen_ai.request.stop_sequences": ["x"],
        "gen_ai.response.model": "mock",
        "gen_ai.response.id": "mock_1",
        "gen_ai.response.finish_reasons": ["stop"],
        "gen_ai.usage.input_tokens": 28,
        "gen_ai.usage.output_tokens": 7,
        "gen_ai.usage.cache_read.input_tokens": 20,
        "gen_ai.usage.cache_write.input_tokens": 3,
        "gen_ai.usage.reasoning.output_tokens": 2,
        "gen_ai.response.time_to_first_chunk": expect.any(Number),
        "server.address": "xai.invalid",
        "server.port": 443,
      },
    });
    expect(span?.events.map(({ name }) => name)).toEqual(["lumiverse.attempt"]);
    const recorded = await metrics();
    expect(Object.keys(recorded).sort()).toEqual([
      "gen_ai.client.inference.duration",
      "gen_ai.client.inference.time_to_first_chunk",
      "gen_ai.client.inference.usage.cache_read.input_tokens",
      "gen_ai.client.inference.usage.cache_write.input_tokens",
      "gen_ai.client.inference.usage.input_tokens",
      "gen_ai.client.inference.usage.output_tokens",
      "gen_ai.client.inference.usage.reasoning.output_tokens",
    ]);
    expect(recorded["gen_ai.client.inference.usage.input_tokens"]).toEqual([
      {
        value: 28,
        attributes: {
          "gen_ai.operation.name": "chat",
          "gen_ai.provider.name": "x_ai",
          "gen_ai.request.model": "mock",
          "gen_ai.response.model": "mock",
          "server.address": "xai.invalid",
          "server.port": 443,
        },
      },
    ]);
    expect(events[0]).toMatchObject({
      eventName: "gen_ai.client.inference.operation.details",
      attributes: { "gen_ai.usage.output_tokens": 7 },
    });
    expect(JSON.stringify([span?.attributes, span?.events, recorded, events[0]?.attributes])).not.toMatch(/secret|"hi"/);
  });

  test("records content when it is switched on, in the conventions' form", async () => {
    const { options, spans, events } = setup();
    const messages = [{ role: "system" as const, content: "be brief" }, ...ASK.messages];
    const observe = telemetry({ ...options, content: true });
    const reply = { text: "said", toolCalls: [{ name: "t", input: { a: 1 } }] };
    await mock([reply], { connect: { observe } }).connection.generate({ ...ASK, messages });
    const attributes = spans.getFinishedSpans()[0]?.attributes ?? {};
    expect(JSON.parse(String(attributes["gen_ai.input.messages"]))).toEqual([{ role: "user", parts: [{ type: "text", content: "hi" }] }]);
    expect(JSON.parse(String(attributes["gen_ai.system_instructions"]))).toEqual([{ type: "text", content: "be brief" }]);
    expect(events[0]?.attributes["gen_ai.output.messages"]).toEqual([
      {
        role: "assistant",
        parts: [
          { type: "text", content: "said" },
          { type: "tool_call", id: "call_1", name: "t", arguments: { a: 1 } },
        ],
        finish_reason: "tool_call",
      },
    ]);
  });

  test("uses the names of the general conventions when told so", async () => {
    const { options, spans, metrics } = setup();
    const observe = telemetry({ ...options, convention: "1.41" });
    await mock([ANSWER], { connect: { observe } }).connection.generate(ASK);
    expect(spans.getFinishedSpans()[0]?.attributes).toHaveProperty(["gen_ai.usage.cache_creation.input_tokens"], 3);
    const recorded = await metrics();
    expect(Object.keys(recorded).sort()).toEqual(["gen_ai.client.operation.duration", "gen_ai.client.token.usage"]);
    expect(recorded["gen_ai.client.token.usage"]?.map(({ value }) => value)).toEqual([28, 7]);
  });

  test("records errors by their code, and retries as events", async () => {
    const { options, spans, metrics, events } = setup();
    const { connection } = mock([{ error: "overloaded", retryAfterMs: 1 }, { error: "overloaded" }], {
      connect: { retry: { attempts: 2 }, observe: telemetry(options) },
    });
    await failing(connection.generate(ASK));
    const [failed] = spans.getFinishedSpans();
    expect(failed).toMatchObject({
      status: { code: 2 },
      attributes: { "error.type": "overloaded", "gen_ai.response.finish_reasons": ["error"] },
    });
    expect(failed?.events.map(({ attributes }) => attributes?.["http.response.status_code"])).toEqual([503, 503]);
    expect((await metrics())["gen_ai.client.inference.duration"]?.[0]?.attributes).toMatchObject({ "error.type": "overloaded" });
    expect(events.map(({ eventName, severityNumber }) => [eventName, severityNumber])).toEqual([
      ["gen_ai.client.inference.exception", 13],
      ["gen_ai.client.inference.operation.details", undefined],
    ]);
  });

  test("ends the span of a call that its caller aborts or leaves early, without marking it as failed", async () => {
    const { options, spans, events } = setup();
    const { connection } = mock(["one two", "one two"], { connect: { observe: telemetry(options) } });
    for await (const event of connection.stream(ASK)) if (event.type === "text") break;
    await failing(connection.generate({ ...ASK, signal: AbortSignal.abort() }));
    for (const span of spans.getFinishedSpans())
      expect(span).toMatchObject({
        status: { code: 0 },
        attributes: { "error.type": "aborted", "gen_ai.response.finish_reasons": ["error"] },
      });
    expect(spans.getFinishedSpans()).toHaveLength(2);
    expect(events.map(({ eventName }) => eventName)).not.toContain("gen_ai.client.inference.exception");
  });

  test("counts the tokens of an answer that broke off", async () => {
    const { options, spans } = setup();
    const observe = telemetry(options);
    const { connection } = mock([{ text: "one two three", cutAfter: 5 }], { connect: { observe } });
    await failing(connection.stream(ASK).response());
    expect(spans.getFinishedSpans()[0]?.attributes).toMatchObject({ "error.type": "network", "gen_ai.response.id": "mock_1" });
  });

  test("keeps calls apart that one observer sees at the same time", async () => {
    const { options, spans } = setup();
    const observe = telemetry(options);
    const slow = mock([{ text: "a", delayMs: 30 }], { id: "slow", connect: { observe } });
    const fast = mock(["b"], { id: "fast", connect: { observe } });
    await Promise.all([slow.connection.generate(ASK), fast.connection.generate(ASK), failing(fast.connection.generate(ASK))]);
    const seen = spans.getFinishedSpans().map(({ attributes }) => [attributes["gen_ai.provider.name"], attributes["error.type"]]);
    expect(new Set(seen)).toEqual(
      new Set([
        ["fast", "configuration"],
        ["fast", undefined],
        ["slow", undefined],
      ]),
    );
  });

  test("names each target of a fallback in a span of its own", async () => {
    const { options, spans } = setup();
    const observe = telemetry(options);
    const a = mock([{ error: "server" }], { id: "a", connect: { observe } });
    const b = mock(["ok"], { id: "b", connect: { observe } });
    await fallback([a.connection, b.connection]).generate(ASK);
    const seen = spans.getFinishedSpans().map(({ attributes }) => [attributes["gen_ai.provider.name"], attributes["error.type"]]);
    expect(seen).toEqual([
      ["a", "server"],
      ["b", undefined],
    ]);
  });

  test.each([
    ["constructor", "constructor"],
    ["google", "gcp.gemini"],
  ])("names the provider %s %s", (id, name) => expect(providerName(id)).toBe(name));

  test("is not disturbed by a request that is none", async () => {
    const { options, spans } = setup();
    const { connection } = mock([], { connect: { observe: telemetry({ ...options, content: true }) } });
    // A caller without types can pass anything.
    for (const request of [undefined, { model: 3, messages: "hi", stop: 7 }, { ...ASK, messages: [null], tools: [3] }])
      await failing(connection.generate(request as never));
    expect(spans.getFinishedSpans().map(({ attributes }) => attributes["error.type"])).toEqual(Array(3).fill("invalid-request"));
  });

  test("is the parent of the requests that it makes", async () => {
    const { options, spans } = setup();
    const active: (string | undefined)[] = [];
    const reply = (): string => {
      active.push(trace.getActiveSpan()?.spanContext().spanId);
      return "ok";
    };
    const traced = mock([reply, reply], { connect: { observe: telemetry(options) } }).connection;
    await traced.stream(ASK).response();
    await traced.generate(ASK);
    expect(active).toEqual(spans.getFinishedSpans().map((span) => span.spanContext().spanId));
  });

  test("nests in the active span, and tools have spans of their own", async () => {
    const { options, spans } = setup();
    const tracer = (options.tracerProvider ?? trace.getTracerProvider()).getTracer("app");
    let active: string | undefined;
    const look = tool({
      name: "look",
      description: "Looks.",
      parameters: z.object({ at: z.string() }),
      execute: ({ at }) => {
        active = trace.getActiveSpan()?.spanContext().spanId;
        if (at === "sun") throw new TypeError("too bright");
        return "seen";
      },
    });
    const script = [
      {
        toolCalls: [
          { name: "look", input: { at: "sea" } },
          { name: "look", input: { at: "sun" } },
        ],
      },
      "done",
    ];
    const { connection } = mock(script, { connect: { observe: telemetry(options) } });
    await tracer.startActiveSpan("work", async (span) => {
      await runTools(connection, ASK, { tools: traceTools([look], { ...options, content: true }) }).response();
      span.end();
    });
    const finished = spans.getFinishedSpans();
    const work = finished.find(({ name }) => name === "work")?.spanContext().spanId;
    expect(finished.map(({ name, parentSpanContext }) => [name, parentSpanContext?.spanId])).toEqual([
      ["chat mock", work],
      ["execute_tool look", work],
      ["execute_tool look", work],
      ["chat mock", work],
      ["work", undefined],
    ]);
    const byCall = (id: string) => finished.find(({ attributes }) => attributes["gen_ai.tool.call.id"] === id);
    const [seen, failed] = [byCall("call_1"), byCall("call_2")];
    expect(seen?.attributes).toMatchObject({ "gen_ai.tool.call.id": "call_1", "gen_ai.tool.call.result": '"seen"' });
    expect(failed?.attributes).toMatchObject({ "error.type": "TypeError", "gen_ai.tool.call.arguments": '{"at":"sun"}' });
    expect(active).toBe(failed?.spanContext().spanId);
  });
});
