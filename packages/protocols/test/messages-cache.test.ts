import type { CachePlan, CacheRequest, ChatRequest, Message, Rendered } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { claude } from "../src/families/index.ts";
import { type MessagesHost, type MessagesPrefixDiff, messages as messagesProtocol, type PromptCache } from "../src/messages/index.ts";
import { explained } from "./messages-given.ts";

const tool = (name: string): { name: string; description: string } => ({ name, description: `Does ${name}.` });
const long = (words: number): string => "lantern ".repeat(words);
const manual = { name: "manual", description: `Reads the manual. ${long(700)}` };
const request: Partial<ChatRequest> = {
  model: "claude-opus-5",
  tools: [manual, tool("second")],
  messages: [
    { role: "system", content: `You keep the light. ${long(2000)}` },
    { role: "user", content: "Is it lit?" },
    { role: "assistant", content: "It is." },
    { role: "user", content: "And now?" },
  ],
};
const on = (boxes: Partial<PromptCache> = {}): { promptCache: PromptCache } => ({ promptCache: { enabled: true, ...boxes } });
const all = on({ automatic: true, tools: true, system: true, conversation: true });

/** The paths and TTLs of all breakpoints, in the order of the prefix. */
function breakpointsIn(body: Record<string, unknown>): string[] {
  const found: string[] = [];
  const look = (value: unknown, at: string): void => {
    if (Array.isArray(value)) for (const [i, one] of value.entries()) look(one, `${at}[${i}]`);
    else if (typeof value === "object" && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        if (key === "cache_control") found.push(`${at} ${(inner as { ttl?: string }).ttl ?? "5m"}`.trim());
        else look(inner, at === "" ? key : `${at}.${key}`);
      }
  };
  for (const section of ["tools", "system", "messages"]) look(body[section], section);
  if (body["cache_control"] !== undefined) found.push(`top ${(body["cache_control"] as { ttl?: string }).ttl ?? "5m"}`);
  return found;
}
const breakpointsOf = async (...given: Parameters<typeof explained>): Promise<string[]> => breakpointsIn((await explained(...given)).body);

describe("prompt-cache settings", () => {
  test("a request has no breakpoint while caching is off, whatever else is set", async () => {
    const { body, cache } = await explained(request, {
      promptCache: { enabled: false, automatic: true, tools: true, system: true, conversation: true },
    });
    expect(JSON.stringify(body)).not.toContain("cache_control");
    expect(cache).toEqual({ breakpoints: [], excluded: [{ what: "everything", because: "caching is off" }] });
  });

  test("each setting sets its own breakpoint and no other", async () => {
    expect(await breakpointsOf(request, on({ automatic: true }))).toEqual(["top 5m"]);
    expect(await breakpointsOf(request, on({ tools: true }))).toEqual(["tools[1] 5m"]);
    expect(await breakpointsOf(request, on({ system: true }))).toEqual(["system[0] 5m"]);
    expect(await breakpointsOf(request, on({ conversation: true }))).toEqual(["messages[2].content[0] 5m"]);
  });

  test("a plan that is also compared with that of another request names each exclusion once", async () => {
    const { cache } = await explained(request, on({ system: true }));
    const compared = await explained(request, on({ system: true }), { previous: request });
    expect(cache?.excluded.length).toBeGreaterThan(0);
    expect(compared.cache).toEqual(cache);
  });

  test("caching without any breakpoint setting is automatic", async () => {
    expect(await breakpointsOf(request, on())).toEqual(["top 5m"]);
  });

  test("every breakpoint gets the TTL of one hour", async () => {
    expect(await breakpointsOf(request, on({ ttl: "1h", tools: true, system: true, automatic: true }))).toEqual([
      "tools[1] 1h",
      "system[0] 1h",
      "top 1h",
    ]);
  });

  test("request.cache replaces the setting for one call", async () => {
    const call = async (cache: CacheRequest): Promise<string[]> => breakpointsOf({ ...request, cache }, on({ system: true }));
    expect(await call(false)).toEqual([]);
    expect(await call({ tools: true, ttl: "1h" })).toEqual(["tools[1] 1h"]);
    expect(await call({})).toEqual(["top 5m"]);
    expect(await breakpointsOf({ ...request, cache: { conversation: true } })).toEqual(["messages[2].content[0] 5m"]);
  });

  test("the summary names the breakpoints that apply", async () => {
    const summary = async (promptCache: PromptCache): Promise<string | undefined> =>
      (await explained(request, { promptCache })).cache?.summary;
    expect(await summary({ enabled: true, automatic: true, system: true })).toBe("Cache 5m • auto + system");
    expect(await summary({ enabled: true })).toBe("Cache 5m • auto");
    expect(await summary({ enabled: true, ttl: "1h", tools: true, system: true, conversation: true })).toBe(
      "Cache 1h • tools + system + messages",
    );
    expect(await summary({ enabled: false, automatic: true })).toBeUndefined();
  });
});

