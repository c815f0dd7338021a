/** Rows of what users of gateways complain about that concern its operation. */
import { readStream } from "@lumiverse/toolkit/browser";
import { telemetry } from "@lumiverse/toolkit/telemetry";
import { context, diag, SpanStatusCode } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, describe, expect, test } from "vitest";
import { propagatingFetch, serverSpans } from "../src/telemetry/index.ts";
import { CHAT, chatBody, openTestGateway, type TestGateway, until } from "./gateways.ts";
import { pause, slow, WORDS } from "./vendor-server.ts";

let opened: TestGateway | undefined;
const gateway = async (options: Parameters<typeof openTestGateway>[0] = {}): Promise<TestGateway> => {
  opened = await openTestGateway(options);
  return opened;
};
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

describe("telemetry", () => {
  test("each call to a vendor is a span by the conventions, without content and without keys", async () => {
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const one = await gateway({ observe: telemetry({ tracerProvider }) });
    const { secret } = await one.gateway.keys.create({ name: "Team" });
    await (await one.ask(CHAT, chatBody("groq", { stream: true }), { key: secret })).text();
    const [span] = exporter.getFinishedSpans();
    expect(span?.name).toBe("chat llama-3.3-70b-versatile");
    expect(span?.attributes).toMatchObject({
      "gen_ai.provider.name": "groq",
      "gen_ai.usage.input_tokens": 10,
      "gen_ai.usage.output_tokens": 5,
    });
    const text = JSON.stringify([span?.attributes, span?.events]);
    for (const hidden of [secret, "Count to five", "gsk_"]) expect(text).not.toContain(hidden);
    context.disable();
  });

  test("a request is a span below its client's, calls to vendors are spans below it, and vendors learn the trace only when that is asked for", async () => {
    const exporter = new InMemorySpanExporter();
    const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    for (const propagates of [false, true]) {
      exporter.reset();
      const one = await gateway({
        observe: telemetry({ tracerProvider }),
        trace: serverSpans({ tracerProvider }),
        ...(propagates ? { wrapFetch: propagatingFetch } : {}),
      });
      const answered = await one.ask(`${CHAT}?key=canary`, chatBody("groq", { stream: true }), { headers });
      const open = exporter.getFinishedSpans().map(({ name }) => name);
      expect(open).not.toContain(`POST ${CHAT}`);
      await answered.text();
      await one.ask("/v1beta/models/groq:generateContent", { contents: [{ parts: [{ text: "Hi" }] }] }, { headers });
      await one.ask(CHAT, chatBody("no-such"), { headers: { traceparent: "00-zero" } });
      const spans = exporter.getFinishedSpans();
      const [server, chat] = [spans.find(({ name }) => name === `POST ${CHAT}`), spans.find(({ name }) => name.startsWith("chat "))];
      expect(server?.parentSpanContext).toMatchObject({ traceId, spanId: "00f067aa0ba902b7", isRemote: true });
      expect(chat?.parentSpanContext?.spanId).toBe(server?.spanContext().spanId);
      expect(server?.attributes).toMatchObject({ "http.response.status_code": 200, "http.route": CHAT, "url.path": CHAT });
      expect(server?.attributes["lumiverse.call.id"]).toBe(answered.headers.get("x-lumiverse-call"));
      expect(spans.map(({ name }) => name)).toContain("POST /v1beta/models/{model}:generateContent");
      const refused = spans.findLast(({ name }) => name === `POST ${CHAT}`);
      expect([refused?.parentSpanContext, refused?.attributes["http.response.status_code"]]).toEqual([undefined, 404]);
      expect(JSON.stringify(spans.map(({ attributes, events }) => [attributes, events]))).not.toMatch(/canary|Count to five/);
      const sent = one.vendor.asked[0]?.headers["traceparent"];
      if (propagates) expect(sent).toBe(`00-${traceId}-${chat?.spanContext().spanId}-01`);
      else expect(sent).toBeUndefined();
      await one.close();
    }
    opened = undefined;
    context.disable();
  });
});

