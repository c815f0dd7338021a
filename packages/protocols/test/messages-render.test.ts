import type { ChatRequest, Message, Replay } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { claude } from "../src/families/index.ts";
import { explained, origin } from "./messages-given.ts";

const hi: Message = { role: "user", content: "Hi" };
const replay = (data: unknown, model = origin.model): Replay => ({ origin: { ...origin, model }, data });
const add = { name: "add", parameters: { type: "object", properties: { a: { type: "number" } }, required: ["a"] } };
const thought = { type: "thinking", thinking: "hm", signature: "sig" };

describe("messages", () => {
  test("leading system messages become the system prompt, roles alternate, and blank text is left out", async () => {
    const { body, notes } = await explained({
      messages: [
        { role: "system", content: "Be brief." },
        { role: "system", content: [{ type: "text", text: "Be kind." }] },
        hi,
        {
          role: "user",
          content: [
            { type: "text", text: " \n" },
            { type: "text", text: "there" },
          ],
        },
      ],
    });
    expect(body["system"]).toEqual([
      { type: "text", text: "Be brief." },
      { type: "text", text: "Be kind." },
    ]);
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "Hi" },
          { type: "text", text: "there" },
        ],
      },
    ]);
    expect(notes).toEqual([]);
  });

  test("a conversation that begins with the assistant gets a user turn first, with a note", async () => {
    const { body, notes } = await explained({ messages: [{ role: "assistant", content: "Welcome." }, hi] });
    expect(body["messages"]).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user" }]);
    expect(notes).toMatchObject([{ kind: "changed" }]);
  });

  test("a later system message stays in place on models that accept it and joins the user turn on others", async () => {
    const messages: Message[] = [hi, { role: "assistant", content: "Yes?" }, hi, { role: "system", content: "Now rhyme." }];
    const now = await explained({ model: "claude-opus-4-8", messages });
    expect(now.body["messages"]).toMatchObject([{}, {}, {}, { role: "system", content: [{ text: "Now rhyme." }] }]);
    const before = await explained({ model: "claude-opus-4-7", messages });
    expect(before.body["messages"]).toMatchObject([{}, {}, { role: "user", content: [{ text: "Hi" }, { text: "Now rhyme." }] }]);
    expect(before.notes).toMatchObject([{ kind: "moved" }]);
    const between = await explained({ model: "claude-opus-4-8", messages: [hi, { role: "system", content: "Now rhyme." }, hi] });
    expect(between.body["messages"]).toMatchObject([{ role: "user", content: [{}, { text: "Now rhyme." }, {}] }]);
  });

  test("media are sent as bytes, URL or uploaded file, and text files as text", async () => {
    const { body, headers } = await explained({
      messages: [
        {
          role: "user",
          content: [
            { type: "image", data: "AA\nAA", mediaType: "image/jpg" },
            { type: "image", url: "https://a.example/b.png" },
            { type: "image", url: "data:image/gif;base64,R0lG" },
            { type: "file", data: "JVBE", mediaType: "application/pdf", filename: "a.pdf" },
            { type: "file", url: "https://a.example/b.pdf" },
            { type: "file", url: "file_abc123" },
            { type: "file", data: btoa("gr\u00fc\u00df dich".normalize("NFC")), mediaType: "text/plain", filename: "a.txt" },
          ],
        },
      ],
    });
    expect(body["messages"]).toEqual([
      {
        role: "user",
        content: [
          { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "AAAA" } },
          { type: "image", source: { type: "url", url: "https://a.example/b.png" } },
          { type: "image", source: { type: "base64", media_type: "image/gif", data: "R0lG" } },
          { type: "document", source: { type: "base64", media_type: "application/pdf", data: "JVBE" }, title: "a.pdf" },
          { type: "document", source: { type: "url", url: "https://a.example/b.pdf" } },
          { type: "document", source: { type: "file", file_id: "file_abc123" } },
          { type: "document", source: { type: "text", media_type: "text/plain", data: expect.stringContaining("dich") }, title: "a.txt" },
        ],
      },
    ]);
    expect(headers["anthropic-beta"]).toBe("files-api-2025-04-14");
  });

  test("media that the protocol cannot carry are refused, or replaced by a line of text", async () => {
    const messages: Message[] = [{ role: "user", content: [{ type: "file", data: "UEsD", mediaType: "application/zip" }] }];
    await expect(explained({ messages })).rejects.toMatchObject({ code: "unsupported" });
    const { body, notes } = await explained({ messages }, {}, { unsupported: "drop" });
    expect(body["messages"]).toMatchObject([{ content: [{ type: "text", text: expect.stringContaining("application/zip") }] }]);
    expect(notes).toMatchObject([{ kind: "dropped" }]);
  });

  test("documents request citations when the setting does, except with structured output", async () => {
    const messages: Message[] = [{ role: "user", content: [{ type: "file", url: "https://a.example/b.pdf" }] }];
    expect((await explained({ messages }, { citations: true })).body["messages"]).toMatchObject([
      { content: [{ citations: { enabled: true } }] },
    ]);
    const both = await explained({ messages, output: { schema: add.parameters } }, { citations: true });
    expect(JSON.stringify(both.body)).not.toContain('"citations"');
    expect(both.notes).toMatchObject([{ kind: "dropped", field: "settings.citations" }]);
  });
});

