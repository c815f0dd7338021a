import { isObject, type JsonObject } from "@lumiverse/core/provider";
import OpenAI from "openai";
import type { ChatCompletionMessageParam, ChatCompletionTool } from "openai/resources/chat/completions";
import type { ResponseInput, Tool } from "openai/resources/responses/responses";
import { afterEach, describe, expect, test } from "vitest";
import { serveInbound } from "../../../lab/src/corpus/inbound-server.ts";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { answers, asksForStream, startVendor } from "./vendors.ts";

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const PATCH = `*** Begin Patch\n${'+ let a = "b\\n";\n'.repeat(1200)}*** End Patch`;
const TOOLS: Tool[] = [
  {
    type: "custom",
    name: "apply_patch",
    description: "Edits files.",
    format: { type: "grammar", syntax: "lark", definition: "start: begin" },
  },
  {
    type: "namespace",
    name: "agents",
    description: "Agents",
    tools: [{ type: "function", name: "spawn", parameters: { type: "object", properties: { task: { type: "string" } } }, strict: false }],
  },
];

/** The name that a vendor's body forces the model to call. */
function forcedName(protocol: InboundProtocolId, body: JsonObject | undefined): unknown {
  const read = (value: unknown, ...path: string[]): unknown =>
    path.reduce((inner: unknown, key) => (isObject(inner) ? inner[key] : undefined), value);
  if (protocol === "chat-completions") return read(body, "tool_choice", "function", "name");
  if (protocol === "generate-content") {
    const names = read(body, "toolConfig", "functionCallingConfig", "allowedFunctionNames");
    return Array.isArray(names) && names.length === 1 ? names[0] : names;
  }
  return read(body, "tool_choice", "name");
}

describe.each(["chat-completions", "messages", "generate-content"] as const)(
  "tools that only Responses has, at a %s vendor",
  (protocol) => {
    async function client(call: { id: string; name: string; input: Record<string, unknown> }) {
      const vendor = await startVendor(protocol, (body, url) => ({
        body: answers[protocol as InboundProtocolId]({ call }, asksForStream(body, url)),
      }));
      const server = await serveInbound();
      open.push(vendor, server);
      return {
        vendor,
        openai: new OpenAI({ apiKey: "none", baseURL: `${server.serve(vendor.connection, vendor.model)}/v1`, maxRetries: 0 }),
      };
    }

    test("a custom tool is a function with one text, and its calls and outputs come back unchanged", async () => {
      const { vendor, openai } = await client({ id: "call_1", name: "apply_patch", input: { input: PATCH } });
      const input: ResponseInput = [{ role: "user", content: "Edit it." }];
      const whole = await openai.responses.create({ model: "m", input, tools: TOOLS });
      const streamed = await openai.responses.stream({ model: "m", input, tools: TOOLS }).finalResponse();
      for (const { output } of [whole, streamed])
        expect(output).toMatchObject([{ type: "custom_tool_call", call_id: "call_1", name: "apply_patch", input: PATCH }]);
      expect(JSON.stringify(vendor.received[0])).toContain("The input follows this grammar:");

      const call = whole.output[0] as ResponseInput[number]; // a call that the client sends back
      await openai.responses.create({
        model: "m",
        input: [
          ...input,
          call,
          { type: "custom_tool_call_output", call_id: "call_1", output: "Done." },
          { role: "user", content: "Go on." },
        ],
        tools: TOOLS,
      });
      const sent = JSON.stringify(vendor.received.at(-1));
      expect(sent).toContain("*** Begin Patch");
      expect(sent).toContain("Done.");
    });

    test("a choice that names a custom tool or a function of a namespace names its function", async () => {
      const { vendor, openai } = await client({ id: "call_1", name: "apply_patch", input: { input: PATCH } });
      await openai.responses.create({ model: "m", input: "Edit.", tools: TOOLS, tool_choice: { type: "custom", name: "apply_patch" } });
      await openai.responses.create({ model: "m", input: "Spawn.", tools: TOOLS, tool_choice: { type: "function", name: "spawn" } });
      expect(vendor.received.map((body) => forcedName(protocol, body))).toEqual(["apply_patch", "agents__spawn"]);
    });

    test("a function of a namespace is called by its own name", async () => {
      const { vendor, openai } = await client({ id: "call_2", name: "agents__spawn", input: { task: "x" } });
      const { output } = await openai.responses.create({ model: "m", input: "Spawn.", tools: TOOLS });
      expect(output).toMatchObject([{ type: "function_call", namespace: "agents", name: "spawn", arguments: '{"task":"x"}' }]);
      await openai.responses.create({
        model: "m",
        input: [
          { role: "user", content: "Spawn." },
          { type: "function_call", call_id: "call_2", namespace: "agents", name: "spawn", arguments: '{"task":"x"}' },
          { type: "function_call_output", call_id: "call_2", output: "ok" },
        ],
        tools: TOOLS,
      });
      expect(JSON.stringify(vendor.received.at(-1)).split("agents__spawn").length).toBeGreaterThan(2);
    });
  },
);

