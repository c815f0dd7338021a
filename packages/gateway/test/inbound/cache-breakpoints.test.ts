/** Cache breakpoints of a client stay where they are at a vendor of another protocol that has them. */
import type { Note, Part } from "@lumiverse/core";
import type { JsonObject, TranslationTarget } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { withBreakpoints } from "../../src/inbound/shared/breakpoints.ts";
import { markerOfParts } from "../../src/inbound/shared/cache-marks.ts";
import { answers, startTarget, startVendorForTest, type Target } from "./vendors.ts";

const M = { cache_control: { type: "ephemeral" } };
const HOUR = { cache_control: { type: "ephemeral", ttl: "1h" } };
const SCHEMA = { type: "object", properties: {} };

const CLAUDE: Target = { protocol: "messages" };
const ROUTER: Target = { protocol: "chat-completions", provider: "openrouter", model: "anthropic/claude-sonnet-4.5" };
const GPT: Target = { protocol: "responses", model: "gpt-5.6" };

async function sent(client: InboundProtocolId, body: JsonObject, target: Target): Promise<{ body: JsonObject; notes: readonly Note[] }> {
  const answer = { body: answers[target.protocol]({ text: "Aye." }, false) };
  const vendor = await startTarget(target, () => answer);
  const { request } = inboundProtocols[client].parse({ body, headers: new Headers() });
  const { notes } = await vendor.connection.generate({ ...request, model: vendor.model });
  return { body: vendor.received[0] ?? {}, notes };
}

/** Where a body has breakpoints: the path of each. */
function breakpoints(body: unknown, path = ""): string[] {
  if (typeof body !== "object" || body === null) return [];
  const own = "cache_control" in body || "prompt_cache_breakpoint" in body ? [path] : [];
  return [...own, ...Object.entries(body).flatMap(([key, value]) => breakpoints(value, path === "" ? key : `${path}.${key}`))];
}

const SYSTEM = [
  { type: "text", text: "Fixed." },
  { type: "text", text: "Also fixed.", ...HOUR },
  { type: "text", text: "Of today." },
];
const USER = [
  { type: "text", text: "One" },
  { type: "text", text: "Two", ...M },
  { type: "text", text: "Three" },
];

const CHAT: JsonObject = {
  model: "m",
  tools: [
    { type: "function", function: { name: "a", parameters: SCHEMA } },
    { type: "function", function: { name: "b", parameters: SCHEMA }, ...HOUR },
    { type: "function", function: { name: "c", parameters: SCHEMA } },
  ],
  messages: [
    {
      role: "system",
      content: SYSTEM,
    },
    {
      role: "user",
      content: USER,
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "c1", type: "function", function: { name: "a", arguments: "{}" } },
        { id: "c2", type: "function", function: { name: "b", arguments: "{}" } },
      ],
    },
    { role: "tool", tool_call_id: "c1", content: "fog" },
    { role: "tool", tool_call_id: "c2", content: [{ type: "text", text: "rain", ...M }] },
  ],
};

const MESSAGES: JsonObject = {
  model: "m",
  max_tokens: 100,
  tools: [
    { name: "a", input_schema: SCHEMA },
    { name: "b", input_schema: SCHEMA, ...HOUR },
    { name: "c", input_schema: SCHEMA },
  ],
  system: SYSTEM,
  messages: [
    {
      role: "user",
      content: USER,
    },
    {
      role: "assistant",
      content: [
        { type: "tool_use", id: "c1", name: "a", input: {} },
        { type: "tool_use", id: "c2", name: "b", input: {} },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "c1", content: "fog" },
        { type: "tool_result", tool_use_id: "c2", content: [{ type: "text", text: "rain" }], ...M },
      ],
    },
  ],
};