describe("a tool loop", () => {
  const turn: Message = {
    role: "assistant",
    content: [
      { type: "reasoning", text: "hm", replay: replay(thought) },
      { type: "text", text: "Let me add." },
      { type: "tool-call", id: "a.1", name: "math.add", arguments: '{"a":1}', input: { a: 1 } },
      { type: "tool-call", id: "b", name: "math.add", arguments: "", input: {} },
    ],
  };
  const results: Message[] = [
    {
      role: "tool",
      content: [
        { type: "tool-result", id: "a.1", content: "2" },
        {
          type: "tool-result",
          id: "b",
          content: [
            { type: "text", text: "no" },
            { type: "image", data: "AAAA", mediaType: "image/png" },
          ],
          isError: true,
        },
      ],
    },
    { role: "user", content: "And now?" },
  ];
  const request: Partial<ChatRequest> = { messages: [hi, turn, ...results], tools: [{ ...add, name: "math.add" }] };

  test("is sent back complete and in order, with all results first in one user turn", async () => {
    const { body } = await explained(request);
    const [, assistant, user] = body["messages"] as unknown as { role: string; content: Record<string, unknown>[] }[];
    expect(assistant?.content[0]).toEqual(thought);
    expect(assistant?.content.map((block) => block["type"])).toEqual(["thinking", "text", "tool_use", "tool_use"]);
    const ids = assistant?.content.slice(2).map((block) => block["id"]);
    expect(ids?.[0]).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    expect(user?.content.map((block) => block["tool_use_id"])).toEqual([...(ids ?? []), undefined, undefined, undefined]);
    expect(user?.content).toMatchObject([
      { type: "tool_result", content: [{ type: "text", text: "2" }] },
      { type: "tool_result", is_error: true, content: [{ type: "text" }] },
      { type: "text", text: expect.stringContaining("failed") },
      { type: "image" },
      { type: "text", text: "And now?" },
    ]);
    expect(user?.content[0]).not.toHaveProperty("is_error");
    expect(assistant?.content[2]).toMatchObject({ name: "math_add", input: { a: 1 } });
    expect(body["tools"]).toMatchObject([{ name: "math_add" }]);
  });

  test("has the same ids in every request", async () => {
    expect((await explained(request)).body["messages"]).toEqual((await explained(request)).body["messages"]);
  });

  test("is sent back byte for byte after a trip through JSON", async () => {
    const copy = JSON.parse(JSON.stringify(request)) as Partial<ChatRequest>;
    expect(JSON.stringify((await explained(copy)).body)).toBe(JSON.stringify((await explained(request)).body));
  });

  test("is sent without another model's thinking and without a thinking budget", async () => {
    const foreign: Message = {
      ...turn,
      content: [{ type: "reasoning", text: "hm", replay: replay(thought, "claude-opus-5") }, ...turn.content.slice(1)],
    } as Message;
    const { body, notes } = await explained({
      ...request,
      model: "claude-opus-4-5",
      messages: [hi, foreign, results[0] as Message],
      reasoning: { budgetTokens: 2048 },
    });
    expect(JSON.stringify(body)).not.toContain("sig");
    expect(body).not.toHaveProperty("thinking");
    expect(notes.map((note) => note.kind)).toEqual(["foreign", "changed", "moved", "dropped"]);
  });

  test("declares the tools of the history even when none may be called", async () => {
    const { body } = await explained({ ...request, tools: [] });
    expect(body["tools"]).toMatchObject([{ name: "math_add", input_schema: { type: "object" } }]);
    expect(body["tool_choice"]).toEqual({ type: "none" });
  });

  test("sends a paused turn back unchanged, with nothing after it", async () => {
    const server = { type: "server_tool_use", id: "srv_1", name: "web_search", input: { query: "x" } };
    const paused: Message = {
      role: "assistant",
      content: [{ type: "opaque", kind: "server_tool_use", replay: replay(server) }],
      replay: replay({ container: { id: "cont_1" } }),
    };
    const { body } = await explained({ messages: [hi, paused] });
    expect(body["messages"]).toMatchObject([{ role: "user" }, { role: "assistant", content: [server] }]);
    expect(body["container"]).toBe("cont_1");
  });

  test("sends text back with its citations", async () => {
    const citations = [{ type: "char_location", cited_text: "x" }];
    const { body } = await explained({
      messages: [hi, { role: "assistant", content: [{ type: "text", text: "x", replay: replay({ citations }) }] }, hi],
    });
    expect(body["messages"]).toMatchObject([{}, { content: [{ type: "text", text: "x", citations }] }, {}]);
  });

  test("sends unsigned thinking back only to hosts that accept it", async () => {
    const unsigned: Message = {
      role: "assistant",
      content: [
        { type: "reasoning", text: "hm" },
        { type: "text", text: "ok" },
      ],
    };
    const local = await explained({ messages: [hi, unsigned, hi] }, {}, { host: { unsignedThinking: "send" } });
    expect(local.body["messages"]).toMatchObject([{}, { content: [{ type: "thinking", thinking: "hm" }, {}] }, {}]);
    const vendor = await explained({ messages: [hi, unsigned, hi] });
    expect(vendor.body["messages"]).toMatchObject([{}, { content: [{ type: "text" }] }, {}]);
    expect(vendor.notes).toMatchObject([{ kind: "dropped" }]);
  });
});

