import type { ChatRequest, Connection } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { fallback } from "../src/fallback/index.ts";
import { type BudgetConnection, type LogEntry, type ResponseStore, withBudget, withCache, withLogging } from "../src/middleware/index.ts";
import { mock } from "../src/mock/index.ts";
import { ASK, collect, failing } from "./helpers.ts";

describe("withCache", () => {
  test("answers a repeated request from the store, streamed and not, with no usage", async () => {
    const { connection, requests } = mock([{ reasoning: "hm", text: "hello there", toolCalls: [{ name: "t" }] }]);
    const cached = withCache(connection);
    const first = await cached.generate(ASK);
    const second = await cached.generate(ASK);
    const stream = cached.stream(ASK);
    const events = await collect(stream);
    const third = await stream.response();
    expect(requests).toHaveLength(1);
    for (const response of [second, third]) {
      expect(response.message).toEqual(first.message);
      expect(response).toMatchObject({ text: "hello there", usage: { input: 0, output: 0 }, attempts: [] });
      expect(response.details["responseCache"]).toMatchObject({ usage: first.usage });
      expect(response.notes.at(-1)?.kind).toBe("replayed");
    }
    const texts = events.flatMap((event) => (event.type === "text" ? [event.text] : []));
    expect(texts.join("")).toBe("hello there");
    expect(events.at(-1)).toMatchObject({ type: "finish", reason: "tool-calls" });
  });

  test("keeps a streamed answer for a request that does not stream", async () => {
    const { connection, requests } = mock(["once"]);
    const cached = withCache(connection);
    await cached.stream(ASK).response();
    expect((await cached.generate(ASK)).text).toBe("once");
    expect(requests).toHaveLength(1);
  });

  const CHANGES: { [F in keyof Required<Omit<ChatRequest, "signal" | "timeouts">>]: Partial<ChatRequest> } = {
    model: { model: "other" },
    messages: { messages: [{ role: "system", content: "be brief" }, ...ASK.messages] },
    tools: { tools: [{ name: "t" }] },
    toolChoice: { tools: [{ name: "t" }], toolChoice: "none" },
    parallelToolCalls: { tools: [{ name: "t" }], parallelToolCalls: false },
    output: { output: "json" },
    reasoning: { reasoning: "high" },
    maxOutputTokens: { maxOutputTokens: 5 },
    temperature: { temperature: 0.1 },
    topP: { topP: 0.1 },
    topK: { topK: 1 },
    minP: { minP: 0.1 },
    frequencyPenalty: { frequencyPenalty: 0.1 },
    presencePenalty: { presencePenalty: 0.1 },
    repetitionPenalty: { repetitionPenalty: 1.1 },
    stop: { stop: "x" },
    seed: { seed: 1 },
    logprobs: { logprobs: true },
    cache: { cache: false },
    prefill: { prefill: "So" },
    providerOptions: { providerOptions: { other: { a: 1 } } },
    parameters: { parameters: { a: 1 } },
    spelling: { spelling: { protocol: "messages", translate: (request) => request, respell: () => {} } },
    vendorFields: { vendorFields: { open: () => undefined, failure: () => undefined } },
    headers: { headers: { "x-a": "1" } },
  };
  test.each(Object.keys(CHANGES))("another %s is a miss", async (field) => {
    const { connection, requests } = mock(["{}", "{}"], { capabilities: { topK: false } });
    const cached = withCache(connection);
    const change = CHANGES[field as keyof typeof CHANGES]; // keys of CHANGES
    await cached.generate({ ...ASK, ...(field === "toolChoice" || field === "parallelToolCalls" ? { tools: [{ name: "t" }] } : {}) });
    await cached.generate({ ...ASK, ...change });
    expect(requests).toHaveLength(2);
  });

  test("does not store refusals, answers that were cut off, and errors", async () => {
    const script = [
      { text: "a", finishReason: "length" as const },
      { text: "b", finishReason: "refusal" as const },
      { error: "server" as const },
      "d",
    ];
    const { connection, requests } = mock(script);
    const cached = withCache(connection);
    expect((await cached.generate(ASK)).text).toBe("a");
    expect((await cached.generate(ASK)).text).toBe("b");
    await failing(cached.generate(ASK));
    expect((await cached.generate(ASK)).text).toBe("d");
    expect((await cached.generate(ASK)).text).toBe("d");
    expect(requests).toHaveLength(4);
  });

  const FAILING: Readonly<Record<string, Partial<Record<keyof ResponseStore, () => unknown>>>> = {
    "get throws": {
      get() {
        throw new Error("store is down");
      },
    },
    "get rejects": { get: () => Promise.reject(new Error("store is down")) },
    "get gives what is no answer": { get: () => ({ storedAt: Date.now() }) },
    "get gives an old answer, and delete rejects": {
      get: () => ({ storedAt: 0, response: {} }),
      delete: () => Promise.reject(new Error("store is down")),
    },
    "set rejects": { set: () => Promise.reject(new Error("store is down")) },
  };
  test.each(Object.keys(FAILING))("a store whose %s is a note, and the vendor is asked", async (how) => {
    const store = { get: () => undefined, set() {}, delete() {}, ...FAILING[how] } as ResponseStore; // wrong on purpose
    const cached = withCache(mock(["fine", "fine"]).connection, { store, ttlMs: 1000 });
    for (const response of [await cached.generate(ASK), await cached.stream(ASK).response()]) {
      expect(response.text).toBe("fine");
      expect(response.notes).toMatchObject([{ kind: "warning", message: expect.stringMatching(/^The response cache failed: /) }]);
    }
  });

  test("a store that never answers does not keep an aborted call", async () => {
    const store: ResponseStore = { get: () => new Promise(() => {}), set() {}, delete() {} };
    const cached = withCache(mock(["never"]).connection, { store });
    for (const way of ["generate", "stream"] as const) {
      const control = new AbortController();
      const request = { ...ASK, signal: control.signal };
      const failed = failing(way === "generate" ? cached.generate(request) : cached.stream(request).response());
      await new Promise((resolve) => setTimeout(resolve, 10));
      control.abort();
      expect((await failed).code).toBe("aborted");
    }
  });

  test("two connections share answers only with one store and one scope", async () => {
    const store: ResponseStore = new Map();
    const one = withCache(mock(["one"]).connection, { store });
    const two = withCache(mock(["two"]).connection, { store });
    expect([(await one.generate(ASK)).text, (await two.generate(ASK)).text]).toEqual(["one", "two"]);
    const a = withCache(mock(["shared"]).connection, { store, scope: "team" });
    const b = withCache(mock([]).connection, { store, scope: "team" });
    expect([(await a.generate(ASK)).text, (await b.generate(ASK)).text]).toEqual(["shared", "shared"]);
  });

  test("forgets after its time and beyond its size", async () => {
    let now = 0;
    const cached = withCache(mock(["1", "2", "3", "4"]).connection, { ttlMs: 10, maxEntries: 1, now: () => now });
    expect((await cached.generate(ASK)).text).toBe("1");
    now = 10;
    expect((await cached.generate(ASK)).text).toBe("2");
    expect((await cached.generate({ ...ASK, seed: 1 })).text).toBe("3");
    expect((await cached.generate(ASK)).text).toBe("4");
  });

  test("validates the structured output of a stored answer again", async () => {
    const output = z.object({ at: z.string().transform((text) => new Date(text)) });
    const cached = withCache(mock([{ json: { at: "2026-01-02" } }]).connection);
    const request = { ...ASK, output: { schema: { type: "object" }, validate: (value: unknown) => output.parse(value) } };
    await cached.generate(request);
    const { output: value } = await cached.generate(request);
    expect(value?.at).toEqual(new Date("2026-01-02"));
  });
});