describe("the span of a request", () => {
  test("ends once when its client leaves during a read, and is not an error of the server", async () => {
    const ended: ReadableSpan[] = [];
    const warnings: unknown[][] = [];
    const warn = (...words: unknown[]): void => void warnings.push(words);
    diag.setLogger({ error: warn, warn, info() {}, debug() {}, verbose() {} }, { suppressOverrideMessage: true });
    const processor = {
      onStart() {},
      onEnd: (span: ReadableSpan) => void ended.push(span),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    const traced = serverSpans({ tracerProvider: new BasicTracerProvider({ spanProcessors: [processor] }) });
    try {
      const silent = (): ReadableStream => new ReadableStream({ pull: () => new Promise(() => {}) });
      const response = await traced(new Request(`http://localhost${CHAT}`), async () => new Response(silent()));
      const reader = response.body?.getReader();
      const read = reader?.read();
      await reader?.cancel();
      await read;
      await pause(5);
      expect(warnings).toEqual([]);
      expect(ended.map(({ status, attributes }) => [status.code, attributes["error.type"]])).toEqual([
        [SpanStatusCode.UNSET, "client_left"],
      ]);
    } finally {
      diag.disable();
    }
  });
});

describe("the neutral chat", () => {
  test("is read by readStream as the events and the response of the call", async () => {
    const one = await gateway();
    const response = await one.ask("/lumiverse/v1/chat", { model: "groq", request: { messages: [{ role: "user", content: "Count." }] } });
    const stream = readStream(response);
    let text = "";
    for await (const event of stream) if (event.type === "text") text += event.text;
    expect(text).toBe(WORDS.join(""));
    expect(await stream.response()).toMatchObject({ text, finishReason: "stop", usage: { input: 10, output: 5 } });
  });

  test("is answered at once where no stream is asked for, and errors are neutral data", async () => {
    const one = await gateway();
    const messages = [{ role: "user", content: "Count." }];
    const whole = (await (await one.ask("/lumiverse/v1/chat", { model: "groq", stream: false, request: { messages } })).json()) as {
      response: { text: string };
    };
    expect(whole.response.text).toBe(WORDS.join(""));
    const failed = await one.ask("/lumiverse/v1/chat", { model: "nothing", request: { messages } });
    expect([failed.status, await failed.json()]).toMatchObject([404, { error: { code: "model-not-found" } }]);
  });

  test("a reader that leaves ends the vendor's call", async () => {
    const one = await gateway();
    one.vendor.answers.set("slow", slow(200));
    const response = await one.ask("/lumiverse/v1/chat", {
      model: "local/slow",
      request: { messages: [{ role: "user", content: "Count." }] },
    });
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await until(() => one.vendor.open === 0, "the end of the vendor's call");
    await until(async () => (await one.gateway.ledger.list({ state: "canceled" })).calls.length === 1, "the row");
  });
});

test("a path with a query is the same path", async () => {
  const one = await gateway();
  const body = { model: "local/m", max_tokens: 5, messages: [{ role: "user", content: "Hello" }] };
  expect((await one.ask("/v1/messages?beta=true", body)).status).toBe(200);
  expect((await one.ask("/v1/messages/count_tokens?beta=true", body)).status).toBe(200);
});

test("quotes and statements in every header and field have no effect", async () => {
  const one = await gateway({ keys: "required" });
  const { secret } = await one.gateway.keys.create({ name: "Team'; drop table gateway_keys; --", models: ["local/*"] });
  const text = "' or 1=1; drop table gateway_calls; --";
  for (const name of ["x-api-key", "x-goog-api-key", "authorization"])
    expect(
      (await one.ask(CHAT, chatBody("local/m"), { headers: { [name]: name === "authorization" ? `Bearer ${text}` : text } })).status,
    ).toBe(401);
  const headers = ["x-request-id", "user-agent", "x-lumiverse-target", "x-forwarded-for", "traceparent", "tracestate"];
  headers.push("anthropic-beta", "anthropic-version", "x-goog-api-client", "openai-organization", "accept", "cookie");
  for (const header of headers)
    expect((await one.ask(CHAT, chatBody(`local/${text}`), { key: secret, headers: { [header]: text } })).status).toBe(200);
  expect((await one.gateway.ledger.list({ model: text })).calls).toHaveLength(headers.length);
  expect(await one.gateway.keys.list()).toHaveLength(1);
});
