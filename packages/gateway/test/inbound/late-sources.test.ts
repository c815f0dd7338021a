/** Sources that a vendor names after a call of a tool, when the text that cites them has ended. */
import type { ChatEvent } from "@lumiverse/core";
import type { JsonObject } from "@lumiverse/core/provider";
import { expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { checkGrammar } from "./grammars.ts";
import { answers, startTarget, startVendorForTest } from "./vendors.ts";

const URL = "https://sea.example/tides";
const HI = { type: "text", text: "Hi" };
const event = (data: JsonObject): string => `data: ${JSON.stringify(data)}\n\n`;
const chunk = (delta: JsonObject, finish: string | null = null): string =>
  event({ id: "c-1", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: finish }] });
const text = chunk({ role: "assistant", content: "High at five." });
const call = chunk({ tool_calls: [{ index: 0, id: "c1", type: "function", function: { name: "look", arguments: "{}" } }] });
const source = chunk({ annotations: [{ type: "url_citation", url_citation: { url: URL, title: "Tides", start_index: 0, end_index: 4 } }] });
const more = chunk({ content: " Then low." });
const done = `${chunk({}, "tool_calls")}data: [DONE]\n\n`;

const BODIES: Record<"responses" | "messages" | "generate-content", JsonObject> = {
  responses: { model: "m", input: "Hi", stream: true },
  messages: { model: "m", max_tokens: 9, messages: [{ role: "user", content: "Hi" }], stream: true },
  "generate-content": { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
};

/** What a client reads of the stream of a vendor of Chat Completions. */
async function read(protocol: keyof typeof BODIES, ...chunks: string[]): Promise<JsonObject[]> {
  const vendor = await startVendorForTest("chat-completions", () => ({ body: chunks.join("") }));
  const parsed = inboundProtocols[protocol].parse({ body: BODIES[protocol], headers: new Headers(), model: "m", stream: true, alt: "sse" });
  const stream = vendor.connection.stream({ ...parsed.request, model: vendor.model });
  const events: ChatEvent[] = [];
  for await (const one of stream) events.push(one);
  const writer = inboundProtocols[protocol].openStream(parsed, { id: "t1", createdAt: 0 });
  const written = writer.write(events) + writer.end(await stream.response());
  checkGrammar[protocol]({ text: written, failed: false, usage: true });
  return [...written.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data) as JsonObject); // an object in each event
}

/** The output of the response at the end. */
function outputOf(events: readonly JsonObject[]): JsonObject[] {
  const { response } = events.at(-1) ?? {};
  return (response as { output: JsonObject[] }).output; // the grammar was checked
}

it("are annotations of that text for a client of Responses, which receives no message without text", async () => {
  const events = await read("responses", text, call, source, done);
  const output = outputOf(events);
  expect(output.map(({ type }) => type)).toEqual(["message", "function_call"]);
  const annotation = { type: "url_citation", url: URL, title: "Tides", start_index: 0, end_index: 4 };
  expect(output[0]).toMatchObject({ content: [{ text: "High at five.", annotations: [annotation] }] });
  const added = events.find(({ type }) => type === "response.output_text.annotation.added");
  expect(added).toMatchObject({ item_id: output[0]?.["id"], output_index: 0, content_index: 0, annotation_index: 0, annotation });
});

it("are annotations of the text after the call for a client of Responses, where there is one", async () => {
  const output = outputOf(await read("responses", text, call, source, more, done));
  expect(JSON.stringify(output)).toContain(URL);
  expect(output.filter(({ content }) => JSON.stringify(content)?.includes('"text":""'))).toEqual([]);
});

it("cite the next text for a client of Messages, and are a block of their own at the end of an answer alone", async () => {
  const kinds = (events: readonly JsonObject[]): string[] =>
    events.flatMap(({ content_block: block, delta }) => {
      const type = ((block ?? delta) as JsonObject | undefined)?.["type"];
      return typeof type === "string" && type !== "input_json_delta" ? [type] : [];
    });
  expect(kinds(await read("messages", text, call, source, done))).toEqual(["text", "text_delta", "tool_use", "text", "citations_delta"]);
});