describe("the four breakpoints", () => {
  test("automatic and conversation share one breakpoint when they choose the same block", async () => {
    const { body, cache } = await explained(request, all);
    expect(breakpointsIn(body)).toEqual(["tools[1] 5m", "system[0] 5m", "top 5m"]);
    expect(cache?.summary).toBe("Cache 5m • auto + tools + system + messages");
    expect(cache?.breakpoints.map(({ at, by }) => [at, by])).toEqual([
      ["tools[1]", "explicit"],
      ["system[0]", "explicit"],
      ["messages[2].content[0]", "automatic"],
    ]);
  });

  test("the conversation breakpoint is on the last user turn, not on the prefill", async () => {
    const { body, cache } = await explained({ ...request, model: "claude-haiku-4-5", prefill: "It" }, on({ conversation: true }));
    expect(breakpointsIn(body)).toEqual(["messages[2].content[0] 5m"]);
    expect(cache?.excluded).toContainEqual({ what: "messages[3].content[0]", because: expect.stringContaining("prefill") });
  });

  test("the plan warns when the automatic breakpoint is on a prefill", async () => {
    const { cache } = await explained({ ...request, model: "claude-haiku-4-5", prefill: "It" }, on({ automatic: true }));
    expect(cache?.excluded).toContainEqual({ what: "messages[3].content[0]", because: expect.stringContaining("is on the prefill") });
    const both = await explained({ ...request, model: "claude-haiku-4-5", prefill: "It" }, all);
    expect(breakpointsIn(both.body)).toEqual(["tools[1] 5m", "system[0] 5m", "messages[2].content[0] 5m", "top 5m"]);
  });

  test("in a tool loop the tool results are the last user turn", async () => {
    const messages: Message[] = [
      { role: "user", content: "Go" },
      { role: "assistant", content: [{ type: "tool-call", id: "a", name: "second", arguments: "{}", input: {} }] },
      { role: "tool", content: [{ type: "tool-result", id: "a", content: "done" }] },
    ];
    expect(await breakpointsOf({ ...request, messages }, on({ conversation: true }))).toEqual(["messages[2].content[0] 5m"]);
  });

  test("breakpoints that the request contains count, and planned ones without a free place are dropped with a note", async () => {
    const hosted = (name: string): { hosted: Record<string, unknown> } => ({
      hosted: { type: "web_search_20250305", name, cache_control: { type: "ephemeral" } },
    });
    const { body, notes, cache } = await explained(
      { ...request, tools: [hosted("a"), hosted("b"), hosted("c")] },
      on({ system: true, conversation: true }),
    );
    expect(breakpointsIn(body)).toEqual(["tools[0] 5m", "tools[1] 5m", "tools[2] 5m", "system[0] 5m"]);
    expect(notes).toMatchObject([{ kind: "cache", message: expect.stringContaining("messages") }]);
    expect(cache?.excluded).toContainEqual({ what: "messages", because: expect.stringContaining("are used by") });
  });

  test("a planned breakpoint after one of five minutes gets five minutes too", async () => {
    const hosted = { hosted: { type: "web_search_20250305", name: "a", cache_control: { type: "ephemeral" } } };
    const { body, notes, cache } = await explained({ ...request, tools: [hosted] }, on({ ttl: "1h", system: true, automatic: true }));
    expect(breakpointsIn(body)).toEqual(["tools[0] 5m", "system[0] 5m", "top 5m"]);
    expect(notes.map((note) => note.kind)).toEqual(["cache", "cache"]);
    expect(cache?.breakpoints.map(({ ttl }) => ttl)).toEqual(["5m", "5m"]);
  });

  test("deferred tools get no breakpoint", async () => {
    const deferred = { hosted: { name: "late", input_schema: { type: "object" }, defer_loading: true } };
    expect(await breakpointsOf({ ...request, tools: [tool("first"), deferred] }, on({ tools: true }))).toEqual(["tools[0] 5m"]);
  });

  test("the caller's own objects are not changed", async () => {
    const hosted = { type: "web_search_20250305", name: "a" };
    expect(await breakpointsOf({ ...request, tools: [{ hosted }] }, on({ tools: true }))).toEqual(["tools[0] 5m"]);
    expect(hosted).not.toHaveProperty("cache_control");
  });

  test("hosts without automatic caching get a breakpoint on the last user block, and hosts without caching get none", async () => {
    const host = (cache: NonNullable<MessagesHost["cache"]>): MessagesHost => ({ traits: claude.claudeTraits, cache });
    expect(await breakpointsOf(request, on(), { host: host("breakpoints") })).toEqual(["messages[2].content[0] 5m"]);
    expect(await breakpointsOf({ ...request, model: "claude-haiku-4-5", prefill: "It" }, on(), { host: host("breakpoints") })).toEqual([
      "messages[2].content[0] 5m",
    ]);
    const none = await explained(request, on(), { host: host("none") });
    expect(breakpointsIn(none.body)).toEqual([]);
    expect(none.notes).toMatchObject([{ kind: "cache" }]);
  });

  test("the plan states what precedes each breakpoint and which prefix is too short", async () => {
    const { cache } = await explained({ ...request, model: "claude-opus-4-5" }, on({ tools: true, system: true }));
    expect(cache?.breakpoints).toMatchObject([
      { at: "tools[1]", before: "2 tools" },
      { at: "system[0]", before: "2 tools, 1 system block" },
    ]);
    expect(cache?.breakpoints[1]?.estimatedTokens).toBeGreaterThan(4000);
    expect(cache?.excluded).toContainEqual({ what: "tools[1]", because: expect.stringContaining("4096") });
    expect(cache?.excluded).toContainEqual({
      what: "messages[0].content[0] to messages[2].content[0]",
      because: expect.stringContaining("no breakpoint follows"),
    });
  });
});

