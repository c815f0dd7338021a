import { type ChatEvent, type ChatRequest, connect, type Message } from "@lumiverse/core";
import type { JsonObject } from "@lumiverse/core/provider";
import { custom } from "@lumiverse/custom/provider";
import { afterEach, describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId, ParsedRequest } from "../../src/inbound/protocol.ts";
import { PIXEL, REQUESTS } from "./requests.ts";
import { answers, asksForStream, startVendor, type Vendor } from "./vendors.ts";

const PROTOCOLS: readonly InboundProtocolId[] = ["chat-completions", "responses", "messages", "generate-content"];
const HEAD = { id: "t1", createdAt: 0 };
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

function parse(protocol: InboundProtocolId, body: unknown, streaming: boolean): ParsedRequest {
  return inboundProtocols[protocol].parse({ body, headers: new Headers(), ...PATH[protocol], stream: streaming, alt: "sse" });
}
const PATH: { readonly [P in InboundProtocolId]: { model?: string } } = {
  "chat-completions": {},
  responses: {},
  messages: {},
  "generate-content": { model: "m-1" },
};

/** The body as a client sends it, which asks for a stream in it or in the path. */
function bodyOf(protocol: InboundProtocolId, streaming: boolean): JsonObject {
  const body = REQUESTS[protocol];
  return streaming && protocol !== "generate-content" ? { ...body, stream: true } : body;
}

async function vendorOf(protocol: InboundProtocolId): Promise<Vendor> {
  const scenario = {
    reasoning: "Let me see.",
    text: "A cat, 🐈.",
    call: { id: "c2", name: "look", input: { at: 2, list: [1, { a: null }] } },
  };
  const vendor = await startVendor(protocol, (body, url) => ({ body: answers[protocol](scenario, asksForStream(body, url)) }));
  open.push(vendor);
  return vendor;
}

/** The answer as the vendor would have sent it to the client itself. */
function direct(protocol: InboundProtocolId, streaming: boolean): string {
  const scenario = {
    reasoning: "Let me see.",
    text: "A cat, 🐈.",
    call: { id: "c2", name: "look", input: { at: 2, list: [1, { a: null }] } },
  };
  return answers[protocol](scenario, streaming);
}

const eventsIn = (text: string): unknown[] =>
  text.split(/\r?\n\r?\n/).flatMap((block) => {
    const data = /^data: ?(.*)$/m.exec(block)?.[1];
    return data === undefined || data === "[DONE]" ? [] : [JSON.parse(data) as unknown];
  });

async function collect(
  vendor: Vendor,
  request: ChatRequest,
): Promise<{ events: ChatEvent[]; end: Awaited<ReturnType<typeof vendor.connection.generate>> }> {
  const stream = vendor.connection.stream(request);
  const events: ChatEvent[] = [];
  for await (const event of stream) events.push(event);
  return { events, end: await stream.response() };
}

