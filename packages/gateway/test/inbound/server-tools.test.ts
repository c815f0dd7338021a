/** Tools that a vendor runs, from a client of one protocol to a vendor of another. */
import type { ChatResponse } from "@lumiverse/core";
import type { JsonObject } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { answers, asksForStream, startTarget, type Target } from "./vendors.ts";

const CLAUDE: Target = { protocol: "messages" };
const GPT: Target = { protocol: "responses", model: "gpt-5.4" };
const GEMINI: Target = { protocol: "generate-content" };
const GEMINI_3: Target = { protocol: "generate-content", model: "gemini-3-pro-preview" };
const GROQ: Target = { protocol: "chat-completions" };
const ROUTER: Target = { protocol: "chat-completions", provider: "openrouter", model: "z-ai/glm-5" };
const GROK: Target = { protocol: "responses", provider: "xai", model: "grok-4.3", settings: {} };

async function sent(client: InboundProtocolId, fields: JsonObject, target: Target): Promise<{ body: JsonObject; response: ChatResponse }> {
  const vendor = await startTarget(target, (body, url) => ({ body: answers[target.protocol]({ text: "Aye." }, asksForStream(body, url)) }));
  const content: Record<InboundProtocolId, JsonObject> = {
    "chat-completions": { model: "m", messages: [{ role: "user", content: "Hi" }] },
    responses: { model: "m", input: "Hi" },
    messages: { model: "m", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
    "generate-content": { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
  };
  const { request } = inboundProtocols[client].parse({ body: { ...content[client], ...fields }, headers: new Headers(), model: "m" });
  const response = await vendor.connection.generate({ ...request, model: vendor.model });
  return { body: vendor.received[0] ?? {}, response };
}

const notesOf = ({ notes }: ChatResponse): string => notes.map(({ kind, message }) => `${kind}: ${message}`).join("\n");

const ANTHROPIC_SEARCH = { type: "web_search_20250305", name: "web_search" };
const FUNCTIONS: Record<InboundProtocolId, JsonObject> = {
  "chat-completions": { type: "function", function: { name: "look", parameters: { type: "object", properties: {} } } },
  responses: { type: "function", name: "look", parameters: { type: "object", properties: {} } },
  messages: { name: "look", input_schema: { type: "object", properties: {} } },
  "generate-content": { functionDeclarations: [{ name: "look" }] },
};

describe("a tool that the client's vendor would run", () => {
  const mapped: [string, InboundProtocolId, JsonObject, Target, JsonObject][] = [
    ["Anthropic's search at OpenAI", "messages", { ...ANTHROPIC_SEARCH }, GPT, { type: "web_search" }],
    ["Anthropic's search at Google", "messages", { ...ANTHROPIC_SEARCH }, GEMINI, { googleSearch: {} }],
    ["Anthropic's search at xAI", "messages", { ...ANTHROPIC_SEARCH }, GROK, { type: "web_search" }],
    [
      "Anthropic's search at OpenRouter, with its limits",
      "messages",
      { ...ANTHROPIC_SEARCH, max_uses: 3, blocked_domains: ["b.example"], user_location: { type: "approximate", city: "Vik" } },
      ROUTER,
      {
        type: "openrouter:web_search",
        parameters: { excluded_domains: ["b.example"], max_uses: 3, user_location: { type: "approximate", city: "Vik" } },
      },
    ],
    [
      "Anthropic's search for some domains at OpenAI",
      "messages",
      { ...ANTHROPIC_SEARCH, allowed_domains: ["a.example"] },
      GPT,
      { type: "web_search", filters: { allowed_domains: ["a.example"] } },
    ],
    ["OpenAI's search at Anthropic", "responses", { type: "web_search" }, CLAUDE, ANTHROPIC_SEARCH],
    [
      "OpenAI's search with all its fields at Anthropic",
      "responses",
      {
        type: "web_search_preview",
        search_context_size: "low",
        user_location: { type: "approximate", country: "NO", timezone: null },
        filters: { allowed_domains: ["a.example"] },
      },
      CLAUDE,
      { ...ANTHROPIC_SEARCH, allowed_domains: ["a.example"], user_location: { type: "approximate", country: "NO" } },
    ],
    ["OpenAI's search at Google", "responses", { type: "web_search", external_web_access: true }, GEMINI, { googleSearch: {} }],
    ["Google's search at Anthropic", "generate-content", { googleSearch: {} }, CLAUDE, ANTHROPIC_SEARCH],
    ["Google's search in snake case at OpenAI", "generate-content", { google_search: {} }, GPT, { type: "web_search" }],
    ["OpenRouter's search at Anthropic", "chat-completions", { type: "openrouter:web_search" }, CLAUDE, ANTHROPIC_SEARCH],
    [
      "Google's URL context at Anthropic",
      "generate-content",
      { urlContext: {} },
      CLAUDE,
      { type: "web_fetch_20250910", name: "web_fetch" },
    ],
    ["Anthropic's fetch at Google", "messages", { type: "web_fetch_20250910", name: "web_fetch" }, GEMINI, { urlContext: {} }],
    [
      "Anthropic's code execution at OpenAI",
      "messages",
      { type: "code_execution_20250825", name: "code_execution" },
      GPT,
      { type: "code_interpreter", container: { type: "auto" } },
    ],
    [
      "OpenAI's interpreter at Google",
      "responses",
      { type: "code_interpreter", container: { type: "auto" } },
      GEMINI,
      { codeExecution: {} },
    ],
    [
      "OpenAI's interpreter with the default memory at Google",
      "responses",
      { type: "code_interpreter", container: { type: "auto", memory_limit: "1g" } },
      GEMINI,
      { codeExecution: {} },
    ],
    [
      "OpenRouter's search near a place, in OpenAI's spelling, at Anthropic",
      "chat-completions",
      { type: "openrouter:web_search", parameters: { user_location: { type: "approximate", approximate: { country: "NO" } } } },
      CLAUDE,
      { ...ANTHROPIC_SEARCH, user_location: { type: "approximate", country: "NO" } },
    ],
    [
      "Anthropic's search with defaults that are stated, at OpenAI",
      "messages",
      { ...ANTHROPIC_SEARCH, defer_loading: false, allowed_callers: ["direct"] },
      GPT,
      { type: "web_search" },
    ],
  ];
  it.each(mapped)("becomes the vendor's own that does the same: %s", async (_, client, tool, target, expected) => {
    const { body, response } = await sent(client, { tools: [tool] }, target);
    expect(body["tools"]).toEqual([expected]);
    expect(notesOf(response)).toMatch(/^changed: The tool \S+ was replaced by the vendor's own/m);
    expect(response.text).toBe("Aye.");
  });

  const removed: [string, InboundProtocolId, JsonObject, Target][] = [
    ["a vendor without a search", "messages", { ...ANTHROPIC_SEARCH }, GROQ],
    [
      "a search limited to domains, at a vendor that searches everywhere",
      "messages",
      { ...ANTHROPIC_SEARCH, allowed_domains: ["a"] },
      GEMINI,
    ],
    [
      "a search without some domains, at a vendor that cannot leave them out",
      "messages",
      { ...ANTHROPIC_SEARCH, blocked_domains: ["a"] },
      GPT,
    ],
    ["a search that goes by an index", "responses", { type: "web_search", external_web_access: false }, CLAUDE],
    ["a search with a field of a later day", "messages", { ...ANTHROPIC_SEARCH, only_poems: true }, GPT],
    ["code in a container of the client", "responses", { type: "code_interpreter", container: "cntr_1" }, CLAUDE],
    ["code with more memory", "responses", { type: "code_interpreter", container: { type: "auto", memory_limit: "4g" } }, GEMINI],
    ["a search that is found first", "messages", { ...ANTHROPIC_SEARCH, defer_loading: true }, GPT],
    ["a search that code calls", "messages", { ...ANTHROPIC_SEARCH, allowed_callers: ["code_execution_20250825"] }, GPT],
    ["code beside files of the client", "responses", { type: "code_interpreter", container: { type: "auto", file_ids: ["f"] } }, GEMINI],
    ["code where the vendor's feature is not sent to other hosts", "generate-content", { codeExecution: {} }, CLAUDE],
    ["a fetch where the vendor has none", "messages", { type: "web_fetch_20250910", name: "web_fetch" }, GPT],
    ["a search of files", "responses", { type: "file_search", vector_store_ids: ["vs_1"] }, CLAUDE],
    ["maps", "generate-content", { googleMaps: {} }, GPT],
    ["a search at a model that has none", "messages", { ...ANTHROPIC_SEARCH }, { ...GPT, model: "gpt-4.1-nano" }],
    ["a search at an unknown model", "messages", { ...ANTHROPIC_SEARCH }, { ...GPT, model: "own-deployment" }],
    ["something without a type", "generate-content", { "": {} }, GPT],
  ];
  it.each(removed)("is left out, with a note that names it: %s", async (_, client, tool, target) => {
    const name = String(tool["type"] ?? Object.keys(tool)[0]);
    for (const others of [[], [FUNCTIONS[client]]]) {
      const { body, response } = await sent(client, { tools: [tool, ...others] }, target);
      expect(JSON.stringify(body)).not.toMatch(/web_search|web_fetch|googleSearch|code_interpreter|code_execution|file_search|googleMaps/);
      expect("tools" in body).toBe(others.length > 0);
      expect(notesOf(response)).toContain(`dropped: The tool ${name} was dropped`);
    }
  });

  it("is left out at models of Google that accept none beside functions, and sent by those that do", async () => {
    const fields = { tools: [{ ...ANTHROPIC_SEARCH }, FUNCTIONS["messages"]] };
    const old = await sent("messages", fields, GEMINI);
    expect(old.body["tools"]).toMatchObject([{ functionDeclarations: [{ name: "look" }] }]);
    expect(old.body["tools"]).toHaveLength(1);
    expect(notesOf(old.response)).toContain("dropped: The tool web_search_20250305");
    const { body } = await sent("messages", fields, GEMINI_3);
    expect(body["tools"]).toMatchObject([{ functionDeclarations: [{ name: "look" }] }, { googleSearch: {} }]);
  });

  it("is declared once where the client declared two that are the same", async () => {
    const { body } = await sent("responses", { tools: [{ type: "web_search" }, { type: "web_search_preview" }] }, CLAUDE);
    expect(body["tools"]).toEqual([ANTHROPIC_SEARCH]);
  });

  it("names the options that the vendor lacks, and no others", async () => {
    for (const target of [GEMINI, GROK]) {
      const { response } = await sent("messages", { tools: [{ ...ANTHROPIC_SEARCH, max_uses: 2 }] }, target);
      expect(notesOf(response)).toContain("the vendor's own for the same, which has no maxUses.");
    }
  });

  it("keeps its number of uses where the vendor counts them for the whole request", async () => {
    const search = { ...ANTHROPIC_SEARCH, max_uses: 2 };
    const one = await sent("messages", { tools: [search, FUNCTIONS["messages"]] }, GPT);
    expect(one.body["max_tool_calls"]).toBe(2);
    expect(notesOf(one.response)).not.toContain("maxUses");
    const two = await sent("messages", { tools: [search, { type: "code_execution_20250825", name: "code_execution" }] }, GPT);
    expect(two.body).not.toHaveProperty("max_tool_calls");
    expect(notesOf(two.response)).toContain("which has no maxUses");
    // The vendor has no tool that fetches, and two spellings of the search are one.
    for (const other of [
      { type: "web_fetch_20250910", name: "web_fetch" },
      { ...search, type: "web_search_20260209" },
    ]) {
      const { body } = await sent("messages", { tools: [search, other] }, GPT);
      expect(body["tools"]).toHaveLength(1);
      expect(body["max_tool_calls"]).toBe(2);
    }
  });

  it("is declared once: a second one with other limits is left out, with a note", async () => {
    const tools = [{ type: "web_search", filters: { allowed_domains: ["a.example"] } }, { type: "web_search_preview" }];
    const { body, response } = await sent("responses", { tools }, CLAUDE);
    expect(body["tools"]).toEqual([{ ...ANTHROPIC_SEARCH, allowed_domains: ["a.example"] }]);
    expect(notesOf(response)).toContain("dropped: The tool web_search_preview was dropped");
  });

  const LIMITED: readonly (readonly [InboundProtocolId, (limit: JsonObject) => JsonObject])[] = [
    ["messages", (limit) => ({ ...ANTHROPIC_SEARCH, ...limit })],
    ["messages", (limit) => ({ type: "web_fetch_20250910", name: "web_fetch", ...limit })],
    ["messages", (limit) => ({ type: "code_execution_20250825", name: "code_execution", ...limit })],
    ["responses", (limit) => ({ type: "web_search", ...limit })],
    ["responses", (limit) => ({ type: "web_search", filters: limit })],
    ["responses", (limit) => ({ type: "code_interpreter", container: { type: "auto", ...limit } })],
    ["chat-completions", (limit) => ({ type: "openrouter:web_search", parameters: limit })],
    ["chat-completions", (limit) => ({ type: "openrouter:web_fetch", parameters: limit })],
    ["generate-content", (limit) => ({ googleSearch: limit })],
    ["generate-content", (limit) => ({ urlContext: limit })],
    ["generate-content", (limit) => ({ codeExecution: limit })],
  ];
  const UNREADABLE: readonly JsonObject[] = [
    ...["a.example", 7, true, { 0: "a.example" }, ["a.example", 7], [""], [null]].flatMap((list) => [
      { allowed_domains: list },
      { blocked_domains: list },
      { excluded_domains: list },
    ]),
    ...["2", 0, -1, 1.5, true, [2]].map((uses) => ({ max_uses: uses })),
    ...["100", 0, true].map((tokens) => ({ max_content_tokens: tokens })),
    ...["Vik", 7, ["Vik"], { city: 7 }, { city: "Vik", region: {} }, { type: "exact", city: "Vik" }, { latitude: 1 }].map((place) => ({
      user_location: place,
    })),
    ...["huge", 3, ["low"]].map((size) => ({ search_context_size: size })),
    ...["false", 0, false].map((live) => ({ external_web_access: live })),
    ...["a", ["a"], { forbidden: ["a"] }].map((filters) => ({ filters })),
    ...[{ enabled: "yes" }, "yes", { style: 1 }].map((citations) => ({ citations })),
    ...[{ type: "disabled" }, "none"].map((policy) => ({ network_policy: policy })),
    { of_a_later_day: 1 },
    JSON.parse('{ "__proto__": { "allowed_domains": ["a.example"] } }') as JsonObject, // an object
  ];

  it.each(LIMITED)("is never sent without a limit that has another form: %s %#", async (client, tool) => {
    for (const target of [CLAUDE, GPT, GEMINI_3, ROUTER, GROK].filter(({ protocol }) => protocol !== client)) {
      const without = await sent(client, { tools: [tool({})] }, target);
      for (const limit of "tools" in without.body ? UNREADABLE : []) {
        const { body, response } = await sent(client, { tools: [tool(limit)] }, target);
        expect.soft(body["tools"], JSON.stringify(limit)).toBeUndefined();
        expect
          .soft(notesOf(response), JSON.stringify(limit))
          .toMatch(/dropped: The tool \S+ was dropped: its field "\S+" cannot be carried over/);
      }
    }
  });

  it.each([
    ["an empty list of allowed domains", "messages", { ...ANTHROPIC_SEARCH, allowed_domains: [] }, GPT],
    ["an empty list of allowed domains", "responses", { type: "web_search", filters: { allowed_domains: [] } }, CLAUDE],
    [
      "an empty list of allowed domains",
      "chat-completions",
      { type: "openrouter:web_search", parameters: { allowed_domains: [] } },
      CLAUDE,
    ],
    ["limits that are no object", "responses", { type: "web_search", filters: [] }, CLAUDE],
    ["limits that are no object", "chat-completions", { type: "openrouter:web_search", parameters: "none" }, CLAUDE],
    ["limits that are no object", "generate-content", { googleSearch: "none" }, CLAUDE],
    ["a place that is no object", "messages", { ...ANTHROPIC_SEARCH, user_location: [] }, GPT],
    ["domains with a path", "messages", { ...ANTHROPIC_SEARCH, allowed_domains: ["a.example/blog"] }, GPT],
    ["domains with a path", "messages", { ...ANTHROPIC_SEARCH, blocked_domains: ["a.example/*"] }, GROK],
    [
      "more domains than the vendor accepts",
      "messages",
      { ...ANTHROPIC_SEARCH, allowed_domains: Array.from({ length: 101 }, (_, n) => `${n}.example`) },
      GPT,
    ],
  ] as const)("is never sent without its limits: %s from %s", async (_, client, tool, target) => {
    const { body, response } = await sent(client, { tools: [tool] }, target);
    expect(body["tools"]).toBeUndefined();
    expect(notesOf(response)).toMatch(/dropped: The tool \S+ was dropped/);
  });

  it("keeps limits that say nothing from changing it", async () => {
    const tool = {
      ...ANTHROPIC_SEARCH,
      allowed_domains: null,
      blocked_domains: [],
      max_uses: null,
      user_location: { type: "approximate" },
    };
    const { body } = await sent("messages", { tools: [tool] }, GPT);
    expect(body["tools"]).toEqual([{ type: "web_search" }]);
  });

  it("is one of a hundred at most: very many cost no more, and the rest is dropped with one note", async () => {
    const tools = Array.from({ length: 20_000 }, (_, n) => ({ ...ANTHROPIC_SEARCH, max_uses: n + 1 }));
    for (const target of [GPT, GEMINI]) {
      const { body, response } = await sent("messages", { tools }, target);
      expect(body["tools"]).toHaveLength(1);
      expect(notesOf(response)).toContain("Of 20000 tools that a vendor runs, those after the first 100 were dropped.");
      expect(response.notes.length).toBeLessThan(200);
    }
  });

  it("of a fetch keeps its limits at OpenRouter", async () => {
    const limits = { allowed_domains: ["a.example"], max_uses: 2, max_content_tokens: 500 };
    const tool = { type: "web_fetch_20250910", name: "web_fetch", citations: { enabled: true }, ...limits };
    const { body } = await sent("messages", { tools: [tool] }, ROUTER);
    expect(body["tools"]).toEqual([{ type: "openrouter:web_fetch", parameters: limits }]);
  });
});

describe("a choice of a tool that the client's vendor would run", () => {
  const forced = (type: string): JsonObject => ({ tool_choice: { type: "tool", name: type } });
  const search = [{ ...ANTHROPIC_SEARCH }];

  it("is sent where the vendor can be made to use its own", async () => {
    const { body } = await sent("messages", { tools: search, ...forced("web_search") }, GPT);
    expect(body).toMatchObject({ tools: [{ type: "web_search" }], tool_choice: "required" });
    const back = await sent("responses", { tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }, CLAUDE);
    expect(back.body).toMatchObject({ tools: [ANTHROPIC_SEARCH], tool_choice: { type: "any" } });
    const required = await sent("messages", { tools: search, tool_choice: { type: "any" } }, GPT);
    expect(required.body).toMatchObject({ tool_choice: "required" });
  });

  it("is sent also where it names the second of two tools that are the same there", async () => {
    const tools = [{ type: "web_search" }, { type: "web_search_preview" }];
    const { body } = await sent("responses", { tools, tool_choice: { type: "web_search_preview" } }, CLAUDE);
    expect(body).toMatchObject({ tools: [ANTHROPIC_SEARCH], tool_choice: { type: "any" } });
  });

  it.each([
    ["the vendor decides itself", GEMINI, search],
    ["the vendor refuses it", GROK, search],
    ["another tool is there", GPT, [...search, FUNCTIONS["messages"]]],
  ])("is left out with a note, and the tool stays, where %s", async (_, target, tools) => {
    const { body, response } = await sent("messages", { tools, ...forced("web_search") }, target);
    expect(body["tools"]).toHaveLength(tools.length);
    expect(body["tool_choice"] ?? body["toolConfig"] ?? "auto").toBe("auto");
    expect(notesOf(response)).toMatch(/dropped: The tool choice was dropped: .* web_search_20250305/);
  });

  it.each([
    ["Messages", "messages", { tools: search, ...forced("web_search") }, GROQ],
    ["Messages with any", "messages", { tools: search, tool_choice: { type: "any" } }, GROQ],
    ["Responses", "responses", { tools: [{ type: "web_search" }], tool_choice: { type: "web_search" } }, GROQ],
    ["Responses with required", "responses", { tools: [{ type: "web_search" }], tool_choice: "required" }, GROQ],
    [
      "generateContent",
      "generate-content",
      { tools: [{ googleSearch: {} }], toolConfig: { functionCallingConfig: { mode: "ANY" } } },
      GROQ,
    ],
  ] as const)("goes with the tool of a client of %s", async (_, client, fields, target) => {
    const { body, response } = await sent(client, fields, target);
    expect(body).not.toHaveProperty("tools");
    expect(body).not.toHaveProperty("tool_choice");
    expect(notesOf(response)).toMatch(/dropped: The tool choice was dropped/);
    expect(response.text).toBe("Aye.");
  });

  it("goes with its tool where functions stay, which the model may call or not", async () => {
    const { body, response } = await sent("messages", { tools: [...search, FUNCTIONS["messages"]], ...forced("web_search") }, GROQ);
    expect(body["tools"]).toHaveLength(1);
    expect(body).not.toHaveProperty("tool_choice");
    expect(notesOf(response)).toContain("with the tool web_search_20250305, which it asks for");
  });

  it("of a function stays, whatever happens to other tools", async () => {
    for (const target of [GROQ, GPT]) {
      const { body } = await sent("messages", { tools: [...search, FUNCTIONS["messages"]], ...forced("look") }, target);
      expect(JSON.stringify(body["tool_choice"])).toContain("look");
    }
  });

  it("that is none, or an empty list of tools, harms nothing", async () => {
    for (const fields of [{ tools: search, tool_choice: { type: "none" } }, { tools: [] }]) {
      const { body, response } = await sent("messages", fields, GROQ);
      expect(body).not.toHaveProperty("tools");
      expect(response.text).toBe("Aye.");
    }
  });
});
