/** Whatever a vendor of another protocol sends, each protocol's stream keeps its order, and the official clients read the same content. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import Anthropic from "@anthropic-ai/sdk";
import { GoogleGenAI } from "@google/genai";
import { type ChatEvent, type ChatResponse, type FinishReason, LumiverseError } from "@lumiverse/core";
import { type JsonObject, type ReadEvent, ResponseBuilder } from "@lumiverse/core/provider";
import fc from "fast-check";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { checkGrammar } from "./grammars.ts";

const PROTOCOLS = Object.keys(inboundProtocols) as InboundProtocolId[]; // the record has these keys
const ORIGIN = { provider: "p", protocol: "none", model: "m", scope: "vendor" };

interface Step {
  act: "text" | "reasoning" | "call" | "silent call" | "more" | "end" | "source" | "image" | "usage";
  /** Which of the open parts. */
  pick: number;
  words: string;
  input: JsonObject;
}

const step: fc.Arbitrary<Step> = fc.record({
  act: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("text", "reasoning", "call", "silent call") },
    { weight: 8, arbitrary: fc.constant("more") },
    { weight: 3, arbitrary: fc.constant("end") },
    { weight: 2, arbitrary: fc.constantFrom("source", "image", "usage") },
  ) as fc.Arbitrary<Step["act"]>, // all of them are acts
  pick: fc.nat(3),
  words: fc.constantFrom("tide ", "é\n", "🐈", '"\\', "data: x\n\n", "a"),
  input: fc.oneof(
    { weight: 1, arbitrary: fc.constant({}) },
    {
      weight: 3,
      arbitrary: fc.dictionary(fc.constantFrom("city", "days", "ünï"), fc.oneof(fc.string(), fc.integer(), fc.constant([])), {
        maxKeys: 3,
      }),
    },
  ),
});

interface Answer {
  events: ChatEvent[];
  response: ChatResponse;
}

const FINISHES: readonly FinishReason[] = ["stop", "length", "content-filter", "refusal", "context-overflow", "pause", "other"];

/** The events of an answer whose parts begin, go on and end in any order. */
function answerOf(steps: readonly Step[], finish: FinishReason, refusal: boolean): Answer {
  const events: ChatEvent[] = [];
  const builder = new ResponseBuilder(ORIGIN, { push: (event) => void events.push(event) });
  const open: { index: number; kind: "text" | "reasoning" | "call"; left: string; whole: string }[] = [];
  let next = 0;
  let calls = 0;
  const push = (event: ReadEvent): void => builder.push(event);
  push({ type: "start", id: "a", model: "m" });
  /** @param atOnce The vendor sends all arguments at the end, whatever it has sent before */
  const end = (part: (typeof open)[number], atOnce = false): void => {
    open.splice(open.indexOf(part), 1);
    if (atOnce && part.whole !== "") return push({ type: "part-end", index: part.index, arguments: part.whole });
    if (part.kind === "call" && part.left !== "") push({ type: "tool-call-delta", index: part.index, text: part.left });
    push({ type: "part-end", index: part.index });
  };
  for (const { act, pick, words, input } of steps) {
    const part = open[pick % Math.max(1, open.length)];
    const index = next;
    const written = Object.keys(input).length === 0 ? "" : JSON.stringify(input);
    switch (act) {
      case "text":
      case "reasoning":
        open.push({ index: next++, kind: act, left: "", whole: "" });
        push({ type: "part-start", index, kind: act });
        push({ type: act, index, text: words });
        break;
      case "call":
        open.push({ index: next++, kind: "call", left: written, whole: written });
        push({ type: "part-start", index, kind: "tool-call", id: `call_${calls}`, name: `tool_${calls++}` });
        break;
      case "silent call":
        push({ type: "part-start", index: next++, kind: "tool-call", id: `call_${calls}`, name: `tool_${calls++}` });
        push({ type: "part-end", index, arguments: JSON.stringify(input) });
        break;
      case "more":
        if (part === undefined) break;
        if (part.kind !== "call") push({ type: part.kind, index: part.index, text: words });
        else if (part.left.length > 1) {
          push({ type: "tool-call-delta", index: part.index, text: part.left.slice(0, 3) });
          part.left = part.left.slice(3);
        }
        break;
      case "end":
        if (part !== undefined) end(part, words === "a");
        break;
      case "source":
        push({ type: "part", index: next++, part: { type: "source", url: `https://sea.example/${index}`, title: words } });
        break;
      case "image":
        push({ type: "part", index: next++, part: { type: "image", mediaType: "image/png", data: "aGk=" } });
        break;
      case "usage":
        push({ type: "usage", usage: { input: 7, cacheRead: 3, output: 5, completeness: "exact" } });
        break;
    }
  }
  for (const part of [...open]) end(part);
  push({ type: "usage", usage: { input: 7, cacheRead: 3, output: 5, completeness: "exact" } });
  if (refusal) push({ type: "details", details: { refusal: "I would rather not." } });
  push({ type: "finish", reason: finish === "stop" && calls > 0 ? "tool-calls" : finish });
  // What the network adds is not read by the writers.
  return { events, response: builder.build() as unknown as ChatResponse };
}