/** A request rendered, as `diffPrefix` sees it. */
async function rendered(given: Partial<ChatRequest>, options: Parameters<typeof explained>[1] = all): Promise<Rendered> {
  const { url, body, cache } = await explained(given, options);
  return { request: { method: "POST", url: new URL(url), body }, notes: [], ...(cache === undefined ? {} : { cache: cache as CachePlan }) };
}
const next = (more: Partial<ChatRequest>): Partial<ChatRequest> => ({
  ...request,
  messages: [...(request.messages ?? []), { role: "assistant", content: "Still." }, { role: "user", content: "Good." }],
  ...more,
});
const withSystem = (text: string): readonly Message[] => [{ role: "system", content: text }, ...(next({}).messages ?? []).slice(1)];
async function why(
  before: Partial<ChatRequest>,
  after: Partial<ChatRequest>,
  options?: Parameters<typeof explained>[1],
  later = options,
): Promise<MessagesPrefixDiff> {
  return messagesProtocol().diffPrefix({ previous: await rendered(before, options), next: await rendered(after, later) });
}

describe("the reasons why nothing was read from the cache", () => {
  test("name caching that is off", async () => {
    expect((await why(request, next({ cache: false }))).reasons).toContain("everything: caching is off");
  });

  test("name a previous request without a breakpoint", async () => {
    expect((await why({ ...request, cache: false }, next({}))).reasons).toEqual([
      expect.stringContaining("previous request set no breakpoint"),
    ]);
  });

  test("name a prefix that is shorter than the model's minimum", async () => {
    const short = { ...request, model: "claude-opus-4-5", messages: [{ role: "user" as const, content: "Hi" }] };
    expect((await why(short, short)).reasons).toContainEqual(expect.stringContaining("below 4096 tokens"));
  });

  test("do not name a breakpoint below the minimum while another can be read", async () => {
    const short = { ...request, tools: [tool("second")] };
    const diff = await why(short, { ...next({}), tools: [tool("second")] });
    expect(diff.readable).toEqual(["system[0]", "messages[2].content[0]"]);
    expect(diff.reasons).toEqual([expect.stringContaining("five minutes")]);
  });

  test("name a changed model", async () => {
    const diff = await why(request, next({ model: "claude-opus-4-8" }));
    expect(diff).toMatchObject({ at: "model", readable: [], sameTokens: 0 });
    expect(diff.reasons[0]).toContain("claude-opus-4-8");
  });

  test("quote the text that changed in the system prompt", async () => {
    const clock = (time: string): string => `You keep the light. It is ${time}. ${long(2000)}`;
    const diff = await why(
      { ...request, messages: withSystem(clock("10:41")).slice(0, 4) },
      next({ messages: withSystem(clock("10:42")) }),
    );
    expect(diff.at).toBe("system[0]");
    expect(diff.because).toMatch(/differs from character \d+ on: ".*10:41.*" became ".*10:42/);
    expect(diff.readable).toEqual(["tools[1]"]);
  });

  test("name an added tool", async () => {
    const diff = await why(request, next({ tools: [manual, tool("second"), tool("third")] }));
    expect(diff).toMatchObject({ at: "tools[2]", because: expect.stringContaining("was added to tools"), readable: ["tools[1]"] });
  });

  test("name a changed order of tools", async () => {
    const diff = await why(request, next({ tools: [tool("second"), manual] }));
    expect(diff).toMatchObject({ at: "tools[0]", because: "the order of tools changed", readable: [] });
  });

  test("name a changed order of keys", async () => {
    const properties = { a: { type: "string" }, b: { type: "string" } };
    const turned = { b: { type: "string" }, a: { type: "string" } };
    const given = (inner: Record<string, unknown>): Partial<ChatRequest> => ({
      tools: [{ name: "t", parameters: { type: "object", properties: inner } }],
    });
    expect((await why({ ...request, ...given(properties) }, next(given(turned)))).because).toContain("order of keys");
  });

  test("name a changed tool choice, which invalidates only messages", async () => {
    const diff = await why(request, next({ toolChoice: "none" }));
    expect(diff.reasons[0]).toContain("toolChoice");
    expect(diff.readable).toEqual(["tools[1]", "system[0]"]);
  });

  test("name changed thinking parameters", async () => {
    const diff = await why(request, next({ reasoning: "high" }));
    expect(diff.reasons[0]).toContain("thinking parameters");
    expect(diff.readable).toEqual(["tools[1]", "system[0]"]);
  });

  test("name an added image", async () => {
    const messages: Message[] = [
      ...(next({}).messages ?? []),
      { role: "user", content: [{ type: "image", data: "AAAA", mediaType: "image/png" }] },
    ];
    const diff = await why(request, next({ messages }));
    expect(diff.reasons).toContainEqual(expect.stringContaining("images were added"));
    expect(diff.readable).toEqual(["tools[1]", "system[0]"]);
  });

  test("quote an edited turn", async () => {
    const messages = (next({}).messages ?? []).map((message) =>
      message.content === "It is." ? { ...message, content: "It was." } : message,
    ) as Message[];
    const diff = await why(request, next({ messages }));
    expect(diff).toMatchObject({ at: "messages[1].content[0]", because: expect.stringContaining("It was") });
    expect(diff.readable).toEqual(["tools[1]", "system[0]"]);
  });

  test("name removed turns at the start", async () => {
    const messages = (next({}).messages ?? []).filter((message) => message.content !== "Is it lit?" && message.content !== "It is.");
    const diff = await why(request, next({ messages }));
    expect(diff).toMatchObject({ at: "messages[0].content[0]", because: expect.stringContaining("moved up") });
  });

  test("name an inserted block", async () => {
    const [system, ...rest] = next({}).messages ?? [];
    const messages = [system as Message, { role: "user" as const, content: "A note." }, ...rest];
    expect((await why(request, next({ messages }))).because).toContain("was inserted before");
  });

  test("name a distance that is longer than the vendor looks back", async () => {
    const many: Message[] = Array.from(
      { length: 24 },
      (_, i) => ({ role: i % 2 === 0 ? "assistant" : "user", content: `Turn ${i}.` }) as Message,
    );
    const diff = await why(request, next({ messages: [...(request.messages ?? []), ...many] }), on({ conversation: true }));
    expect(diff.at).toBeUndefined();
    expect(diff.readable).toEqual([]);
    expect(diff.reasons).toContainEqual(expect.stringContaining("looks back 20"));
  });

  test("name an automatic breakpoint on a prefill", async () => {
    const prefilled = { ...request, model: "claude-haiku-4-5", prefill: "It" };
    const diff = await why(prefilled, { ...next({}), model: "claude-haiku-4-5", prefill: "It" }, on({ automatic: true }));
    expect(diff.readable).toEqual([]);
    expect(diff.reasons).toContainEqual(expect.stringContaining("is on the prefill"));
  });

  test("name causes outside the requests when the prefix is the same", async () => {
    const diff = await why(request, next({}));
    expect(diff.at).toBeUndefined();
    expect(diff.readable).toEqual(["tools[1]", "system[0]", "messages[2].content[0]"]);
    expect(diff.sameTokens).toBeGreaterThan(4000);
    expect(diff.reasons).toEqual([expect.stringContaining("five minutes")]);
    expect((await why(request, next({}), on({ ttl: "1h" }))).reasons).toEqual([expect.stringContaining("an hour")]);
  });

  test("breakpoints are not part of the prefix", async () => {
    expect((await why(request, next({}), on({ system: true }), all)).at).toBeUndefined();
  });
});