describe("tools", () => {
  test("each tool choice has its type", async () => {
    const choice = async (request: Partial<ChatRequest>): Promise<unknown> =>
      (await explained({ tools: [add], ...request })).body["tool_choice"];
    expect(await choice({})).toBeUndefined();
    expect(await choice({ toolChoice: "none" })).toEqual({ type: "none" });
    expect(await choice({ toolChoice: "required" })).toEqual({ type: "any" });
    expect(await choice({ toolChoice: { name: "add" } })).toEqual({ type: "tool", name: "add" });
    expect(await choice({ parallelToolCalls: false })).toEqual({ type: "auto", disable_parallel_tool_use: true });
  });

  test("strict is kept only when the schema compiles without losses", async () => {
    const exact = await explained({ tools: [{ ...add, strict: true }] });
    expect(exact.body["tools"]).toMatchObject([{ strict: true, input_schema: { additionalProperties: false } }]);
    const lossy = await explained({
      tools: [{ name: "add", strict: true, parameters: { type: "object", properties: { a: { type: "number", minimum: 1 } } } }],
    });
    expect(lossy.body["tools"]).toEqual([
      { name: "add", input_schema: { type: "object", properties: { a: { type: "number", minimum: 1 } } } },
    ]);
    expect(lossy.notes.map((note) => note.kind)).toEqual(["schema", "changed"]);
  });

  test("hosted tools are sent unchanged, with the beta that they need", async () => {
    const { body, headers } = await explained(
      { tools: [{ hosted: { type: "code_execution_20250825", name: "code_execution" } }] },
      { betas: ["mine-2026-01-01"] },
    );
    expect(body["tools"]).toEqual([{ type: "code_execution_20250825", name: "code_execution" }]);
    expect(headers["anthropic-beta"]).toBe("mine-2026-01-01,code-execution-2025-08-25");
  });

  test("other hosts get only the betas that the setting lists", async () => {
    const host = { traits: claude.claudeTraits, betas: "listed" as const };
    const tools = [{ hosted: { type: "code_execution_20250825", name: "code_execution" } }];
    const unlisted = await explained({ tools }, {}, { host });
    expect(unlisted.headers["anthropic-beta"]).toBeUndefined();
    expect(unlisted.notes).toMatchObject([{ kind: "dropped", field: "settings.betas" }]);
    expect((await explained({ tools }, { betas: ["mine"] }, { host })).headers["anthropic-beta"]).toBe("mine");
  });
});

