/** Rows of what users of gateways complain about that concern its operation. */
import { execFileSync } from "node:child_process";
import { readStream } from "@lumiverse/toolkit/browser";
import { telemetry } from "@lumiverse/toolkit/telemetry";
import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, describe, expect, test } from "vitest";
import { type PostgresServer, postgresFolder, startPostgres } from "../../connections/test/postgres.ts";
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
  for (const header of ["x-request-id", "user-agent", "x-lumiverse-target", "x-forwarded-for"])
    expect((await one.ask(CHAT, chatBody(`local/${text}`), { key: secret, headers: { [header]: text } })).status).toBe(200);
  expect((await one.gateway.ledger.list({ model: text })).calls).toHaveLength(4);
  expect(await one.gateway.keys.list()).toHaveLength(1);
});

describe.skipIf(postgresFolder === undefined)(
  postgresFolder === undefined ? "no PostgreSQL on this machine: apt-get install postgresql" : "a database that stops answering",
  () => {
    test("liveness stays, calls are refused with a wait, and what was running is recorded afterwards, once", async () => {
      const server: PostgresServer = await startPostgres(postgresFolder ?? "");
      try {
        const one = await gateway({ kind: "postgres", address: server.database() });
        one.vendor.answers.set("slow", slow(150));
        const { secret } = await one.gateway.keys.create({ name: "Team", limits: { requestsPerMinute: 1000 } });
        await one.ask(CHAT, chatBody("local/warm"), { key: secret });
        await one.gateway.ledger.flush();
        const running = await Promise.all(
          Array.from({ length: 10 }, () => one.ask(CHAT, chatBody("local/slow", { stream: true }), { key: secret })),
        );
        stopAll(server, "-STOP");
        const refused = Promise.all(Array.from({ length: 5 }, () => one.ask(CHAT, chatBody("local/m"), { key: secret })));
        expect((await one.gateway.fetch(new Request("http://localhost/health/live"))).status).toBe(200);
        // Streams do not wait for the database.
        for (const response of running) expect(await response.text()).toContain("[DONE]");
        await pause(1500);
        stopAll(server, "-CONT");
        // These waited, and were accepted when the database came back: the wait was shorter than the limit.
        for (const { status } of await refused) expect([200, 503]).toContain(status);
        const { calls } = await one.gateway.ledger.list({ limit: 100 });
        expect(calls.filter(({ requestedModel }) => requestedModel === "local/slow").map(({ state }) => state)).toEqual(
          Array.from({ length: 10 }, () => "finished"),
        );
        expect(new Set(calls.map(({ id }) => id)).size).toBe(calls.length);
        expect(await one.gateway.ledger.list({ state: "running" })).toMatchObject({ calls: [] });
      } finally {
        stopAll(server, "-CONT");
        await opened?.close();
        opened = undefined;
        server.stop();
      }
    }, 60_000);
  },
);

function stopAll({ pid }: PostgresServer, signal: string): void {
  const children = execFileSync("ps", ["-o", "pid=", "--ppid", String(pid)], { encoding: "utf8" })
    .split(/\s+/)
    .filter(Boolean);
  for (const one of [String(pid), ...children])
    try {
      execFileSync("kill", [signal, one], { stdio: "ignore" });
    } catch {
      // A worker that has ended meanwhile.
    }
}
