import type { ServerResponse } from "node:http";
import { type Capability, type Connection, connect, LumiverseError } from "@lumiverse/core";
import { custom } from "@lumiverse/custom";
import { describe, expect, test } from "vitest";
import { fallback } from "../src/fallback/index.ts";
import { mock } from "../src/mock/index.ts";
import { ASK, collect, failing, pause, serve } from "./helpers.ts";

const sse = (...events: (object | string)[]): string =>
  events.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join("");
const delta = (content: string, finish: string | null = null): object => ({
  id: "c1",
  model: "m",
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
});
const ROLE = { id: "c1", model: "m", choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] };

/** How a server can fail before its first content. */
const FAULTS: Readonly<Record<string, (response: ServerResponse) => unknown>> = {
  ...Object.fromEntries(
    [401, 402, 403, 404, 408, 409, 410, 429, 500, 501, 502, 503, 504, 507, 511, 520, 521, 522, 523, 524, 529].map((status) => [
      `status ${status}`,
      (response: ServerResponse) => response.writeHead(status, { "content-type": "application/json" }).end('{"error":{"message":"no"}}'),
    ]),
  ),
  "429 with Retry-After": (response) => response.writeHead(429, { "retry-after": "7" }).end("slow down"),
  "a reset before the headers": (response) => response.destroy(),
  "a reset after the headers": (response) => {
    response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    setTimeout(() => response.destroy(), 5);
  },
  "an empty body": (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(),
  "a page of a proxy": (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html><body>Bad gateway</body></html>"),
  "a page of a proxy with 502": (response) => response.writeHead(502, { "content-type": "text/html" }).end("<html>Bad gateway</html>"),
  "an error event": (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).end(sse({ error: { message: "overloaded" } })),
  "an error as a JSON body with 200": (response) =>
    response.writeHead(200, { "content-type": "application/json" }).end('{"error":{"message":"internal","code":500}}'),
  "an error after the first event": (response) =>
    response.writeHead(200, { "content-type": "text/event-stream" }).end(sse(ROLE, { error: { message: "boom", code: 500 } })),
  "a stream that ends after its first event": (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(sse(ROLE)),
  "events that are not JSON": (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end("data: {oops\n\n"),
  "silence before the headers": () => undefined,
  "silence after the headers": (response) => response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders(),
  "a redirect to another host": (response) => response.writeHead(302, { location: "http://127.0.0.1:9/elsewhere" }).end(),
};

function to(url: string, ms = 10_000): Connection {
  return connect(custom, { baseURL: `${url}/v1`, retry: false, timeouts: { response: ms, firstEvent: ms, idle: ms } });
}

describe("fallback under a server that fails", () => {
  test("has at least thirty ways to fail", () => {
    expect(Object.keys(FAULTS).length).toBeGreaterThanOrEqual(30);
  });

  test.each(Object.keys(FAULTS))("%s: the next target answers, streamed and not, with all attempts on the result", async (name) => {
    const fault = FAULTS[name];
    await using server = await serve((_, response) => fault?.(response));
    for (const streaming of [true, false]) {
      const second = mock(["from the second"]);
      // Only a silent server is left by a time limit; on a busy machine a short one would end the other faults, too.
      const both = fallback([to(server.url, name.startsWith("silence") ? 300 : undefined), second.connection]);
      const response = streaming ? await both.stream(ASK).response() : await both.generate(ASK);
      expect(response.text, `streaming ${streaming}`).toBe("from the second");
      expect(response.attempts.length).toBe(2);
      expect(response.attempts[0]?.error).toBeDefined();
      expect(response.attempts[1]).toMatchObject({ status: 200 });
      expect(response.notes[0]).toMatchObject({ kind: "fallback", message: expect.stringMatching(/^custom did not answer/) });
    }
    expect(server.seen).toHaveLength(2);
  });

  test("a failure after the first content is an error, and no other target is asked", async () => {
    await using server = await serve((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(sse(delta("half an ")));
      setTimeout(() => response.destroy(), 20);
    });
    const second = mock(["from the second"]);
    const stream = fallback([to(server.url), second.connection]).stream(ASK);
    const seen: string[] = [];
    const error = await failing(
      (async () => {
        for await (const event of stream) if (event.type === "text") seen.push(event.text);
      })(),
    );
    expect([seen.join(""), error.partial?.text]).toEqual(["half an ", "half an "]);
    expect(second.requests).toEqual([]);
  });
});

describe("fallback", () => {
  test("takes back what was yielded, when it may fall back after content", async () => {
    const first = mock([{ reasoning: "hm", text: "one two three", cutAfter: 7 }], { id: "first" });
    const second = mock(["all good"], { id: "second" });
    const stream = fallback([first.connection, second.connection], { afterContent: true }).stream(ASK);
    const events = await collect(stream);
    const response = await stream.response();
    expect(response.text).toBe("all good");
    const at = events.findIndex(({ type }) => type === "note");
    expect(events.slice(at).map(({ type }) => type)).toEqual([
      "note",
      "replace",
      "replace",
      "usage",
      "start",
      "part-start",
      "text",
      "text",
      "part-end",
      "usage",
      "finish",
    ]);
    expect(response.attempts.map(({ error }) => error)).toEqual([expect.any(String), undefined]);
  });

  test("yields the events of the target that answered, and nothing of those that failed", async () => {
    const both = fallback([mock([{ error: "overloaded" }], { id: "a" }).connection, mock(["x"], { id: "b" }).connection]);
    const stream = both.stream(ASK);
    const events = await collect(stream);
    expect(events.map(({ type }) => type)).toEqual(["note", "start", "part-start", "text", "part-end", "usage", "finish"]);
    expect((await stream.response()).notes).toHaveLength(1);
  });

  test("passes over targets that cannot serve a request, without sending", async () => {
    const blind = mock(["no"], { id: "blind", capabilities: { "input.image": false } });
    const seeing = mock(["a harbour"], { id: "seeing" });
    const image = { type: "image" as const, data: "aGk=", mediaType: "image/png" };
    const request = { model: "mock", messages: [{ role: "user" as const, content: [image] }] };
    const response = await fallback([blind.connection, seeing.connection]).generate(request);
    expect([response.text, blind.requests.length, response.attempts.length]).toEqual(["a harbour", 0, 1]);
    expect(response.notes[0]?.message).toMatch(/blind was passed over \(unsupported\)/);
  });

  test("gives each target its own model and options", async () => {
    const a = mock([{ error: "server" }], { id: "a" });
    const b = mock(["ok"], { id: "b" });
    await fallback([
      { connection: a.connection, model: "big" },
      { connection: b.connection, model: "small", options: { temperature: 0 } },
    ]).generate(ASK);
    expect(a.requests[0]?.body).toMatchObject({ model: "big" });
    expect(b.requests[0]?.body).toMatchObject({ model: "small", temperature: 0 });
  });

  test("does not fall back for mistakes of the caller, refused content and aborts", async () => {
    for (const error of ["invalid-request", "content-filter"] as const) {
      const second = mock(["no"]);
      const thrown = await failing(fallback([mock([{ error }]).connection, second.connection]).generate(ASK));
      expect([thrown.code, second.requests.length]).toEqual([error, 0]);
    }
    const second = mock(["no"]);
    const slow = mock([{ text: "x", delayMs: 5000 }]);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 20);
    const aborted = await failing(fallback([slow.connection, second.connection]).generate({ ...ASK, signal: controller.signal }));
    expect([aborted.code, second.requests.length]).toEqual(["aborted", 0]);
  });

  test("lets `when` decide", async () => {
    const both = fallback([mock([{ error: "content-filter" }]).connection, mock(["fine"]).connection], {
      when: ({ code }) => code === "content-filter",
    });
    expect((await both.generate(ASK)).text).toBe("fine");
  });

  test("lets a target rest for as long as its vendor says, and asks it again afterwards", async () => {
    let now = 1000;
    const a = mock([{ error: "rate-limit", retryAfterMs: 7000 }, "back again"], { id: "a" });
    const b = mock(["b1", "b2"], { id: "b" });
    const both = fallback([a.connection, b.connection], { now: () => now });
    expect((await both.generate(ASK)).text).toBe("b1");
    now += 6999;
    const second = await both.generate(ASK);
    expect(second.text).toBe("b2");
    expect(second.notes[0]?.message).toMatch(/a was not asked.*rests until 1970-01-01T00:00:08/);
    now += 1;
    expect((await both.generate(ASK)).text).toBe("back again");
  });

  test("lets a target that is down rest after the second failure in a row, and not for the caller's mistakes", async () => {
    const a = mock([{ error: "server" }, { error: "server" }, "never"], { id: "a" });
    const b = mock(["1", "2", "3"], { id: "b" });
    const both = fallback([a.connection, b.connection]);
    for (let i = 0; i < 3; i++) await both.generate(ASK);
    expect(a.requests).toHaveLength(2);
    const wrong = mock([{ error: "invalid-request" }, { error: "invalid-request" }, { error: "invalid-request" }, "ok"], { id: "wrong" });
    const one = fallback([wrong.connection, mock([]).connection]);
    for (let i = 0; i < 3; i++) await failing(one.generate(ASK));
    expect((await one.generate(ASK)).text).toBe("ok");
  });

  test("lets an overloaded target rest at once when it says for how long", async () => {
    const a = mock([{ error: "overloaded", retryAfterMs: 60_000 }, "never"], { id: "a" });
    const both = fallback([a.connection, mock(["1", "2"], { id: "b" }).connection]);
    await both.generate(ASK);
    expect((await both.generate(ASK)).text).toBe("2");
    expect(a.requests).toHaveLength(1);
  });

  test("asks a resting target when no other is left", async () => {
    const only = mock([{ error: "rate-limit", retryAfterMs: 60_000 }, "recovered"]);
    const one = fallback([only.connection]);
    expect((await failing(one.generate(ASK))).code).toBe("rate-limit");
    expect((await one.generate(ASK)).text).toBe("recovered");
  });

  test("stops when the budget of time or of attempts is spent", async () => {
    const slow = mock([{ text: "x", delayMs: 10_000 }], { id: "slow" });
    const never = mock(["never"], { id: "never" });
    const timed = await failing(fallback([slow.connection, never.connection], { budgetMs: 40 }).stream(ASK).response());
    expect(timed).toMatchObject({ code: "timeout", message: expect.stringContaining("budgetMs") });
    const failed = () => mock([{ error: "server" }]).connection;
    const few = await failing(fallback([failed(), failed(), never.connection], { attempts: 2 }).generate(ASK));
    expect(few.attempts).toHaveLength(2);
    expect(never.requests).toEqual([]);
  });

  test.each([Number.POSITIVE_INFINITY, Number.NaN, 1e12])("a budget of %d ms ends no call", async (budgetMs) => {
    const slow = mock([
      { text: "slow", delayMs: 30 },
      { text: "slow", delayMs: 30 },
    ]);
    const one = fallback([slow.connection], { budgetMs });
    expect((await one.generate(ASK)).text).toBe("slow");
    expect((await one.stream(ASK).response()).text).toBe("slow");
    one.close();
  });

  test("refuses what is no target", () => {
    for (const targets of [undefined, {}, [undefined], ["groq"], [{}], [{ connection: null }], [{ connection: {} }]])
      expect(() => fallback(targets as never)).toThrow(expect.objectContaining({ code: "configuration", field: "targets" }));
    expect(() => fallback([])).toThrow(/at least one target/);
  });

  test("does not cut a long answer when the budget ends after its first content", async () => {
    const long = mock([{ text: "one two three four", packetDelayMs: 25 }]);
    const response = await fallback([long.connection], { budgetMs: 80 }).stream(ASK).response();
    expect(response.text).toBe("one two three four");
  });

  test("throws one error that names every target, with all attempts and the shortest wait", async () => {
    const a = mock([{ error: "rate-limit", retryAfterMs: 9000 }], { id: "a" });
    const b = mock([{ error: "overloaded", retryAfterMs: 4000 }], { id: "b" });
    const error = await failing(fallback([a.connection, b.connection]).generate(ASK));
    expect(error).toMatchObject({ code: "overloaded", retryable: true, retryAfterMs: 4000, provider: "b" });
    expect(error.message).toMatch(/a \(rate-limit\).*b \(overloaded\)/);
    expect(error.attempts).toHaveLength(2);
  });

  test("speaks of its first target, names the others, and closes all", async () => {
    const a = mock(["x"], { id: "a", models: ["m1"] });
    const b = mock(["x"], { id: "b" });
    const both = fallback([{ connection: a.connection, model: "m1" }, b.connection]);
    expect(both.provider.id).toBe("a");
    expect((await both.models()).models.map(({ id }) => id)).toEqual(["m1"]);
    expect((await both.models()).notes.at(-1)?.message).toMatch(/about a \(m1\).*also has: b/);
    expect((await both.explain(ASK)).notes.at(-1)?.message).toMatch(/also has: b/);
    expect((await both.explain(ASK)).body).toMatchObject({ model: "m1" });
    expect((await both.check()).hint).toContain("b");
    both.close();
    expect((await failing(b.connection.generate(ASK))).code).toBe("aborted");
    expect((await failing(a.connection.generate(ASK))).code).toBe("aborted");
  });

  test("supports what any of its targets supports, with that target's evidence", async () => {
    const weak = mock([], { id: "weak", capabilities: { tools: false, "input.image": false, "input.url": true, topK: false } });
    const unsure = mock([], { id: "unsure", capabilities: { tools: "unknown", "input.image": true, "input.url": false, topK: false } });
    const both = fallback([weak.connection, { connection: unsure.connection, model: "m" }]);
    const support = async (capability: Capability): Promise<string> => (await both.supports(capability, "any")).support;
    expect([await support("tools"), await support("input.image"), await support("topK")]).toEqual(["unknown", "yes", "no"]);
    // Bytes can go to any target, a URL only to some.
    expect(await support("input.url")).toBe("no");
  });

  test("counts as the target that would be asked, or the next one that can count", async () => {
    const counting = (id: string, tokens: number | "fails"): Connection => ({
      ...mock([{ error: "rate-limit", retryAfterMs: 60_000 }], { id }).connection,
      countTokens: async ({ model }) => {
        if (tokens === "fails") throw new LumiverseError({ code: "unsupported", message: "it cannot count" });
        return tokens + model.length;
      },
    });
    const a = counting("a", 100);
    expect(await fallback([a, counting("b", 200)]).countTokens({ ...ASK, model: "x" })).toBe(101);
    expect(await fallback([counting("c", "fails"), counting("b", 200)]).countTokens({ ...ASK, model: "x" })).toBe(201);
    expect((await failing(fallback([counting("c", "fails"), counting("d", "fails")]).countTokens(ASK))).code).toBe("unsupported");
    const resting = fallback([a, { connection: { ...counting("b", 200), generate: mock(["ok"]).connection.generate }, model: "four" }]);
    await resting.generate(ASK);
    expect(await resting.countTokens({ ...ASK, model: "x" })).toBe(204);
  });

  test("probes for the first server that is known", async () => {
    const probing = (server: string | undefined | "down"): Connection => ({
      ...mock([]).connection,
      probe: async () => {
        if (server === "down") throw new LumiverseError({ code: "network", message: "nobody is there" });
        return server === undefined ? undefined : { server, from: "a test" };
      },
    });
    expect((await fallback([probing(undefined), probing("down"), probing("ollama")]).probe())?.server).toBe("ollama");
    expect(await fallback([probing("down"), probing(undefined)]).probe()).toBeUndefined();
    expect((await failing(fallback([probing("down"), probing("down")]).probe())).code).toBe("network");
  });

  test("goes to the next target when the first one's connection was closed", async () => {
    const a = mock(["x"], { id: "a" });
    a.connection.close();
    expect((await fallback([a.connection, mock(["open"]).connection]).generate(ASK)).text).toBe("open");
  });

  test("closes the socket of the target when the loop is left early", async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await serve((_, response) => {
      response.on("close", () => closed.resolve());
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(sse(delta("one")));
    });
    const slow = connect(custom, { baseURL: `${server.url}/v1`, retry: false });
    for await (const event of fallback([slow]).stream(ASK)) if (event.type === "text") break;
    await Promise.race([closed.promise, pause(2000).then(() => Promise.reject(new Error("the socket stayed open")))]);
  });
});