describe("structured output", () => {
  test("is native where the model has it, and losses are noted with their JSON pointer", async () => {
    const { body, notes } = await explained({
      output: { schema: { type: "object", properties: { n: { type: "number", maximum: 3 } } } },
      reasoning: "low",
    });
    expect(body["output_config"]).toMatchObject({
      effort: "low",
      format: { type: "json_schema", schema: { additionalProperties: false } },
    });
    expect(notes).toMatchObject([{ kind: "schema", field: "output#/properties/n" }]);
  });

  test("is one forced tool on older models and refused together with thinking", async () => {
    const request: Partial<ChatRequest> = {
      model: "claude-sonnet-4-20250514",
      output: { schema: { type: "object", properties: {} }, name: "verdict" },
    };
    const { body } = await explained(request);
    expect(body["tools"]).toMatchObject([{ name: "verdict", input_schema: { type: "object" } }]);
    expect(body["tool_choice"]).toEqual({ type: "tool", name: "verdict" });
    await expect(explained({ ...request, reasoning: "low" })).rejects.toMatchObject({ code: "unsupported", field: "output" });
  });
});

describe("thinking", () => {
  const body = async (
    request: Partial<ChatRequest>,
    ...more: [Parameters<typeof explained>[1]?, Parameters<typeof explained>[2]?]
  ): Promise<Record<string, unknown>> => (await explained(request, ...more)).body;

  test.each([
    ["claude-sonnet-4-5", "high", { thinking: { type: "enabled", budget_tokens: 16_384 } }],
    ["claude-opus-4-5", "high", { thinking: { type: "enabled", budget_tokens: 16_384 }, output_config: { effort: "high" } }],
    ["claude-opus-4-6", "high", { thinking: { type: "adaptive" }, output_config: { effort: "high" } }],
    ["claude-opus-4-6", { budgetTokens: 3000 }, { thinking: { type: "enabled", budget_tokens: 3000 } }],
    ["claude-opus-4-7", "max", { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "max" } }],
    ["claude-sonnet-5", "off", { thinking: { type: "disabled" } }],
    ["claude-opus-5-5", "minimal", { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "low" } }],
    ["claude-saga-9", "high", { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "high" } }],
  ] as const)("%s is sent the fields for %j", async (model, reasoning, fields) => {
    expect(await body({ model, reasoning })).toMatchObject(fields);
  });

  test("off is refused on models that always think", async () => {
    for (const model of ["claude-opus-5-5", "claude-fable-5", "claude-mythos-5-1", "claude-sonnet-5-5", "claude-saga-9"])
      await expect(explained({ model, reasoning: "off" })).rejects.toMatchObject({ code: "unsupported", field: "reasoning" });
  });

  test("off leaves the field out on models that do not think by default", async () => {
    expect(await body({ model: "claude-opus-4-8", reasoning: "off" })).not.toHaveProperty("thinking");
  });

  test("a request without reasoning has no thinking field", async () => {
    expect(await body({ model: "claude-opus-5-5" })).not.toHaveProperty("thinking");
  });

  test("a display that is the model's default is not sent", async () => {
    expect(await body({ model: "claude-opus-4-8", reasoning: "low" }, { thinkingDisplay: "omitted" })).toMatchObject({
      thinking: { type: "adaptive" },
    });
    expect(await body({ model: "claude-sonnet-5" }, { thinkingDisplay: "summarized" })).toMatchObject({
      thinking: { type: "adaptive", display: "summarized" },
    });
  });

  test("a budget is clamped below maxOutputTokens with a note", async () => {
    const { body: sent, notes } = await explained({ model: "claude-haiku-4-5", reasoning: "high", maxOutputTokens: 2000 });
    expect(sent).toMatchObject({ max_tokens: 2000, thinking: { budget_tokens: 1600 } });
    expect(notes).toMatchObject([{ kind: "clamped", field: "reasoning" }]);
    expect(await body({ model: "claude-haiku-4-5", reasoning: "high" })).toMatchObject({ max_tokens: 64_000 });
  });

  test("interleaved thinking is requested by a beta on the models that need it", async () => {
    const beta = async (model: string, options = {}): Promise<string | undefined> =>
      (await explained({ model, tools: [add], reasoning: { budgetTokens: 2048 } }, options)).headers["anthropic-beta"];
    expect(await beta("claude-sonnet-4-5")).toBe("interleaved-thinking-2025-05-14");
    expect(await beta("claude-3-7-sonnet-latest")).toBeUndefined();
    expect(await beta("claude-opus-4-8")).toBeUndefined();
    expect(await beta("claude-sonnet-4-5", { interleavedThinking: false })).toBeUndefined();
  });

  test("editedHistory lets the vendor drop thinking, or leaves out the thinking of finished turns", async () => {
    const messages: Message[] = [
      hi,
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm", replay: replay(thought, "claude-opus-5-5") },
          { type: "text", text: "ok" },
        ],
      },
      hi,
    ];
    const drop = await explained({ model: "claude-opus-5-5", messages }, { editedHistory: "drop_block" });
    expect(drop.body["thinking"]).toEqual({ type: "adaptive", block_binding: { prefix_mismatch_behavior: "drop_block" } });
    expect(drop.headers["anthropic-beta"]).toBe("thinking-binding-controls-2026-08-01");
    expect(JSON.stringify(drop.body)).toContain("sig");
    expect(JSON.stringify((await explained({ model: "claude-opus-5-5", messages }, { editedHistory: "strip" })).body)).not.toContain("sig");
  });
});