const answers = fc
  .tuple(fc.array(step, { maxLength: 24 }), fc.constantFrom(...FINISHES), fc.boolean())
  .map(([steps, finish, refusal]) => answerOf(steps, finish, refusal && finish === "refusal"));

const BODIES: { readonly [P in InboundProtocolId]: JsonObject } = {
  "chat-completions": { messages: [{ role: "user", content: "Hi" }] },
  responses: { input: "Hi" },
  messages: { max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
  "generate-content": { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
};

/** The stream of an answer. @param cut The stream fails after so many events */
function write(protocol: InboundProtocolId, { events, response }: Answer, usage: boolean, cut?: number): string {
  const path = protocol === "generate-content" ? { model: "m", stream: true, alt: "sse" } : {};
  const options = usage && protocol === "chat-completions" ? { stream_options: { include_usage: true } } : {};
  const body = { model: "m", ...BODIES[protocol], stream: true, ...options };
  const inbound = inboundProtocols[protocol];
  const writer = inbound.openStream(inbound.parse({ body, headers: new Headers(), ...path }), { id: "g1", createdAt: 0 });
  let text = "";
  for (const event of events.slice(0, cut)) text += writer.write([event]);
  return text + (cut === undefined ? writer.end(response) : writer.fail(new LumiverseError({ code: "overloaded", message: "Too much" })));
}

describe.each(PROTOCOLS)("a written stream of %s", (protocol) => {
  it("keeps the order of its protocol", () => {
    fc.assert(
      fc.property(answers, fc.boolean(), (answer, usage) => {
        checkGrammar[protocol]({ text: write(protocol, answer, usage), failed: false, usage });
      }),
      { numRuns: 200 },
    );
  });

  it("keeps the order of its protocol up to a failure, which is its last message", () => {
    fc.assert(
      fc.property(answers, fc.nat(40), fc.boolean(), (answer, cut, usage) => {
        checkGrammar[protocol]({ text: write(protocol, answer, usage, cut), failed: true, usage });
      }),
      { numRuns: 100 },
    );
  });

  it("is read by the official client with the content of the answer", async () => {
    await fc.assert(
      fc.asyncProperty(answers, async (answer) => {
        served = write(protocol, answer, true);
        expect(await readers[protocol]()).toEqual(contentOf(protocol, answer));
      }),
      { numRuns: 40 },
    );
  });
});

interface Content {
  /** Text in the order in which it came. */
  text: string;
  reasoning: string;
  calls: { id: string; name: string; input: unknown }[];
  sources: string[];
  images: number;
  refusal: string;
}

/** What a client of a protocol can read of an answer. */
function contentOf(protocol: InboundProtocolId, { events, response }: Answer): Content {
  const content = emptyContent();
  const texts = new Map<number, string>();
  for (const event of events) {
    if (event.type === "text" || event.type === "reasoning") {
      content[event.type] += event.text;
      texts.set(event.index, (texts.get(event.index) ?? "") + event.text);
    } else if (event.type === "part" && event.part.type === "image") {
      if (protocol === "messages") content.text += "![image](data:image/png;base64,aGk=)";
      else content.images++;
    } else if (event.type === "part" && event.part.type === "source") content.sources.push(event.part.url ?? "");
  }
  const ends = events.flatMap((event) => (event.type === "part-end" && event.part.type === "tool-call" ? [event.part] : []));
  const starts = events.flatMap((event) => (event.type === "part-start" && event.kind === "tool-call" ? [event.id] : []));
  const order = protocol === "generate-content" ? ends.map(({ id }) => id) : starts;
  const calls = new Map(ends.map(({ id, name, input }) => [id, { id, name, input }]));
  content.calls = order.flatMap((id) => calls.get(id) ?? []);
  if (protocol === "responses") {
    // Each part is an item, in the order in which the parts began.
    const begun = (kind: string): string =>
      events.flatMap((event) => (event.type === "part-start" && event.kind === kind ? [texts.get(event.index) ?? ""] : [])).join("");
    content.text = begun("text");
    content.reasoning = begun("reasoning");
  }
  const refusal = response.details["refusal"] === undefined ? "" : "I would rather not.";
  if (protocol === "generate-content") content.text += refusal;
  else content.refusal = refusal;
  return content;
}

function emptyContent(): Content {
  return { text: "", reasoning: "", calls: [], sources: [], images: 0, refusal: "" };
}

let served = "";
let server: Server;
let origin = "";
beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" }).end(served);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const apiKey = "client-key-0000000000";
const readers: { readonly [P in InboundProtocolId]: () => Promise<Content> } = {
  async "chat-completions"() {
    const content = emptyContent();
    const client = new OpenAI({ apiKey, baseURL: `${origin}/v1`, maxRetries: 0 });
    const stream = client.chat.completions.stream({ model: "m", messages: [{ role: "user", content: "Hi" }] });
    // The client has no fields for these.
    stream.on("chunk", ({ choices }) => {
      const delta = (choices[0]?.delta ?? {}) as {
        reasoning_content?: string;
        images?: object[];
        annotations?: { url_citation: { url: string } }[];
      };
      content.reasoning += delta.reasoning_content ?? "";
      content.images += delta.images?.length ?? 0;
      content.sources.push(...(delta.annotations ?? []).map(({ url_citation: { url } }) => url));
    });
    const { message } = (await stream.finalChatCompletion()).choices[0] ?? {};
    content.text = message?.content ?? "";
    content.refusal = message?.refusal ?? "";
    for (const call of message?.tool_calls ?? [])
      if ("function" in call) content.calls.push({ id: call.id, name: call.function.name, input: JSON.parse(call.function.arguments) });
    return content;
  },
  async responses() {
    const content = emptyContent();
    const client = new OpenAI({ apiKey, baseURL: `${origin}/v1`, maxRetries: 0 });
    const { output } = await client.responses.stream({ model: "m", input: "Hi" }).finalResponse();
    for (const item of output) {
      if (item.type === "reasoning") content.reasoning += item.summary.map(({ text }) => text).join("");
      if (item.type === "function_call") content.calls.push({ id: item.call_id, name: item.name, input: JSON.parse(item.arguments) });
      if (item.type === "image_generation_call") content.images++;
      if (item.type !== "message") continue;
      for (const part of item.content) {
        if (part.type === "refusal") content.refusal += part.refusal;
        else {
          content.text += part.text;
          content.sources.push(...part.annotations.flatMap((one) => (one.type === "url_citation" ? [one.url] : [])));
        }
      }
    }
    return content;
  },
  async messages() {
    const content = emptyContent();
    const client = new Anthropic({ apiKey, baseURL: origin, maxRetries: 0 });
    const message = await client.messages
      .stream({ model: "m", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] })
      .finalMessage();
    for (const block of message.content) {
      if (block.type === "thinking") content.reasoning += block.thinking;
      if (block.type === "tool_use") content.calls.push({ id: block.id, name: block.name, input: block.input });
      if (block.type !== "text") continue;
      content.text += block.text;
      content.sources.push(...(block.citations ?? []).flatMap((one) => (one.type === "web_search_result_location" ? [one.url] : [])));
    }
    content.refusal = message.stop_details?.explanation ?? "";
    return content;
  },
  async "generate-content"() {
    const content = emptyContent();
    const client = new GoogleGenAI({ apiKey, httpOptions: { baseUrl: origin } });
    for await (const { candidates } of await client.models.generateContentStream({ model: "m", contents: "Hi" })) {
      const [candidate] = candidates ?? [];
      for (const { text = "", thought, functionCall, inlineData } of candidate?.content?.parts ?? []) {
        if (functionCall) content.calls.push({ id: functionCall.id ?? "", name: functionCall.name ?? "", input: functionCall.args });
        else if (inlineData) content.images++;
        else content[thought === true ? "reasoning" : "text"] += text;
      }
      content.sources.push(...(candidate?.groundingMetadata?.groundingChunks ?? []).map(({ web }) => web?.uri ?? ""));
    }
    return content;
  },
};