describe("withBudget", () => {
  const priced = {
    text: "x",
    usage: { input: 6, output: 4, completeness: "exact" as const, cost: { amount: 0.25, currency: "USD", from: "provider" as const } },
  };

  test("refuses calls once the tokens, the cost or the calls are spent, before anything is sent", async () => {
    for (const options of [{ tokens: 20 }, { cost: { amount: 0.5, currency: "USD" } }, { calls: 2 }]) {
      const { connection, requests } = mock([priced, priced, priced]);
      const limited = withBudget(connection, options);
      await limited.generate(ASK);
      await limited.stream(ASK).response();
      const error = await failing(limited.generate(ASK));
      expect(error).toMatchObject({ code: "insufficient-balance", retryable: false });
      expect(await failing(limited.stream(ASK).response())).toMatchObject({ code: "insufficient-balance" });
      expect(requests).toHaveLength(2);
      expect(limited.spent()).toMatchObject({ calls: 2, usage: { input: 12, output: 8 }, cost: { USD: 0.5 } });
      limited.resetBudget();
      expect((await limited.generate(ASK)).text).toBe("x");
    }
  });
  test("counts what a vendor had reported of a stream that was left", async () => {
    const limited = withBudget(mock([{ ...priced, parts: [] }]).connection, { tokens: 100 });
    for await (const event of limited.stream(ASK)) if (event.type === "usage") break;
    expect(limited.spent()).toMatchObject({ calls: 1, usage: { input: 6, output: 4, completeness: "partial" }, cost: { USD: 0.25 } });
  });
  test("counts what a broken answer reports, and refuses after an unknown cost when told so", async () => {
    const limited = withBudget(mock(["no price", "never"]).connection, { cost: { amount: 1, currency: "USD" }, unknownCost: "refuse" });
    await limited.generate(ASK);
    expect((await failing(limited.generate(ASK))).message).toMatch(/no known cost/);
  });
});