describe("sampling and other fields", () => {
  test("temperature and topP are sent together before 4.1, one of them up to 4.6, and none after it", async () => {
    const sampled = async (model: string): Promise<unknown[]> => {
      const { body } = await explained({ model, temperature: 0.5, topP: 0.9 });
      return [body["temperature"], body["top_p"]];
    };
    expect(await sampled("claude-3-5-haiku-20241022")).toEqual([0.5, 0.9]);
    expect(await sampled("claude-opus-4-20250514")).toEqual([0.5, 0.9]);
    expect(await sampled("claude-opus-4-1-20250805")).toEqual([0.5, undefined]);
    expect(await sampled("claude-sonnet-4-6")).toEqual([0.5, undefined]);
    expect(await sampled("claude-opus-4-7")).toEqual([undefined, undefined]);
    expect(await sampled("claude-saga-9")).toEqual([undefined, undefined]);
  });

  test("a temperature above 1 is clamped, and left out together with thinking", async () => {
    expect((await explained({ model: "claude-opus-4-5", temperature: 1.6 })).body["temperature"]).toBe(1);
    const thinking = await explained({ model: "claude-opus-4-5", temperature: 0.2, topP: 0.5, topK: 5, reasoning: "low" });
    expect(thinking.body).toMatchObject({ top_p: 0.95 });
    expect(thinking.body).not.toHaveProperty("temperature");
    expect(thinking.body).not.toHaveProperty("top_k");
  });

  test("a prefill is the last turn, without whitespace at its end, and newer models refuse it or get it in words", async () => {
    expect((await explained({ model: "claude-haiku-4-5", prefill: "Well, \n" })).body["messages"]).toMatchObject([
      {},
      { role: "assistant", content: [{ text: "Well," }] },
    ]);
    await expect(explained({ prefill: "Well" })).rejects.toMatchObject({ code: "unsupported", field: "prefill" });
    await expect(explained({ model: "claude-haiku-4-5", prefill: "Well", reasoning: "low" })).rejects.toMatchObject({ field: "prefill" });
    const worded = await explained({ prefill: "Well" }, {}, { unsupported: { prefill: "drop" } });
    expect(worded.body["messages"]).toMatchObject([{ role: "user" }]);
    expect(worded.notes).toMatchObject([{ kind: "prefill" }]);
  });

  test("stop sequences of whitespace are left out with a note", async () => {
    const { body, notes } = await explained({ stop: ["END", "\n\n"] });
    expect(body["stop_sequences"]).toEqual(["END"]);
    expect(notes).toMatchObject([{ kind: "dropped", field: "stop" }]);
  });

  test("a field that the protocol lacks is noted even under the policy send", async () => {
    const { body, notes } = await explained({ seed: 4 }, {}, { unsupported: "send" });
    expect(body).not.toHaveProperty("seed");
    expect(notes).toMatchObject([{ kind: "dropped", field: "seed" }]);
  });

  test("raw parameters take precedence and are noted", async () => {
    const { body, notes } = await explained({
      reasoning: "low",
      parameters: { output_config: { effort: "xhigh" }, speed: "fast", max_tokens: 9 },
    });
    expect(body).toMatchObject({ max_tokens: 9, output_config: { effort: "xhigh" }, speed: "fast" });
    expect(notes.map((note) => note.field)).toEqual(["output_config.effort", "speed", "max_tokens"]);
  });

  test("settings of a connection set their fields", async () => {
    const { body, headers } = await explained({}, { userId: "u1", serviceTier: "standard_only", inferenceGeo: "us" });
    expect(body).toMatchObject({ metadata: { user_id: "u1" }, service_tier: "standard_only", inference_geo: "us" });
    expect(headers["anthropic-version"]).toBe("2023-06-01");
  });

  test("a host can have the model in its path", async () => {
    const { url, body, headers } = await explained(
      {},
      {},
      {
        host: {
          path: (call) => `/models/${call.request.model}:raw`,
          modelInBody: false,
          fields: { anthropic_version: "cloud-1" },
          cache: "breakpoints",
        },
      },
    );
    expect(url).toBe("https://messages.example/v1/models/claude-opus-4-8:raw");
    expect(body).not.toHaveProperty("model");
    expect(body["anthropic_version"]).toBe("cloud-1");
    expect(headers["anthropic-version"]).toBeUndefined();
  });

  test("an unstreamed request has no stream flag", async () => {
    expect((await explained({}, {}, { streaming: false })).body).not.toHaveProperty("stream");
    expect((await explained({})).body["stream"]).toBe(true);
  });
});