it("are in the metadata of the last chunk for a client of generateContent", async () => {
  const last = (await read("generate-content", text, call, source, done)).at(-1);
  expect(last?.["candidates"]).toMatchObject([{ groundingMetadata: { groundingChunks: [{ web: { uri: URL } }] } }]);
});

it("that a client of Messages sends back are taken out for Anthropic, which refuses citations and texts of this kind", async () => {
  const vendor = await startVendorForTest("messages", () => ({ body: answers.messages({ text: "Aye." }, false) }));
  const foreign = { type: "web_search_result_location", cited_text: "", encrypted_index: "", title: "Tides", url: URL };
  const own = { ...foreign, encrypted_index: "enc-1" };
  const user = { role: "user", content: "Hi" };
  const ask = async (content: JsonObject[]): Promise<unknown> => {
    const body = { model: "m", max_tokens: 9, messages: [user, { role: "assistant", content }, user] };
    const { request } = inboundProtocols.messages.parse({ body, headers: new Headers() });
    await vendor.connection.generate({ ...request, model: vendor.model });
    return vendor.received.at(-1)?.["messages"];
  };
  const cited = await ask([
    { type: "text", text: "High at five.", citations: [foreign, own] },
    { type: "text", text: "Low at eleven.", citations: [foreign] },
    { type: "text", text: "", citations: [foreign] },
  ]);
  const kept = [
    { type: "text", text: "High at five.", citations: [own] },
    { type: "text", text: "Low at eleven." },
  ];
  expect(cited).toEqual([user, { role: "assistant", content: kept }, user]);
  const content = [{ type: "text", text: "High.", citations: [own] }];
  expect(await ask(content)).toEqual([user, { role: "assistant", content }, user]);
  // A turn that has nothing else goes with it, and the turns around it become one.
  const both = { role: "user", content: [HI, HI] };
  expect(await ask([{ type: "text", text: "", citations: [foreign] }])).toEqual([both]);
  const cached = { cache_control: { type: "ephemeral" } };
  const marked = { type: "text", text: " ", citations: [foreign], ...cached };
  expect(await ask([marked])).toEqual([{ role: "user", content: [{ ...HI, ...cached }, HI] }]);
  const thinking = { type: "thinking", thinking: "Five?", signature: "signed" };
  const said = { type: "text", text: "High." };
  expect(await ask([said, thinking, marked])).toEqual([user, { role: "assistant", content: [{ ...said, ...cached }, thinking] }, user]);
});

it.each([
  ["chat-completions", { protocol: "chat-completions" }],
  ["responses", { protocol: "responses" }],
  ["messages", { protocol: "messages" }],
  ["generate-content", { protocol: "generate-content" }],
] as const)("that are all of a turn leave no empty turn for a vendor of %s", async (protocol, target) => {
  const vendor = await startTarget(target, () => ({ body: answers[protocol]({ text: "Aye." }, false) }));
  const foreign = { type: "web_search_result_location", cited_text: "", encrypted_index: "", title: "Tides", url: URL };
  for (const block of [
    { type: "text", text: "", citations: [foreign] },
    { type: "web_search_tool_result", tool_use_id: "s1", content: [] },
  ]) {
    const turns = ["One", "Two"].map((content) => ({ role: "user", content }));
    const body = { model: "m", max_tokens: 9, messages: [turns[0], { role: "assistant", content: [block] }, turns[1]] };
    const { request } = inboundProtocols.messages.parse({ body, headers: new Headers() });
    // Another protocol's client sends the same conversation, so that the vendor's provider renders it.
    const { spelling: _, ...neutral } = request;
    await vendor.connection.generate({ ...(protocol === "messages" ? neutral : request), model: vendor.model });
    const sent = vendor.received.at(-1) ?? {};
    const items = [sent["messages"], sent["input"], sent["contents"]].flat().filter((one) => one !== undefined) as JsonObject[];
    expect(items.map(({ role }) => role)).toEqual(items.map(() => "user"));
    expect(JSON.stringify(items)).toMatch(/One.*Two/);
  }
});

const everyProtocol: readonly InboundProtocolId[] = ["responses", "messages", "generate-content"];
it.each(everyProtocol)("of an answer without text are not lost for a client of %s", async (protocol) => {
  expect(JSON.stringify(await read(protocol as keyof typeof BODIES, call, source, done))).toContain(URL);
});
