/** Streams whose events differ from each other in a few strings alone, which are not taken apart one by one. */
import type { ChatEvent, ChatResponse } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { afterEach, describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { AnswerHead, InboundProtocolId, ParsedRequest } from "../../src/inbound/protocol.ts";
import { REQUESTS } from "./requests.ts";
import { answers, startVendor, type Vendor } from "./vendors.ts";

const PROTOCOLS: readonly InboundProtocolId[] = ["chat-completions", "responses", "messages", "generate-content"];
const HEAD = { id: "t1", createdAt: 0 };
const KEY = "vendor-key-0000000000";
const LONG = Array.from({ length: 100 }, (_, i) => `Line ${i}: "é"\t\\ 🐈.\n`).join("");

let vendor: Vendor | undefined;
afterEach(async () => {
  await vendor?.close();
  vendor = undefined;
});

type Edit = (event: JsonObject, index: number) => JsonObject;
type VendorEvent = Extract<ChatEvent, { type: "vendor-fields" }>;

/** Every event has a field that its vendor alone knows, and that differs. */
const padded: Edit = (event, i) => ({ ...event, padding: "k3mQz8RtLw0XcV5b".slice(0, 3 + ((i * 11) % 13)) });

/** A stream of the vendor whose reasoning, text and arguments come in hundreds of pieces. */
function longStream(protocol: InboundProtocolId, edit: Edit): string {
  let index = 0;
  const call = { id: "c2", name: "look", input: { text: LONG } };
  return answers[protocol]({ reasoning: LONG, text: LONG, call }, true).replace(
    /^data: (\{.*\})$/gm,
    (_, json: string) => `data: ${JSON.stringify(edit(JSON.parse(json) as JsonObject, index++))}`,
  );
}

async function read(protocol: InboundProtocolId, sent: string): Promise<{ parsed: ParsedRequest; events: ChatEvent[]; end: ChatResponse }> {
  vendor = await startVendor(protocol, () => ({ body: sent }));
  const own = REQUESTS[protocol];
  const body = protocol === "generate-content" ? own : { ...own, stream: true };
  const model = protocol === "generate-content" ? { model: "m-1" } : {};
  const parsed = inboundProtocols[protocol].parse({ body, headers: new Headers(), ...model, stream: true, alt: "sse" });
  const stream = vendor.connection.stream({ ...parsed.request, model: vendor.model });
  const events: ChatEvent[] = [];
  for await (const event of stream) events.push(event);
  return { parsed, events, end: await stream.response() };
}

function write(parsed: ParsedRequest, events: readonly ChatEvent[], end: ChatResponse, head: AnswerHead = HEAD): string {
  const writer = inboundProtocols[parsed.protocol].openStream(parsed, head);
  return writer.write(events) + writer.end(end);
}

const eventsIn = (text: string): unknown[] =>
  text.split(/\r?\n\r?\n/).flatMap((block) => {
    const data = /^data: ?(.*)$/m.exec(block)?.[1];
    return data === undefined || data === "[DONE]" ? [] : [JSON.parse(data) as unknown];
  });

describe.each(PROTOCOLS)("a long %s stream to a client of its protocol", (protocol) => {
  it("comes back exactly as the vendor sent it, and most of its events are not taken apart", async () => {
    const sent = longStream(protocol, padded);
    const { parsed, events, end } = await read(protocol, sent);
    expect(eventsIn(write(parsed, events, end))).toEqual(eventsIn(sent));
    const messages = events.filter((event) => event.type === "vendor-fields");
    expect(messages.filter(({ spelled }) => spelled !== undefined).length).toBeGreaterThan(0.7 * messages.length);
  });

  it("says what the neutral events say", async () => {
    const { parsed, events, end } = await read(protocol, longStream(protocol, padded));
    const changed = events.map((event) =>
      event.type === "text" || event.type === "reasoning" || event.type === "tool-call-delta"
        ? { ...event, text: event.text.replace(/[a-z]/g, "z") }
        : event,
    );
    const deltas = eventsIn(write(parsed, changed, end))
      .slice(20, 150)
      .map((event) => JSON.stringify(event))
      .join("");
    expect(deltas).toContain("Lzzz");
    expect(deltas).not.toContain("Line");
  });

  it("says what the vendor's fields say after a change, and leaves the other events alone", async () => {
    const sent = longStream(protocol, padded);
    const { parsed, events, end } = await read(protocol, sent);
    const place = events.findLastIndex((event) => event.type === "vendor-fields" && event.spelled !== undefined);
    const changed = events.with(place, withField(events[place] as VendorEvent, "padding", "another")); // found by its type
    const written = eventsIn(write(parsed, changed, end));
    const original = eventsIn(sent);
    const differs = written.flatMap((event, i) => (JSON.stringify(event) === JSON.stringify(original[i]) ? [] : [i]));
    expect(differs).toHaveLength(1);
    expect(written[differs[0] ?? 0]).toMatchObject({ padding: "another" });
  });

  it("shows no secret that a vendor repeats in a field of one event", async () => {
    const sent = longStream(protocol, (event, i) => ({ ...padded(event, i), ...(i % 40 === 39 ? { padding: `-${KEY}-` } : {}) }));
    expect(sent).toContain(KEY);
    const { parsed, events, end } = await read(protocol, sent);
    const written = write(parsed, events, end);
    expect(written).not.toContain(KEY);
    expect(eventsIn(written)).toEqual(eventsIn(sent.replaceAll(KEY, "[key]")));
  });

  it("follows a field that appears, one that changes its type, and blanks between the tokens", async () => {
    const sent = longStream(protocol, (event, i) => {
      if (i % 60 === 30) return { padding: i, ...event };
      return i % 60 === 45 ? { ...event, novelty: { a: [i] } } : padded(event, i);
    }).replaceAll('"padding":"k', '"padding" : "k');
    const { parsed, events, end } = await read(protocol, sent);
    expect(eventsIn(write(parsed, events, end))).toEqual(eventsIn(sent));
  });
});

/** Where events of the four protocols name the model. */
const VENDORS_MODEL = /"(model|modelVersion)":( ?)"m-1"/g;

describe.each(PROTOCOLS)("a long %s stream for a model that the client named in its own way", (protocol) => {
  const edits: readonly [string, (sent: string) => string][] = [
    ["as it is", (sent) => sent],
    ["with blanks between the tokens", (sent) => sent.replace(VENDORS_MODEL, '"$1": "m-1"')],
    // llama.cpp sorts the fields of its chunks by their names.
    ["with sorted fields", (sent) => sent.replace(/^data: (\{.*\})$/gm, (_, json: string) => `data: ${JSON.stringify(sorted(json))}`)],
    [
      "with dates",
      (sent) => sent.replace(VENDORS_MODEL, (field, key, _, at: number) => (at % 3 === 0 ? `"${key}":"m-1-2026-11-30"` : field)),
    ],
    ["with the same field elsewhere", (sent) => sent.replace(/^data: \{/gm, 'data: {"other":{"model":"m-1","modelVersion":"m-1"},')],
    ["with an empty name", (sent) => sent.replace(VENDORS_MODEL, (field, key, _, at: number) => (at % 5 === 0 ? `"${key}":""` : field))],
  ];
  it.each(edits)("has the client's name in place of the vendor's, and nothing else is changed: %s", async (_, edit) => {
    const sent = edit(longStream(protocol, padded));
    const { parsed, events, end } = await read(protocol, sent);
    const written = eventsIn(write({ ...parsed, model: 'house/m "1"' }, events, end, { ...HEAD, renamesModel: () => true }));
    expect(written).toEqual(eventsIn(sent).map((event) => renamed(event, 'house/m "1"')));
    expect(written).not.toEqual(eventsIn(sent));
    expect(eventsIn(write(parsed, events, end, { ...HEAD, renamesModel: () => false }))).toEqual(eventsIn(sent));
  });
});

function sorted(json: string): unknown {
  return Object.fromEntries(Object.entries(JSON.parse(json) as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The event with another name, where the documentation of its protocol has one. */
function renamed(event: unknown, name: string): unknown {
  if (!isObject(event)) return event;
  const copy: JsonObject = { ...event };
  for (const key of ["model", "modelVersion"]) if (typeof copy[key] === "string" && copy[key] !== "") copy[key] = name;
  for (const key of ["message", "response"]) if (isObject(copy[key])) copy[key] = renamed(copy[key], name);
  return copy;
}

function withField(event: VendorEvent, field: string, value: unknown): VendorEvent {
  return { ...event, fields: { ...event.fields, [field]: value } };
}

describe("a long stream of Chat Completions", () => {
  const chunk = (delta: JsonObject, more: JsonObject = {}, choice: JsonObject = {}): string =>
    `data: ${JSON.stringify({ id: "a", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason: null, ...choice }], ...more })}\n\n`;
  const deltas = (count: number, text: (i: number) => JsonObject): string =>
    Array.from({ length: count }, (_, i) => chunk(...([text(i)] as const))).join("");

  it.each([
    ["a finish reason and usage after many pieces", `${deltas(60, (i) => ({ content: `a${i}` }))}`],
    ["empty pieces", deltas(90, (i) => ({ content: i % 30 === 29 ? "" : `a${i}` }))],
    [
      "a call after many pieces",
      `${deltas(60, (i) => ({ content: `a${i}` }))}${chunk({ tool_calls: [{ index: 0, id: "c1", type: "function", function: { name: "look", arguments: "{}" } }] })}`,
    ],
    [
      "text, reasoning, and text again",
      [0, 1, 2].map((n) => deltas(50, (i) => (n === 1 ? { reasoning: `r${i}` } : { content: `a${i}` }))).join(""),
    ],
    [
      "a finish reason in the middle",
      `${deltas(60, (i) => ({ content: `a${i}` }))}${chunk({ content: "b" }, {}, { finish_reason: "stop" })}${deltas(60, (i) => ({ content: `c${i}` }))}`,
    ],
    ["an emoji that is cut in two", deltas(60, (i) => ({ content: i === 40 ? "a\ud83d" : i === 41 ? "\udc08b" : `a${i}` }))],
    [
      "usage with each piece",
      Array.from({ length: 60 }, (_, i) =>
        chunk({ content: `a${i}` }, { usage: { prompt_tokens: 3, completion_tokens: i, total_tokens: 3 + i } }),
      ).join(""),
    ],
    [
      "a second choice now and then",
      Array.from({ length: 60 }, (_, i) =>
        chunk({ content: `a${i}` }, i % 30 === 29 ? { choices: [{ index: 1, delta: { content: "other" }, finish_reason: null }] } : {}),
      ).join(""),
    ],
  ])("reaches the client: %s", async (_what, body) => {
    const sent = `${body}${chunk({}, {}, { finish_reason: "stop" })}data: ${JSON.stringify({ id: "a", choices: [], usage: { prompt_tokens: 3, completion_tokens: 60, total_tokens: 63 } })}\n\ndata: [DONE]\n\n`;
    const { parsed, events, end } = await read("chat-completions", sent);
    const text = eventsIn(sent)
      .map(
        (event) =>
          (event as { choices: { index: number; delta: { content?: string } }[] }).choices.find(({ index }) => index === 0)?.delta
            .content ?? "",
      )
      .join("");
    expect(end.text).toBe(text);
    expect(end.usage).toMatchObject({ input: 3, output: 60 });
    expect(eventsIn(write(parsed, events, end))).toEqual(eventsIn(sent));
  });

  it("that reports a failure in the middle is a failure", async () => {
    const body = `${deltas(60, (i) => ({ content: `a${i}` }))}data: ${JSON.stringify({ error: { message: "Out of luck", code: 500 } })}\n\n`;
    await expect(read("chat-completions", body)).rejects.toMatchObject({ message: expect.stringContaining("Out of luck") });
  });
});