describe.each(PROTOCOLS)("a %s call to a vendor of the same protocol", (protocol) => {
  const inbound = inboundProtocols[protocol];

  it.each([true, false])("reaches the vendor exactly as the client wrote it, except for the model (stream: %s)", async (streaming) => {
    const vendor = await vendorOf(protocol);
    const body = bodyOf(protocol, streaming);
    const { request } = parse(protocol, body, streaming);
    const routed = { ...request, model: vendor.model };
    await (streaming ? vendor.connection.stream(routed).response() : vendor.connection.generate(routed));
    expect(vendor.received[0]).toEqual(body["model"] === undefined ? body : { ...body, model: vendor.model });
  });

  it("brings the stream back exactly as the vendor sent it", async () => {
    const vendor = await vendorOf(protocol);
    const parsed = parse(protocol, bodyOf(protocol, true), true);
    const { events, end } = await collect(vendor, { ...parsed.request, model: vendor.model });
    const writer = inbound.openStream(parsed, HEAD);
    const whole = writer.write(events) + writer.end(end);
    expect(eventsIn(whole)).toEqual(eventsIn(direct(protocol, true)));
    // The packets do not matter.
    const again = inbound.openStream(parsed, HEAD);
    const { events: fresh, end: freshEnd } = await collect(vendor, { ...parsed.request, model: vendor.model });
    const single = fresh.map((event) => again.write([event])).join("") + again.end(freshEnd);
    expect(single).toBe(whole);
  });

  it("writes each piece of text when it comes", async () => {
    const vendor = await vendorOf(protocol);
    const parsed = parse(protocol, bodyOf(protocol, true), true);
    const { events } = await collect(vendor, { ...parsed.request, model: vendor.model });
    const writer = inbound.openStream(parsed, HEAD);
    let written = "";
    for (const event of events) {
      const text = writer.write([event]);
      written += text;
      if (event.type === "text" || event.type === "reasoning") expect(text).toContain(event.text);
    }
    expect(written).not.toBe("");
  });

  it("brings the body back exactly as the vendor sent it", async () => {
    const vendor = await vendorOf(protocol);
    const parsed = parse(protocol, bodyOf(protocol, false), false);
    const response = await vendor.connection.generate({ ...parsed.request, model: vendor.model });
    expect(inbound.body(parsed, response, HEAD)).toEqual(JSON.parse(direct(protocol, false)));
  });

  it("names the model of the body as the client did, where the client named it in another way", async () => {
    const vendor = await vendorOf(protocol);
    const parsed = parse(protocol, bodyOf(protocol, false), false);
    const response = await vendor.connection.generate({ ...parsed.request, model: vendor.model });
    const body = inbound.body({ ...parsed, model: "house/m" }, response, { ...HEAD, renamesModel: () => true });
    const own = JSON.parse(direct(protocol, false)) as JsonObject;
    expect(body).toEqual({ ...own, [protocol === "generate-content" ? "modelVersion" : "model"]: "house/m" });
  });

  it("writes what the neutral events say, not what the vendor's message said", async () => {
    const vendor = await vendorOf(protocol);
    const parsed = parse(protocol, bodyOf(protocol, true), true);
    const { events, end } = await collect(vendor, { ...parsed.request, model: vendor.model });
    const writer = inbound.openStream(parsed, HEAD);
    const written = writer.write(events.map(disguised)) + writer.end(end);
    for (const part of ["A cat", "Let me", '"c2"', "look"]) expect(written).not.toContain(part);
    expect(written).toContain("z zzz");
    // Google counts without the 12 tokens of reasoning.
    expect(written).toMatch(/:(?:70|58)[^0-9]/);
  });

  it("sends what the neutral request says, not what the client's body said", async () => {
    const vendor = await vendorOf(protocol);
    const { request } = parse(protocol, bodyOf(protocol, false), false);
    const changed: ChatRequest = {
      ...request,
      model: vendor.model,
      maxOutputTokens: 77,
      messages: request.messages.map(masked),
      tools: (request.tools ?? []).map((tool) => ("name" in tool ? { ...tool, name: "peek", parameters: { type: "string" } } : tool)),
    };
    await vendor.connection.generate(changed);
    const sent = JSON.stringify(vendor.received[0]);
    for (const text of ["Be brief.", 'Look"', "Let me look.", "a cat", PIXEL]) expect(sent).not.toContain(text);
    expect(sent).toContain('"peek"');
    expect(sent).toContain("77");
  });

  it("adds an output limit beside the fields that the client wrote", async () => {
    const vendor = await vendorOf(protocol);
    const config = { topP: 0.3, some_new_field: { a: 1 }, thinkingConfig: { thinkingBudget: 100, other: true } };
    const body = {
      model: "m-1",
      ...(protocol === "generate-content" ? { contents: [{ parts: [{ text: "Hi" }] }], generationConfig: config } : {}),
      ...(protocol === "responses" ? { input: "Hi", reasoning: { effort: "low", other: true } } : {}),
      ...(protocol === "messages" || protocol === "chat-completions"
        ? { messages: [{ role: "user", content: "Hi" }], some_new_field: 1 }
        : {}),
      ...(protocol === "messages" ? { max_tokens: 5000 } : {}),
    };
    const { request } = parse(protocol, body, false);
    await vendor.connection.generate({ ...request, model: vendor.model, maxOutputTokens: 77 });
    const sent = vendor.received[0];
    expect(JSON.stringify(sent)).toContain(":77");
    if (protocol === "generate-content") expect(sent).toMatchObject({ generationConfig: { ...config, maxOutputTokens: 77 } });
    else expect(sent).toMatchObject({ ...body, model: vendor.model, ...(protocol === "messages" ? { max_tokens: 77 } : {}) });
  });

  it("adds a message that was not there by the provider's own rendering", async () => {
    const vendor = await vendorOf(protocol);
    const { request } = parse(protocol, bodyOf(protocol, false), false);
    const messages: Message[] = [...request.messages, { role: "user", content: "One more thing." }];
    await vendor.connection.generate({ ...request, model: vendor.model, messages });
    expect(JSON.stringify(vendor.received[0])).toContain("One more thing.");
  });

  it("keeps the vendor's words of a refusal", async () => {
    const refusal = {
      error: { message: "No such thing, vendor-key-0000000000", type: "novelty", code: "c-1", extra: [1] },
      request_id: "r",
    };
    const vendor = await startVendor(protocol, () => ({ status: 418, body: JSON.stringify(refusal) }));
    open.push(vendor);
    const parsed = parse(protocol, bodyOf(protocol, false), false);
    const error = await vendor.connection.generate({ ...parsed.request, model: vendor.model }).catch((cause: unknown) => cause);
    const written = inbound.error(error as Parameters<typeof inbound.error>[0]); // the only error that a connection throws
    expect(written.status).toBe(418);
    expect(written.body).toEqual({ ...refusal, error: { ...refusal.error, message: "No such thing, [key]" } });
  });
});