describe.each(["responses", "messages", "generate-content"] as const)("custom tools of Chat Completions, at a %s vendor", (protocol) => {
  const tools: ChatCompletionTool[] = [
    { type: "function", function: { name: "look", parameters: { type: "object", properties: { at: { type: "string" } } } } },
    {
      type: "custom",
      custom: {
        name: "apply_patch",
        description: "Edits files.",
        format: { type: "grammar", grammar: { syntax: "lark", definition: "start: begin" } },
      },
    },
  ];
  async function client(call: { id: string; name: string; input: Record<string, unknown> }) {
    const vendor = await startVendor(protocol, (body, url) => ({ body: answers[protocol]({ call }, asksForStream(body, url)) }));
    const server = await serveInbound();
    open.push(vendor, server);
    const baseURL = `${server.serve(vendor.connection, vendor.model)}/v1`;
    return { vendor, openai: new OpenAI({ apiKey: "none", baseURL, maxRetries: 0 }) };
  }
  const messages: ChatCompletionMessageParam[] = [{ role: "user", content: "Edit it." }];

  test("are functions with one text, and their calls and outputs come back unchanged", async () => {
    const { vendor, openai } = await client({ id: "call_1", name: "apply_patch", input: { input: PATCH } });
    const tool_choice = { type: "custom", custom: { name: "apply_patch" } } as const;
    const whole = await openai.chat.completions.create({ model: "m", messages, tools, tool_choice });
    const answer = whole.choices[0]?.message;
    const expected = { id: expect.any(String), type: "custom", custom: { name: "apply_patch", input: PATCH } };
    expect(answer?.tool_calls).toEqual([expected]);
    expect(whole.choices[0]?.finish_reason).toBe("tool_calls");
    expect(forcedName(protocol, vendor.received[0])).toBe("apply_patch");
    expect(JSON.stringify(vendor.received[0])).toContain("The input follows this grammar:");

    const deltas: unknown[] = [];
    for await (const chunk of await openai.chat.completions.create({ model: "m", messages, tools, stream: true }))
      deltas.push(...(chunk.choices[0]?.delta.tool_calls ?? []));
    expect(deltas).toEqual([{ index: 0, ...expected }]);

    const [call] = answer?.tool_calls ?? [];
    if (answer === undefined || call === undefined) throw new Error("there is no call");
    await openai.chat.completions.create({
      model: "m",
      messages: [...messages, answer, { role: "tool", tool_call_id: call.id, content: "Done." }, { role: "user", content: "Go on." }],
      tools,
    });
    const sent = JSON.stringify(vendor.received.at(-1));
    expect(sent).toContain("*** Begin Patch");
    expect(sent).toContain("Done.");
  });

  test("leave functions as they are", async () => {
    const { openai } = await client({ id: "call_2", name: "look", input: { at: "sea" } });
    const { choices } = await openai.chat.completions.create({ model: "m", messages, tools });
    expect(choices[0]?.message.tool_calls).toMatchObject([{ type: "function", function: { name: "look", arguments: '{"at":"sea"}' } }]);
  });
});