describe("withLogging", () => {
  test("reports calls without content, and with it when asked", async () => {
    const entries: LogEntry[] = [];
    const { connection } = mock(["a secret answer", { error: "server" }, "a b c", "said"]);
    const logged = withLogging(connection, { log: (entry) => entries.push(entry) });
    await logged.generate(ASK);
    await failing(logged.generate(ASK));
    for await (const event of logged.stream(ASK)) if (event.type === "text") break;
    expect(entries.map(({ type, call }) => [type, call])).toEqual([
      ["start", 1],
      ["end", 1],
      ["start", 2],
      ["error", 2],
      ["start", 3],
      ["left", 3],
    ]);
    expect(JSON.stringify(entries)).not.toContain("secret");
    const whole: LogEntry[] = [];
    await withLogging(connection, { log: (entry) => whole.push(entry), content: true }).generate(ASK);
    expect(JSON.stringify(whole)).toContain("said");
  });
  test("a log that throws does not break the call", async () => {
    const broken = withLogging(mock(["ok"]).connection, {
      log: () => {
        throw new Error("disk full");
      },
    });
    expect((await broken.generate(ASK)).text).toBe("ok");
  });
});

test("middleware composes, with fallback inside and outside", async () => {
  const entries: LogEntry[] = [];
  const down = mock([{ error: "server" }], { id: "down" });
  const up = mock(["up"], { id: "up" });
  const inner = fallback([down.connection, withBudget(up.connection, { calls: 1 })]);
  const all = withLogging(withCache(inner), { log: (entry) => entries.push(entry) });
  expect((await all.stream(ASK).response()).text).toBe("up");
  expect((await all.generate(ASK)).text).toBe("up");
  expect([down.requests.length, up.requests.length, entries.length]).toEqual([1, 1, 4]);
});

describe("middleware in every order", () => {
  const LAYERS = ["cache", "budget", "logging", "fallback"] as const;
  const orders = permutations(LAYERS);

  test.each(orders.map((order) => [order.join(" around "), order] as const))("%s", async (_, order) => {
    const down = mock([{ error: "server" }, { error: "server" }, { error: "server" }, { error: "server" }], { id: "down" });
    const up = mock(["one", "two", { error: "content-filter" }], { id: "up" });
    const log: LogEntry[] = [];
    let budget: BudgetConnection | undefined;
    const wrap = {
      cache: (inner: Connection) => withCache(inner),
      budget: (inner: Connection) => (budget = withBudget(inner, { tokens: 1000 })),
      logging: (inner: Connection) => withLogging(inner, { log: (entry) => log.push(entry) }),
      fallback: (inner: Connection) => fallback([down.connection, inner]),
    };
    const connection = order.reduceRight<Connection>((inner, layer) => wrap[layer](inner), up.connection);
    const ask = (content: string) => ({ ...ASK, messages: [{ role: "user" as const, content }] });

    expect((await connection.stream(ask("a")).response()).text).toBe("one");
    const events = await collect(connection.stream(ask("b")));
    expect(events.filter(({ type }) => type === "text").map((event) => (event.type === "text" ? event.text : ""))).toEqual(["two"]);
    expect((await connection.generate(ask("a"))).text).toBe("one");
    expect((await failing(connection.generate(ask("c")))).code).toBe("content-filter");
    // The cache answered once, so nothing was asked a fourth time, in whatever order.
    expect(up.requests).toHaveLength(3);
    const hitCounts = order.indexOf("budget") < order.indexOf("cache");
    expect(budget?.spent().calls).toBe(hitCounts ? 4 : 3);
    // A hit has no usage, so what was spent is the same.
    expect(budget?.spent().usage).toMatchObject({ input: 20 });
    expect(log.filter(({ type }) => type === "error")).toHaveLength(1);
    expect(log.filter(({ type }) => type === "end")).toHaveLength(order.indexOf("logging") < order.indexOf("cache") ? 3 : 2);

    // A stream that is left early is left in every layer.
    const slow = order.reduceRight<Connection>(
      (inner, layer) => wrap[layer](inner),
      mock([{ text: "a b c", packetDelayMs: 1 }]).connection,
    );
    log.length = 0;
    for await (const event of slow.stream(ask("d"))) if (event.type === "text") break;
    expect(log.map(({ type }) => type)).toEqual(["start", "left"]);
    connection.close();
    expect((await failing(connection.generate(ask("e")))).code).toBe("aborted");
  });
});

function permutations<T>(values: readonly T[]): T[][] {
  if (values.length === 0) return [[]];
  return values.flatMap((first, at) => permutations(values.filter((_, other) => other !== at)).map((rest) => [first, ...rest]));
}