describe("the settings of a connection", () => {
  const body = { model: "m-1", max_tokens: 400, messages: [{ role: "user", content: "Hi" }] };
  const settings = { userId: "u-settings", promptCache: { enabled: true, automatic: true } };

  it("add what a client of the vendor's protocol leaves out", async () => {
    const vendor = await startVendor("messages", () => ({ body: direct("messages", false) }), { settings });
    open.push(vendor);
    await vendor.connection.generate({ ...parse("messages", body, false).request, model: vendor.model });
    expect(vendor.received[0]).toEqual({ ...body, metadata: { user_id: "u-settings" }, model: vendor.model });
  });

  it("change nothing that it says itself", async () => {
    const vendor = await startVendor("messages", () => ({ body: direct("messages", false) }), { settings });
    open.push(vendor);
    const own = {
      ...body,
      system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral" } }],
      metadata: { user_id: "u-client" },
    };
    await vendor.connection.generate({ ...parse("messages", own, false).request, model: vendor.model });
    expect(vendor.received[0]).toEqual({ ...own, model: vendor.model });
  });
});

describe("an oddity of a vendor", () => {
  const chunk = (delta: JsonObject, finish_reason: string | null = null): string =>
    `data: ${JSON.stringify({ id: "a", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
  const piece = (index: number, written: string): JsonObject => ({
    tool_calls: [{ index, id: `c${index}`, type: "function", function: { name: "look", arguments: written } }],
  });
  const summary = (text: string): JsonObject => ({ type: "summary_text", text });
  const responses = {
    id: "resp_1",
    object: "response",
    status: "completed",
    model: "m",
    output: [
      { type: "reasoning", id: "rs_1", summary: [summary("First."), summary("Then.")], encrypted_content: "e1" },
      {
        type: "reasoning",
        id: "rs_2",
        summary: [summary("At last.")],
        content: [{ type: "reasoning_text", text: "All." }],
        encrypted_content: "e2",
      },
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "Yes", annotations: [] }],
      },
    ],
    usage: { input_tokens: 1, output_tokens: 2, total_tokens: 3 },
  };
  it.each([
    [
      "ids and names that come with each delta",
      "chat-completions",
      `${chunk(piece(0, "{"))}${chunk(piece(1, "{}"))}${chunk(piece(0, "}"))}`,
    ],
    [
      "the older field for calls",
      "chat-completions",
      `${chunk({ function_call: { name: "look", arguments: "{" } })}${chunk({ function_call: { arguments: "}" } })}`,
    ],
    ["a finish reason with each delta", "chat-completions", `${chunk({ content: "a" }, "stop")}${chunk({ content: "b" }, "stop")}`],
    ["a thought in tags", "chat-completions", `${chunk({ content: "<think>\n hm" })}${chunk({ content: " </think>\n\nYes" })}`],
  ] as const)("reaches the client: %s", async (_what, protocol, deltas) => {
    const sent = `${deltas}${chunk({}, "stop")}data: [DONE]\n\n`;
    const vendor = await startVendor(protocol, () => ({ body: sent }));
    open.push(vendor);
    const parsed = parse(protocol, bodyOf(protocol, true), true);
    const { events, end } = await collect(vendor, { ...parsed.request, model: vendor.model });
    const writer = inboundProtocols[protocol].openStream(parsed, HEAD);
    expect(eventsIn(writer.write(events) + writer.end(end))).toEqual(eventsIn(sent));
  });

  it("reaches the client: several sections of reasoning", async () => {
    const vendor = await startVendor("responses", () => ({ body: JSON.stringify(responses) }));
    open.push(vendor);
    const parsed = parse("responses", bodyOf("responses", false), false);
    const response = await vendor.connection.generate({ ...parsed.request, model: vendor.model });
    expect(response.reasoning).toBe("First.\n\nThen.At last.\n\nAll.");
    expect(inboundProtocols.responses.body(parsed, response, HEAD)).toEqual(responses);
  });
});

describe("a call to a vendor of another protocol", () => {
  it.each(PROTOCOLS)("leaves out the payloads and raw fields of a %s client", async (protocol) => {
    const other = protocol === "messages" ? "chat-completions" : "messages";
    const vendor = await startVendor(other, () => ({ body: direct(other, false) }), { unsupported: "drop" });
    open.push(vendor);
    // What the client's vendor stores is refused there.
    const text = JSON.stringify(bodyOf(protocol, false)).replace(',{"type":"input_file","file_id":"file-1"}', "");
    const { previous_response_id: _stored, ...body } = JSON.parse(text) as JsonObject; // a body is an object
    const { output: _json, ...request } = parse(protocol, body, false).request;
    const response = await vendor.connection.generate({ ...request, model: vendor.model });
    const sent = JSON.stringify(vendor.received[0]);
    for (const payload of [
      "enc",
      "hidden",
      "sig",
      "unknown_field",
      "labels",
      "metadata",
      "web_search_call",
      "web_search_tool",
      "web_search_preview",
    ])
      expect(sent).not.toContain(`"${payload}`);
    expect(sent).toContain("a cat");
    expect(response.vendorFields).toBeUndefined();
    expect(response.notes.some(({ kind }) => kind === "dropped" || kind === "foreign")).toBe(true);
  });

  const item = { type: "item_reference", id: "rs_1" };
  it.each([
    ["responses", "previous_response_id", { previous_response_id: "resp_0" }],
    ["responses", "conversation", { conversation: "conv_0" }],
    ["responses", "prompt", { prompt: { id: "pmpt_0" } }],
    ["responses", "item_reference", { input: [item, { role: "user", content: "Hi" }] }],
    ["generate-content", "cachedContent", { cachedContent: "cachedContents/0" }],
  ] as const)("is refused where a %s client refers to content that its vendor stores: %s", async (protocol, field, more) => {
    const vendor = await vendorOf("messages");
    const body = { ...(protocol === "responses" ? { model: "m-1", input: "Hi" } : { contents: [{ parts: [{ text: "Hi" }] }] }), ...more };
    const { request } = parse(protocol, body, false);
    await expect(vendor.connection.generate({ ...request, model: vendor.model })).rejects.toMatchObject({ code: "unsupported", field });
    expect(vendor.received).toEqual([]);
    const own = await vendorOf(protocol);
    await own.connection.generate({ ...request, model: own.model });
    expect(own.received[0]).toMatchObject(more);
  });

  it("puts cache breakpoints where a client of Chat Completions set marks", async () => {
    const vendor = await vendorOf("messages");
    const body = {
      model: "m-1",
      messages: [
        { role: "system", content: [{ type: "text", text: "Long", cache_control: { type: "ephemeral" } }] },
        { role: "user", content: "Hi" },
      ],
    };
    await vendor.connection.generate({ ...parse("chat-completions", body, false).request, model: vendor.model });
    expect(vendor.received[0]?.["system"]).toEqual([{ type: "text", text: "Long", cache_control: { type: "ephemeral" } }]);
  });
});

