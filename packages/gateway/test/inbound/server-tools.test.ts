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

  it("names the options that the vendor lacks", async () => {
    const { response } = await sent("messages", { tools: [{ ...ANTHROPIC_SEARCH, max_uses: 2 }] }, GPT);
    expect(notesOf(response)).toContain("which has no maxUses");
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