describe("a tool choice that allows some of the tools", () => {
  const functions = ["find", "look", "walk"];
  const flat = functions.map((name) => ({ type: "function", name, parameters: { type: "object", properties: {} } }));
  const wrapped = flat.map(({ type, ...fields }) => ({ type, function: fields }));
  const allowed = ["walk", "find", "unknown"];
  const responses = (mode: string): JsonObject => ({
    input: "Hi",
    tools: [...flat, { type: "custom", name: "apply_patch" }],
    tool_choice: {
      type: "allowed_tools",
      mode,
      tools: [...allowed.map((name) => ({ type: "function", name })), { type: "custom", name: "apply_patch" }],
    },
  });
  const chat = (mode: string): JsonObject => ({
    messages: [{ role: "user", content: "Hi" }],
    tools: [...wrapped, { type: "custom", custom: { name: "apply_patch" } }],
    tool_choice: {
      type: "allowed_tools",
      allowed_tools: {
        mode,
        tools: [...allowed.map((name) => ({ type: "function", function: { name } })), { type: "custom", custom: { name: "apply_patch" } }],
      },
    },
  });
  const generate = (mode: string): JsonObject => ({
    contents: [{ role: "user", parts: [{ text: "Hi" }] }],
    tools: [{ functionDeclarations: [...functions, "apply_patch"].map((name) => ({ name, description: "A tool" })) }],
    toolConfig: { functionCallingConfig: { mode, allowedFunctionNames: [...allowed, "apply_patch"] } },
  });
  const CASES: [InboundProtocolId, JsonObject, string][] = [
    ["responses", responses("auto"), "auto"],
    ["responses", responses("required"), "any"],
    ["chat-completions", chat("auto"), "auto"],
    ["chat-completions", chat("required"), "any"],
    ["generate-content", generate("ANY"), "any"],
  ];

  test.each(CASES)(
    "sends these alone, in the order of the request, to a vendor of another protocol: %s",
    async (protocol, fields, choice) => {
      const vendor = await startVendor("messages", (body, url) => ({ body: answers.messages({ text: "Yes" }, asksForStream(body, url)) }));
      open.push(vendor);
      const { request } = inboundProtocols[protocol].parse({ body: { model: "m", ...fields }, headers: new Headers(), model: "m" });
      const { notes } = await vendor.connection.generate({ ...request, model: vendor.model });
      const sent = vendor.received[0] ?? {};
      expect((sent["tools"] as { name: string }[]).map(({ name }) => name)).toEqual(["find", "walk", "apply_patch"]);
      expect(sent["tool_choice"]).toEqual({ type: choice });
      expect(notes.map(({ message }) => message)).toContainEqual(expect.stringContaining("1 of 4 tools were left out"));
    },
  );

  test("goes to a vendor of the client's protocol as it is", async () => {
    const vendor = await startVendor("responses", (body, url) => ({ body: answers.responses({ text: "Yes" }, asksForStream(body, url)) }));
    open.push(vendor);
    const { request } = inboundProtocols.responses.parse({ body: { model: "m", ...responses("auto") }, headers: new Headers() });
    await vendor.connection.generate({ ...request, model: vendor.model });
    expect(vendor.received[0]).toMatchObject({ tools: responses("auto")["tools"], tool_choice: responses("auto")["tool_choice"] });
  });
});

describe("a tool choice that a vendor of another protocol has no form of", () => {
  const LOOK = { type: "function", name: "look", parameters: { type: "object", properties: {} } };
  const CASES: [InboundProtocolId, string, JsonObject][] = [
    ["responses", "a tool of the vendor", { tools: [LOOK, { type: "web_search" }], tool_choice: { type: "web_search" } }],
    ["responses", "any tool, of which the vendor runs all", { tools: [{ type: "web_search" }], tool_choice: "required" }],
    [
      "messages",
      "a tool of the vendor by name",
      { max_tokens: 9, tools: [{ type: "web_search_20250305", name: "web_search" }], tool_choice: { type: "tool", name: "web_search" } },
    ],
  ];
  test.each(CASES)("is dropped with a note: %s, %s", async (protocol, _, fields) => {
    const vendor = await startVendor("chat-completions", (body, url) => ({
      body: answers["chat-completions"]({ text: "Yes" }, asksForStream(body, url)),
    }));
    open.push(vendor);
    const said = protocol === "responses" ? { input: "Hi" } : { messages: [{ role: "user", content: "Hi" }] };
    const { request } = inboundProtocols[protocol].parse({ body: { model: "m", ...said, ...fields }, headers: new Headers() });
    const { notes } = await vendor.connection.generate({ ...request, model: vendor.model });
    expect(vendor.received[0]).not.toHaveProperty("tool_choice");
    expect(notes.map(({ field }) => field)).toContain("toolChoice");
  });
});
