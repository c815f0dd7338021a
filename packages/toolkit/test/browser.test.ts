import { type ChatEvent, type ChatResponse, connect } from "@lumiverse/core";
import { custom } from "@lumiverse/custom";
import { readUIMessageStream, type UIMessage, type UIMessageChunk, uiMessageChunkSchema } from "ai";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { type EventStore, memoryEventStore, readStream, resumeResponse, toResponse } from "../src/browser/index.ts";
import { fallback } from "../src/fallback/index.ts";
import { mock } from "../src/mock/index.ts";
import { sendResponse } from "../src/node.ts";
import { runTools, type ToolRunEvent, type ToolRunResult, tool, toolResult } from "../src/tools/index.ts";
import { ASK, collect, failing, pause, serve } from "./helpers.ts";

const RICH = {
  reasoning: "hm, let me see",
  replay: { signature: "s1" },
  text: "grüße 😀 an alle",
  parts: [{ type: "source" as const, url: "https://example.org/", title: "An example" }],
  toolCalls: [{ name: "t", input: { a: 1 } }],
};

describe("toResponse and readStream", () => {
  test("give the same events and the same response over a real socket", async () => {
    const stream = mock([RICH]).connection.stream(ASK);
    const sent: ChatEvent[] = [];
    // The server's own view of the stream, while the client reads it.
    const spied = {
      async *[Symbol.asyncIterator]() {
        for await (const event of stream) {
          sent.push(event);
          yield event;
        }
      },
      response: () => stream.response(),
      abort: () => stream.abort(),
    };
    await using server = await serve((_, target) => sendResponse(target, toResponse(spied)));
    const read = readStream(fetch(server.url));
    const received = await collect(read);
    const response: ChatResponse = await read.response();
    expect(received).toEqual(sent);
    expect(response).toEqual(JSON.parse(JSON.stringify(await stream.response())));
    expect(response.text).toBe(RICH.text);
  });

  test("a response can be read without its events, and a replaced part counts", async () => {
    const down = mock([{ reasoning: "hm", text: "one two", parts: RICH.parts, cutAfter: 9 }], { id: "down" });
    const both = fallback([down.connection, mock(["better"]).connection], { afterContent: true });
    const response = await readStream(toResponse(both.stream(ASK))).response();
    expect([response.text, response.message.content]).toEqual(["better", [{ type: "text", text: "better" }]]);
  });

  test("an error of the stream is the same error for the reader", async () => {
    const broken = mock([{ text: "one two three", cutAfter: 4 }]).connection.stream(ASK);
    const read = readStream(toResponse(broken));
    const events: ChatEvent[] = [];
    const error = await failing(
      (async () => {
        for await (const event of read) events.push(event);
      })(),
    );
    expect(error.code).toBe("network");
    expect(error.attempts).toHaveLength(1);
    expect(events.some(({ type }) => type === "text")).toBe(true);
  });

  test("carries a tool run", async () => {
    const weather = tool({
      name: "weather",
      description: "",
      parameters: z.object({ city: z.string() }),
      execute: ({ city }) => `Sun in ${city}`,
    });
    const { connection } = mock([{ toolCalls: [{ name: "weather", input: { city: "Hook" } }] }, "sunny"]);
    const read = readStream<ToolRunEvent, ToolRunResult>(toResponse(runTools(connection, ASK, { tools: [weather] })));
    const events = await collect(read);
    const result = await read.response();
    expect(events.some((event) => event.type === "tool-end" && event.output === "Sun in Hook")).toBe(true);
    expect(result).toMatchObject({ stopReason: "done", text: "sunny" });
    expect(result.messages).toHaveLength(4);
  });

  test("the vendor's socket closes when the client leaves", async () => {
    const closed = Promise.withResolvers<void>();
    const first = `data: ${JSON.stringify({ id: "c", model: "m", choices: [{ index: 0, delta: { content: "one" }, finish_reason: null }] })}\n\n`;
    await using vendor = await serve((_, target) => {
      target.on("close", () => closed.resolve());
      target.writeHead(200, { "content-type": "text/event-stream" });
      target.write(first);
    });
    const connection = connect(custom, { baseURL: `${vendor.url}/v1` });
    await using server = await serve((_, target) => sendResponse(target, toResponse(connection.stream(ASK))));
    for await (const event of readStream(fetch(server.url))) if (event.type === "text") break;
    await Promise.race([closed.promise, pause(3000).then(() => Promise.reject(new Error("the vendor's socket stayed open")))]);
  });

  test("sends heartbeats while the model is silent, and none when told so", async () => {
    const slow = (): ReturnType<typeof mock> => mock([{ text: "late", delayMs: 250 }]);
    const text = await toResponse(slow().connection.stream(ASK), { heartbeatMs: 25 }).text();
    expect(text.match(/^: heartbeat$/gm)?.length).toBeGreaterThanOrEqual(3);
    expect(text).toContain('"late"');
    expect(await toResponse(slow().connection.stream(ASK), { heartbeatMs: 0 }).text()).not.toContain("heartbeat");
    const read = readStream(toResponse(slow().connection.stream(ASK), { heartbeatMs: 5 }));
    expect((await read.response()).text).toBe("late");
  });

  test("refuses a page that is no stream, and reports a stream that ends early", async () => {
    expect((await failing(readStream(new Response("nope", { status: 500 })).response())).status).toBe(500);
    expect((await failing(readStream(new Response('id: 1\ndata: {"type":"start"}\n\n')).response())).code).toBe("truncated");
  });

  test("a server that cannot be reached, or that sends what is no event, is a typed error", async () => {
    expect((await failing(readStream(fetch("http://127.0.0.1:9/")).response())).code).toBe("network");
    for (const text of ["id: 1\ndata: {oops\n\n", "id: 1\nevent: error\ndata: <html>\n\n"])
      expect((await failing(readStream(new Response(text)).response())).code, text).toBe("malformed-response");
    expect((await failing(readStream(new Response("id: 1\nevent: error\ndata: null\n\n")).response())).code).toBe("server");
  });

  test("what the request of the caller rejects with is the error of the stream", async () => {
    const refusal = new (class Refusal extends Error {})("the vault is locked");
    for (const options of [{}, { resume: () => Promise.reject(new Error("never asked")) }]) {
      const read = readStream(Promise.reject(refusal), options);
      await expect(collect(read)).rejects.toBe(refusal);
      await expect(read.response()).rejects.toBe(refusal);
    }
  });

  test("a reader that leaves while the response is awaited ends at once, and gives a late response back", async () => {
    const late = Promise.withResolvers<Response>();
    const read = readStream(late.promise);
    const ended = failing(read.response());
    read.abort();
    expect((await ended).code).toBe("aborted");
    const cancelled = new Promise<void>((resolve) => late.resolve(new Response(new ReadableStream({ cancel: () => resolve() }))));
    await cancelled;
  });

  test("does nothing before somebody reads the response, and leaves nothing running", async () => {
    const { connection, requests } = mock(["never asked"]);
    const response = toResponse(connection.stream(ASK), { heartbeatMs: 1 });
    await pause(20);
    expect(requests).toEqual([]);
    await response.body?.cancel();
    expect(requests).toEqual([]);
  });

  test("sends no heartbeats to a client that does not read", async () => {
    const response = toResponse(mock([{ text: "late", delayMs: 60 }]).connection.stream(ASK), { heartbeatMs: 1 });
    const reader = response.body?.getReader();
    await reader?.read(); // from now on a read is pending in the body, and nobody reads
    await pause(100);
    let text = "";
    for (let next = await reader?.read(); next?.done === false; next = await reader?.read()) text += new TextDecoder().decode(next.value);
    expect(text).toContain('"late"');
    expect(text.match(/heartbeat/g)?.length ?? 0).toBeLessThanOrEqual(1);
  });

  test("a client that left before the response began ends the stream", async () => {
    const gone = Promise.withResolvers<void>();
    const stream = mock([{ text: "one two", packetDelayMs: 5 }]).connection.stream(ASK);
    await using server = await serve(async (_, target) => {
      target.destroy();
      await new Promise((resolve) => setTimeout(resolve, 20));
      await sendResponse(target, toResponse(stream));
      gone.resolve();
    });
    await fetch(server.url).catch(() => {});
    await gone.promise;
    expect((await failing(stream.response())).code).toBe("aborted");
  });

  test.each([
    ["an event that is no object", "id: 1\ndata: null\n\n"],
    ["a response that is no object", "id: 1\nevent: response\ndata: 5\n\n"],
    ["a response without a message", 'id: 1\nevent: response\ndata: {"text":"x"}\n\n'],
    ["a part far beyond all others", 'id: 1\ndata: {"type":"part","index":4294967294,"part":{"type":"text","text":"x"}}\n\n'],
    ["a part without a place", 'id: 1\ndata: {"type":"part-end","index":"__proto__","part":{"type":"text","text":"x"}}\n\n'],
  ])("reports a stream that nobody of this package wrote as a typed error: %s", async (_what, text) => {
    expect(await failing(readStream(new Response(text)).response())).toMatchObject({ name: "LumiverseError", code: "malformed-response" });
  });

  test("ends by its signal while a refusal does not end, and while a resumption is awaited", async () => {
    const never = new Promise<Response>(() => {});
    const refusal = new Response(new ReadableStream({ start: (sink) => sink.enqueue(new TextEncoder().encode("no")) }), { status: 400 });
    const cut = new Response('id: 1\ndata: {"type":"start"}\n\n', { headers: { "x-lumiverse-stream-id": "s1" } });
    for (const [response, options] of [
      [refusal, {}],
      [cut, { resume: () => never }],
    ] as const) {
      const read = readStream(response, options);
      const ended = failing(read.response());
      await pause(10);
      read.abort();
      expect((await ended).code).toBe("aborted");
    }
  });

  test("does not read ahead of a slow client", async () => {
    let yielded = 0;
    const endless = {
      async *[Symbol.asyncIterator]() {
        for (;;) yield { type: "text", index: 0, text: `${yielded++}` };
      },
      response: () => Promise.reject(new Error("endless")),
      abort: () => {},
    };
    const reader = toResponse(endless).body?.getReader();
    await reader?.read();
    await pause(30);
    expect(yielded).toBeLessThan(5);
    await reader?.cancel();
  });
});