describe("breakpoints of a client", () => {
  it("of Chat Completions stay in place at Anthropic, with their lifetimes", async () => {
    const { body, notes } = await sent("chat-completions", CHAT, CLAUDE);
    expect(breakpoints(body)).toEqual(["tools.1", "system.1", "messages.0.content.1", "messages.2.content.1"].sort(byPrefix));
    expect(body).toMatchObject({ tools: [{}, HOUR, {}], system: [{}, HOUR, {}] });
    expect(body["messages"]).toMatchObject([{ content: [{}, M, {}] }, {}, { content: [{}, { tool_use_id: "c2", ...M }] }]);
    expect(notes.filter(({ kind }) => kind === "cache")).toEqual([]);
  });

  it("of Messages stay in place at OpenRouter, with their lifetimes", async () => {
    const { body, notes } = await sent("messages", MESSAGES, ROUTER);
    expect(breakpoints(body).sort()).toEqual(["messages.0.content.1", "messages.1.content.1", "messages.4.content.0", "tools.1"]);
    expect(body["messages"]).toMatchObject([
      { role: "system", content: [{ text: "Fixed." }, { text: "Also fixed.", ...HOUR }, { text: "Of today." }] },
      { role: "user", content: [{ text: "One" }, { text: "Two", ...M }, { text: "Three" }] },
      { role: "assistant" },
      { role: "tool", content: [{ text: "fog" }] },
      { role: "tool", content: [{ text: "rain", ...M }] },
    ]);
    expect(notes.filter(({ kind }) => kind === "cache")).toEqual([]);
  });

  it("of Messages stay in place at OpenAI, where tools have none and the system prompt's covers them", async () => {
    const { body } = await sent("messages", MESSAGES, GPT);
    expect(breakpoints(body["input"]).sort()).toEqual(["0.content.1", "1.content.1", "5.output.0"]);
    expect(body["input"]).toMatchObject([
      { role: "developer", content: [{}, { prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } }, {}] },
      {},
      {},
      {},
      {},
      { output: [{ text: "rain", prompt_cache_breakpoint: { mode: "explicit" } }] },
    ]);
    expect(body["prompt_cache_options"]).toEqual({ mode: "explicit" });
    expect(body["instructions"]).toBeUndefined();
  });

  it("of OpenAI's clients stay in place at Anthropic", async () => {
    const breakpoint = { prompt_cache_breakpoint: { mode: "explicit", ttl: "12h" } };
    const input = [
      { role: "developer", content: [{ type: "input_text", text: "Fixed.", ...breakpoint }] },
      { role: "user", content: [{ type: "input_text", text: "Hi", prompt_cache_breakpoint: { mode: "explicit" } }] },
    ];
    const { body } = await sent("responses", { model: "m", input }, CLAUDE);
    expect(body).toMatchObject({ system: [HOUR], messages: [{ content: [M] }] });
  });

  it("at a whole message of Chat Completions, as some gateways take them, are at the end of the message", async () => {
    const messages = [
      { role: "system", content: "Fixed.", ...M },
      { role: "user", content: "Look", ...M },
      {
        role: "assistant",
        content: "I look.",
        tool_calls: [{ id: "c1", type: "function", function: { name: "a", arguments: "{}" } }],
        ...M,
      },
      { role: "tool", tool_call_id: "c1", content: "fog", ...M },
    ];
    const { body } = await sent("chat-completions", { model: "m", messages }, CLAUDE);
    expect(body["system"]).toEqual([{ type: "text", text: "Fixed.", ...M }]);
    expect(body["messages"]).toMatchObject([
      { content: [{ text: "Look", ...M }] },
      { content: [{ text: "I look." }, { type: "tool_use", ...M }] },
      { content: [{ type: "tool_result", ...M }] },
    ]);
    const { request } = inboundProtocols["chat-completions"].parse({ body: { model: "m", messages }, headers: new Headers() });
    const own = await startVendorForTest("chat-completions", () => ({ body: answers["chat-completions"]({ text: "Aye." }, false) }));
    await own.connection.generate({ ...request, model: own.model });
    expect(own.received[0]?.["messages"]).toEqual(messages);
  });

  it.each([
    ["Anthropic", CLAUDE, { promptCache: { enabled: true, automatic: true, system: true, conversation: true, tools: true } }],
    ["OpenRouter", ROUTER, { promptCache: { enabled: true, automatic: true, system: true, conversation: true, tools: true } }],
    ["OpenAI", GPT, { promptCache: { mode: "implicit", system: true, conversation: true } }],
  ])("get no others from the settings of a connection at %s", async (_, target, settings) => {
    const client = target === CLAUDE ? "chat-completions" : "messages";
    const content = [
      { type: "text", text: "Before", ...M },
      { type: "text", text: "after" },
    ];
    const body = { model: "m", max_tokens: 10, messages: [{ role: "user", content }] };
    const { body: upstream } = await sent(client, body, { ...target, settings });
    expect(breakpoints(upstream)).toEqual([target === GPT ? "input.0.content.0" : "messages.0.content.0"]);
  });

  it.each([
    ["Anthropic", "chat-completions", CLAUDE],
    ["OpenRouter", "messages", ROUTER],
    ["OpenAI", "messages", GPT],
  ] as const)("are never more than four at %s: the last ones are sent, with a note", async (_, client, target) => {
    const content = ["a", "b", "c", "d", "e", "f"].map((text) => ({ type: "text", text, ...M }));
    const { body, notes } = await sent(client, { model: "m", max_tokens: 10, messages: [{ role: "user", content }] }, target);
    const path = target === GPT ? "input.0.content" : "messages.0.content";
    expect(breakpoints(body)).toEqual([2, 3, 4, 5].map((n) => `${path}.${n}`));
    expect(notes.map(({ message }) => message).join()).toMatch(/Of 6 breakpoints, the last 4 were sent/);
  });

  it.each([
    ["Anthropic", "chat-completions", CLAUDE],
    ["OpenRouter", "messages", ROUTER],
  ] as const)("of an hour after one of five minutes, which %s refuses, lasts five minutes, with a note", async (_, client, target) => {
    const content = [
      { type: "text", text: "a", ...M },
      { type: "text", text: "b", ...HOUR },
    ];
    const { body, notes } = await sent(client, { model: "m", max_tokens: 10, messages: [{ role: "user", content }] }, target);
    expect(body["messages"]).toMatchObject([{ content: [M, M] }]);
    expect(JSON.stringify(body)).not.toContain("1h");
    expect(notes.some(({ kind }) => kind === "cache")).toBe(true);
  });

  it.each([
    ["chat-completions", { protocol: "chat-completions" }],
    ["responses", { protocol: "responses" }],
    ["generate-content", { protocol: "generate-content" }],
    ["a model of OpenRouter without them", { ...ROUTER, model: "deepseek/deepseek-v3.2" }],
  ] as const)("are left out with a note where the vendor has none: %s", async (_, target) => {
    const { body, notes } = await sent("messages", MESSAGES, target);
    expect(JSON.stringify(body)).not.toMatch(/cache_control|prompt_cache|cacheBreakpoint/);
    expect(notes.filter(({ kind }) => kind === "cache")).toHaveLength(1);
    expect(JSON.stringify(body)).toContain("Of today.");
  });

  it("at content that the target cannot mark are left out, and the rest of the request is sent", async () => {
    const messages = [
      { role: "user", content: "Look" },
      { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "a", input: {}, ...M }] },
      { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "" }] },
      { role: "user", content: [{ type: "text", text: "", ...M }] },
    ];
    const { body: router, notes } = await sent("messages", { model: "m", max_tokens: 10, messages }, ROUTER);
    expect(breakpoints(router)).toEqual([]);
    expect(notes.some(({ kind, message }) => kind === "cache" && message.includes("left out"))).toBe(true);
    const { body: gpt } = await sent("messages", { model: "m", max_tokens: 10, messages }, GPT);
    expect(breakpoints(gpt)).toEqual([]);
    // Without a breakpoint, the mode `explicit` would switch the vendor's own caching off.
    expect(gpt["prompt_cache_options"]).toBeUndefined();
  });

  it("at tools that OpenAI cannot mark are left out with a note where no system prompt takes them", async () => {
    const tools = [{ name: "a", input_schema: SCHEMA, ...M }];
    const messages = [{ role: "user", content: "Look" }];
    const noted = ({ notes }: { notes: readonly Note[] }): string[] =>
      notes.flatMap(({ kind, message }) => (kind === "cache" ? [message] : []));
    const chat: Target = { protocol: "chat-completions", provider: "openai", model: "gpt-5.6", settings: { api: "chat-completions" } };
    for (const [target, thinking] of [
      [GPT, {}],
      [chat, { thinking: { type: "disabled" } }],
    ] as const) {
      const without = await sent("messages", { model: "m", max_tokens: 10, ...thinking, tools, messages }, target);
      expect(breakpoints(without.body)).toEqual([]);
      expect(noted(without)).toEqual([expect.stringContaining("left out, because the vendor accepts none at their places")]);
      const withSystem = await sent("messages", { model: "m", max_tokens: 10, ...thinking, tools, messages, system: "Fixed." }, target);
      expect(breakpoints(withSystem.body)).toHaveLength(1);
      expect(noted(withSystem)).toEqual([]);
    }
  });

  it.each([
    [2, 1, "Of 2 breakpoints, the last one was sent: the model uses no more.", undefined],
    [1, 0, "The breakpoint at a block was left out: the model uses one breakpoint alone, and the request has it at its top.", M],
    [2, 0, "The 2 breakpoints at blocks were left out: the model uses one breakpoint alone, and the request has it at its top.", M],
  ])("that Gemini does not use are left out with a note: %i with %i kept", (count, kept, note, top) => {
    const content = Array.from({ length: count }, () => ({ type: "text", text: "Look", ...M }));
    const body = { model: "m", messages: [{ role: "user", content }], ...top };
    const { request } = inboundProtocols.messages.parse({ body: { ...body, max_tokens: 9 }, headers: new Headers() });
    const target: TranslationTarget = {
      protocol: "chat-completions",
      capabilities: { "cache.explicit": true },
      policy: { unsupported: "refuse" },
    };
    const notes: Note[] = [];
    const named = { ...request, model: "google/gemini-2.5-pro" };
    withBreakpoints(named, named, target, notes);
    target.breakpoints?.finish({ request: { body }, notes });
    expect(notes.map(({ message }) => message)).toEqual([note]);
    expect(content.filter((block) => "cache_control" in block)).toHaveLength(kept);
  });

  it("at tools that vendors run stay where they become another vendor's, and are left out with a note where they are", async () => {
    const search = { type: "web_search_20250305", name: "web_search", ...M };
    const body = { model: "m", max_tokens: 10, messages: [{ role: "user", content: "Hi" }] };
    const router = await sent("messages", { ...body, tools: [search] }, ROUTER);
    expect(breakpoints(router.body)).toEqual(["tools.0"]);
    const fromRouter = { model: "m", messages: body.messages, tools: [{ type: "openrouter:web_search", ...M }] };
    expect(breakpoints((await sent("chat-completions", fromRouter, CLAUDE)).body)).toEqual(["tools.0"]);
    const own = { type: "memory_20250818", name: "memory", ...M };
    const block = { type: "web_search_tool_result", tool_use_id: "s1", content: [], ...M };
    for (const more of [{ tools: [own] }, { messages: [...body.messages, { role: "assistant", content: [block] }, ...body.messages] }]) {
      const { body: upstream, notes } = await sent("messages", { ...body, ...more }, ROUTER);
      expect(breakpoints(upstream)).toEqual([]);
      expect(notes.flatMap(({ kind, message }) => (kind === "cache" ? [message] : []))).toEqual([expect.stringContaining("left out")]);
    }
  });

  it("of Messages stay in place at OpenAI's Chat Completions, too", async () => {
    const content = [
      { type: "text", text: "Before", ...HOUR },
      { type: "text", text: "after" },
    ];
    const target: Target = { protocol: "chat-completions", provider: "openai", model: "gpt-5.6", settings: { api: "chat-completions" } };
    const { body } = await sent("messages", { model: "m", max_tokens: 10, messages: [{ role: "user", content }] }, target);
    const marked = { type: "text", text: "Before", prompt_cache_breakpoint: { mode: "explicit" } };
    expect(body["messages"]).toEqual([{ role: "user", content: [marked, { type: "text", text: "after" }] }]);
  });

  it("at the top of the body stay there, or at the last block of a host that accepts them at blocks alone", async () => {
    const body = { model: "m", max_tokens: 10, messages: [{ role: "user", content: "Hi" }], ...M };
    expect((await sent("messages", body, ROUTER)).body).toMatchObject(M);
    expect((await sent("chat-completions", body, CLAUDE)).body).toMatchObject({ messages: [{ content: [M] }] });
  });
});

/** Fields of a body in the order in which the provider renders them. */
function byPrefix(a: string, b: string): number {
  const order = ["system", "messages", "tools"];
  return order.findIndex((name) => a.startsWith(name)) - order.findIndex((name) => b.startsWith(name));
}

it("each part is looked at once, also where none can have a breakpoint", () => {
  let looks = 0;
  const parts: Part[] = [];
  const marker = markerOfParts(parts);
  for (let n = 0; n < 1000; n++) {
    const part: Part = {
      get type(): "reasoning" {
        looks++;
        return "reasoning";
      },
      text: "",
    };
    parts.push(part);
    marker.mark(M);
  }
  expect(looks).toBeLessThan(5000);
});