it("beta headers of a client reach a vendor of its protocol", async () => {
  const vendor = await vendorOf("messages");
  const parsed = inboundProtocols.messages.parse({
    body: bodyOf("messages", false),
    headers: new Headers({ "anthropic-beta": "novelty-2026-01-01" }),
  });
  await vendor.connection.generate({ ...parsed.request, model: vendor.model });
  expect(vendor.receivedHeaders[0]?.["anthropic-beta"]).toContain("novelty-2026-01-01");
});

it("a server that is not Anthropic's receives no beta feature that nobody listed, nor the fields and tools that need it", async () => {
  const received: { headers: Headers; body: Record<string, unknown> }[] = [];
  const connection = connect(custom, {
    baseURL: "http://localhost:1/v1",
    settings: { protocol: "messages" },
    fetch: async (_, init) => {
      received.push({ headers: new Headers(init?.headers), body: JSON.parse(String(init?.body)) as Record<string, unknown> });
      return new Response(direct("messages", false), { headers: { "content-type": "application/json" } });
    },
  });
  const body = {
    model: "m",
    max_tokens: 9,
    messages: [{ role: "user", content: "Hi" }],
    context_management: { edits: [{ type: "clear_tool_uses_20250919" }] },
    tools: [{ type: "computer_20250124", name: "computer", display_width_px: 1, display_height_px: 1 }],
    tool_choice: { type: "auto" },
    novelty: 1,
  };
  const betas = "context-management-2025-06-27,computer-use-2025-01-24,novelty-2026-01-01";
  const { request } = inboundProtocols.messages.parse({ body, headers: new Headers({ "anthropic-beta": betas }) });
  const { notes } = await connection.generate(request);
  expect(received[0]?.headers.get("anthropic-beta")).toBeNull();
  const { context_management: _, tools: __, tool_choice: ___, ...rest } = body;
  expect(received[0]?.body).toEqual(rest);
  expect(notes.map(({ message }) => message).join()).toContain(
    "novelty-2026-01-01, and context_management, the tool computer, which need them",
  );
});

/** The event with other words of the same length, and other counts. */
function disguised(event: ChatEvent): ChatEvent {
  switch (event.type) {
    case "text":
    case "reasoning":
    case "tool-call-delta":
      return { ...event, text: event.text.replace(/[a-zA-Z]/g, "z") };
    case "part-start":
      return event.kind === "tool-call" ? { ...event, id: "x9", name: "peek" } : event;
    case "part-end":
      return event.part.type === "tool-call" ? { ...event, part: { ...event.part, input: { z: "z zzz" } } } : event;
    case "usage":
      return { ...event, usage: { ...event.usage, output: 70 } };
    default:
      return event;
  }
}

/** The message with other words. */
function masked(message: Message): Message {
  if (typeof message.content === "string") return { ...message, content: "(masked)" } as Message; // a text fits every role that has one
  const content = message.content.map((part) => {
    if (part.type === "text" || part.type === "reasoning") return { ...part, text: "(masked)" };
    if (part.type === "tool-result")
      return { ...part, content: typeof part.content === "string" ? "(masked)" : [{ type: "text" as const, text: "(masked)" }] };
    return "data" in part && part.data !== undefined ? { ...part, data: "AAAA" } : part;
  });
  return { ...message, content } as Message; // the kinds of the parts are the same
}