describe("a store", () => {
  test("lets a client that lost its connection go on where it was, without a repeated event", async () => {
    const store = memoryEventStore();
    const text = Array.from({ length: 30 }, (_, n) => `w${n}`).join(" ");
    const { connection } = mock([{ text, packetDelayMs: 4 }]);
    let resumed = 0;
    await using server = await serve(async (request, target) => {
      const url = new URL(request.url ?? "", "http://x");
      if (url.pathname === "/start") {
        const response = toResponse(connection.stream(ASK), { store, id: "s1" });
        setTimeout(() => target.destroy(), 50);
        return sendResponse(target, response);
      }
      // The second connection breaks as well.
      if (++resumed === 1) setTimeout(() => target.destroy(), 30);
      return sendResponse(target, await resumeResponse(store, url.searchParams.get("id") ?? "", Number(url.searchParams.get("after"))));
    });
    const read = readStream(fetch(`${server.url}/start`), {
      resume: ({ id, after }) => fetch(`${server.url}/more?id=${id}&after=${after}`),
    });
    const words: string[] = [];
    for await (const event of read) if (event.type === "text") words.push(event.text);
    expect(words.join("")).toBe(text);
    expect((await read.response()).text).toBe(text);
    expect(resumed).toBeGreaterThanOrEqual(2);
  });

  test("ignores events that a resumed stream repeats", async () => {
    const whole = await toResponse(mock(["one two three"]).connection.stream(ASK)).text();
    const headers = { "x-lumiverse-stream-id": "s" };
    const read = readStream(new Response(whole.slice(0, whole.length / 2), { headers }), {
      resume: async () => new Response(whole, { headers }),
    });
    const texts = (await collect(read)).flatMap((event) => (event.type === "text" ? [event.text] : []));
    expect(texts.join("")).toBe("one two three");
  });

  test("keeps the stream running when the client leaves, and serves it to others", async () => {
    const store = memoryEventStore();
    const work: Promise<unknown>[] = [];
    const stream = mock([{ text: "one two three", packetDelayMs: 10 }]).connection.stream(ASK);
    const response = toResponse(stream, { store, waitUntil: (one) => work.push(one) });
    const id = response.headers.get("x-lumiverse-stream-id") ?? "";
    await response.body?.cancel();
    const [a, b] = await Promise.all([resumeResponse(store, id, 0), resumeResponse(store, id, 0)]);
    expect((await readStream(a).response()).text).toBe("one two three");
    expect((await readStream(b).response()).text).toBe("one two three");
    await Promise.all(work);
    expect((await resumeResponse(store, "unknown", 0)).status).toBe(404);
  });

  test("a stream is resumed through requests that fail", async () => {
    const store = memoryEventStore();
    const { connection } = mock([{ text: "one two three", packetDelayMs: 5 }]);
    const whole = toResponse(connection.stream(ASK), { store, id: "s" });
    await whole.body?.cancel();
    const answers: (() => Promise<Response>)[] = [
      () => Promise.reject(new TypeError("no network")),
      async () => new Response("bad gateway", { status: 502 }),
    ];
    const broken = new Response(null, { headers: whole.headers });
    const begun = new Response(new ReadableStream({ pull: (controller) => controller.error(new TypeError("cut")) }), broken);
    const read = readStream(begun, { resume: ({ id, after }) => answers.shift()?.() ?? resumeResponse(store, id, after) });
    expect((await read.response()).text).toBe("one two three");
    const refusing = readStream(new Response("", { headers: whole.headers }), {
      resume: async () => new Response("gone", { status: 404 }),
    });
    expect((await failing(refusing.response())).code).toBe("not-found");
    const never = readStream(new Response("", { headers: whole.headers }), { maxResumes: 0, resume: () => Promise.reject(new Error()) });
    expect((await failing(never.response())).code).toBe("truncated");
  });

  test("refuses an id that is in use, and the id of an event that is no number", async () => {
    const store = memoryEventStore();
    const running = toResponse(mock([{ text: "one two", packetDelayMs: 5 }]).connection.stream(ASK), { store, id: "s" });
    const second = mock(["other"]);
    const error = await failing(readStream(toResponse(second.connection.stream(ASK), { store, id: "s" })).response());
    expect([error.code, second.requests.length]).toEqual(["configuration", 0]);
    expect((await readStream(running).response()).text).toBe("one two");
    // An id whose stream has ended can begin again.
    expect((await readStream(toResponse(second.connection.stream(ASK), { store, id: "s" })).response()).text).toBe("other");
    for (const after of [Number.NaN, Number.POSITIVE_INFINITY]) expect((await resumeResponse(store, "s", after)).status).toBe(400);
    for (const after of [-1, 0.5]) expect((await readStream(await resumeResponse(store, "s", after)).response()).text).toBe("other");
    expect(await (await resumeResponse(store, "s", 1e9)).text()).toBe("");
  });

  test("two streams of one store do not mix", async () => {
    const store = memoryEventStore();
    const texts = ["a b c d", "e f g h"];
    const responses = texts.map((text) => toResponse(mock([{ text, packetDelayMs: 1 }]).connection.stream(ASK), { store }));
    expect(await Promise.all(responses.map(async (one) => (await readStream(one).response()).text))).toEqual(texts);
  });

  test("a store that fails ends the client's stream and the model's", async () => {
    const failed: unknown[] = [];
    let appended = 0;
    const memory = memoryEventStore();
    const store: EventStore = {
      ...memory,
      open: async (id) => {
        const write = await memory.open(id);
        return (frames) => (++appended > 2 ? Promise.reject(new Error("disk full")) : write(frames));
      },
    };
    const stream = mock([{ text: "one two three four", packetDelayMs: 2 }]).connection.stream(ASK);
    const response = toResponse(stream, { store, waitUntil: (work) => void work.catch((cause) => failed.push(cause)) });
    expect((await failing(readStream(response).response())).code).toBe("truncated");
    expect((await failing(stream.response())).code).toBe("aborted");
    expect(failed).toMatchObject([{ message: "disk full" }]);
    const closed = { ...memory, open: () => Promise.reject(new Error("no table")) };
    const refused = await failing(readStream(toResponse(mock(["x"]).connection.stream(ASK), { store: closed })).response());
    expect(refused.message).toBe("no table");
  });

  test("a stream that is dropped while it runs ends for its readers, after those that have ended", async () => {
    const store = memoryEventStore({ maxStreams: 2 });
    await readStream(toResponse(mock(["x"]).connection.stream(ASK), { store, id: "ended" })).response();
    const silent = () => mock([{ text: "late", delayMs: Number.POSITIVE_INFINITY }]).connection.stream(ASK);
    const oldest = toResponse(silent(), { store, id: "oldest" });
    toResponse(silent(), { store, id: "second" });
    expect((await resumeResponse(store, "ended", 0)).status).toBe(404);
    expect((await resumeResponse(store, "oldest", 0)).status).toBe(200);
    const ended = failing(readStream(oldest).response());
    toResponse(silent(), { store, id: "third" });
    expect((await ended).code).toBe("truncated");
  });

  test("the id of a dropped stream belongs to the next stream alone, although the first is still written", async () => {
    const store = memoryEventStore({ maxStreams: 1 });
    const first = await store.open("a");
    await store.open("b");
    const second = await store.open("a");
    await first([{ id: 1, data: "first" }]);
    await second([{ id: 1, data: "second", event: "response" }]);
    await first([{ id: 2, data: "first", event: "response" }]);
    const frames = await store.read("a", 0, new AbortController().signal);
    const read: string[] = [];
    for await (const { data } of frames ?? []) read.push(data);
    expect(read).toEqual(["second"]);
  });

  test("drops the oldest stream beyond its size", async () => {
    const store = memoryEventStore({ maxStreams: 1 });
    for (const id of ["a", "b"]) await readStream(toResponse(mock(["x"]).connection.stream(ASK), { store, id })).response();
    expect((await resumeResponse(store, "a", 0)).status).toBe(404);
    expect((await resumeResponse(store, "b", 0)).status).toBe(200);
  });
});

describe("the AI SDK's UI message stream", () => {
  /** The chunks, each judged by the SDK's own schema. */
  async function chunksOf(response: Response): Promise<UIMessageChunk[]> {
    expect(response.headers.get("x-vercel-ai-ui-message-stream")).toBe("v1");
    const text = await response.text();
    expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
    const chunks: UIMessageChunk[] = [];
    for (const data of text.matchAll(/^data: (\{.*)$/gm)) {
      const checked = await uiMessageChunkSchema().validate?.(JSON.parse(data[1] ?? ""));
      if (checked?.success !== true) throw new Error(`the SDK refuses ${data[1]}`);
      chunks.push(checked.value);
    }
    return chunks;
  }
  async function messageOf(response: Response): Promise<UIMessage | undefined> {
    const stream = new ReadableStream<UIMessageChunk>({
      async start(controller) {
        for (const chunk of await chunksOf(response)) controller.enqueue(chunk);
        controller.close();
      },
    });
    let last: UIMessage | undefined;
    for await (const message of readUIMessageStream({ stream, terminateOnError: true })) last = message;
    return last;
  }

  test("gives the SDK's own reader the whole message, signatures included", async () => {
    const message = await messageOf(toResponse(mock([RICH]).connection.stream(ASK), { format: "ai-sdk" }));
    expect(message?.parts).toMatchObject([
      { type: "step-start" },
      {
        type: "reasoning",
        text: RICH.reasoning,
        state: "done",
        providerMetadata: { lumiverse: { replay: { data: { signature: "s1" } } } },
      },
      { type: "text", text: RICH.text, state: "done" },
      { type: "source-url", url: "https://example.org/" },
      { type: "dynamic-tool", toolName: "t", input: { a: 1 }, state: "input-available" },
    ]);
    expect(message?.metadata).toMatchObject({ model: "mock", usage: { input: 10 } });
  });
  test("carries a tool run with its results, failures and approvals", async () => {
    const tools = [
      tool({ name: "good", description: "", execute: () => ({ sky: "blue" }) }),
      tool({ name: "bad", description: "", execute: () => Promise.reject(new Error("broken")) }),
      tool({ name: "asks", description: "", needsApproval: true, execute: () => "" }),
    ];
    const { connection } = mock([{ toolCalls: [{ name: "good" }, { name: "bad" }] }, { text: "now ask", toolCalls: [{ name: "asks" }] }]);
    const message = await messageOf(toResponse(runTools(connection, ASK, { tools }), { format: "ai-sdk" }));
    expect(message?.parts).toMatchObject([
      { type: "step-start" },
      { toolName: "good", state: "output-available", output: { sky: "blue" } },
      { toolName: "bad", state: "output-error", errorText: "The tool failed: broken" },
      { type: "step-start" },
      { type: "text", text: "now ask" },
      { toolName: "asks", state: "approval-requested" },
    ]);
  });
  test("a part that was taken back is gone", async () => {
    const down = mock([{ reasoning: "hm", text: "one two three", cutAfter: 6 }], { id: "down" });
    const both = fallback([down.connection, mock(["better"]).connection], { afterContent: true });
    const message = await messageOf(toResponse(both.stream(ASK), { format: "ai-sdk" }));
    expect(message?.parts.filter(({ type }) => type !== "step-start")).toMatchObject([{ type: "text", text: "better", state: "done" }]);
  });
  test("an output that is not JSON is an error chunk", async () => {
    const odd = tool({ name: "odd", description: "", execute: () => toolResult({ content: "fine", data: { rows: 3n } }) });
    const run = runTools(mock([{ toolCalls: [{ name: "odd" }] }, "done"]).connection, ASK, { tools: [odd] });
    const chunks = await chunksOf(toResponse(run, { format: "ai-sdk" }));
    expect(chunks).toContainEqual({ type: "error", errorText: expect.stringContaining("BigInt") });
    expect(chunks.at(-1)?.type).toBe("finish");
  });
  test("an error is an error chunk", async () => {
    const chunks = await chunksOf(toResponse(mock([{ error: "overloaded" }]).connection.stream(ASK), { format: "ai-sdk" }));
    expect(chunks.at(-1)).toMatchObject({ type: "error", errorText: expect.stringContaining("overloaded") });
  });
});
