/** Every stop reason of every vendor's protocol, as the clients of the four protocols receive it. */
import type { ChatResponse, FinishReason } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId, ParsedRequest } from "../../src/inbound/protocol.ts";
import { answers, asksForStream, startVendor, type Vendor } from "./vendors.ts";

const PROTOCOLS = Object.keys(inboundProtocols) as InboundProtocolId[]; // the record has these keys
const HEAD = { id: "s1", createdAt: 0 };
const TEXT = "The sea is";
const WORDS = "I would rather not.";
const CALL = { id: "call_7", name: "get_weather", input: { city: "Oslo" } };

/** What a client must read, by the neutral meaning. Responses: the status, with the reason where it is incomplete. */
const EXPECTED: { readonly [P in InboundProtocolId]: { readonly [R in FinishReason]: string } } = {
  "chat-completions": {
    stop: "stop",
    "tool-calls": "tool_calls",
    length: "length",
    "context-overflow": "length",
    pause: "length",
    "content-filter": "content_filter",
    refusal: "content_filter",
    other: "stop",
  },
  responses: {
    stop: "completed",
    "tool-calls": "completed",
    length: "incomplete max_output_tokens",
    "context-overflow": "incomplete max_output_tokens",
    pause: "incomplete max_output_tokens",
    "content-filter": "incomplete content_filter",
    refusal: "incomplete content_filter",
    other: "completed",
  },
  messages: {
    stop: "end_turn",
    "tool-calls": "tool_use",
    length: "max_tokens",
    "context-overflow": "model_context_window_exceeded",
    pause: "pause_turn",
    "content-filter": "refusal",
    refusal: "refusal",
    other: "end_turn",
  },
  "generate-content": {
    stop: "STOP",
    "tool-calls": "STOP",
    length: "MAX_TOKENS",
    "context-overflow": "MAX_TOKENS",
    pause: "MAX_TOKENS",
    "content-filter": "SAFETY",
    refusal: "SAFETY",
    other: "OTHER",
  },
};

interface Row {
  /** The vendor's word. */
  word: string;
  means: FinishReason;
  calls?: boolean;
  /** The vendor sends the words of a refusal. */
  refuses?: boolean;
}

const ROWS: { readonly [P in InboundProtocolId]: readonly Row[] } = {
  "chat-completions": [
    { word: "stop", means: "stop" },
    { word: "length", means: "length" },
    { word: "tool_calls", means: "tool-calls", calls: true },
    { word: "function_call", means: "tool-calls", calls: true },
    { word: "stop", means: "tool-calls", calls: true },
    { word: "tool_calls", means: "stop" },
    { word: "content_filter", means: "content-filter" },
    { word: "stop", means: "refusal", refuses: true },
    { word: "a word of tomorrow", means: "other" },
  ],
  responses: [
    { word: "completed", means: "stop" },
    { word: "completed", means: "tool-calls", calls: true },
    { word: "max_output_tokens", means: "length" },
    { word: "content_filter", means: "content-filter" },
    { word: "completed", means: "refusal", refuses: true },
    { word: "a word of tomorrow", means: "other" },
  ],
  messages: [
    { word: "end_turn", means: "stop" },
    { word: "stop_sequence", means: "stop" },
    { word: "max_tokens", means: "length" },
    { word: "tool_use", means: "tool-calls", calls: true },
    { word: "end_turn", means: "tool-calls", calls: true },
    { word: "tool_use", means: "stop" },
    { word: "pause_turn", means: "pause" },
    { word: "refusal", means: "refusal" },
    { word: "refusal", means: "refusal", refuses: true },
    { word: "model_context_window_exceeded", means: "context-overflow" },
    { word: "a word of tomorrow", means: "other" },
  ],
  "generate-content": [
    { word: "STOP", means: "stop" },
    { word: "STOP", means: "tool-calls", calls: true },
    { word: "MAX_TOKENS", means: "length" },
    ...["SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"].map(
      (word): Row => ({ word, means: "content-filter" }),
    ),
    ...["MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "OTHER", "A_WORD_OF_TOMORROW"].map((word): Row => ({ word, means: "other" })),
  ],
};

/** An answer of the vendor that ends in a row's way. */
function vendorAnswer(protocol: InboundProtocolId, { word, calls = false, refuses = false }: Row, streaming: boolean): string {
  const body = answers[protocol](calls ? { text: TEXT, call: CALL } : { text: TEXT }, streaming);
  switch (protocol) {
    case "chat-completions": {
      const ended = body.replace(/"finish_reason":"(?:stop|tool_calls)"/, `"finish_reason":"${word}"`);
      if (!refuses) return ended;
      const refusal = `"refusal":${JSON.stringify(WORDS)}`;
      return streaming ? ended.replace('"delta":{}', `"delta":{${refusal}}`) : ended.replace('"content":', `${refusal},"content":`);
    }
    case "responses": {
      const incomplete = (whole: string): string =>
        whole
          .replaceAll('"status":"completed","incomplete_details":null', `"status":"incomplete","incomplete_details":{"reason":"${word}"}`)
          .replaceAll("response.completed", "response.incomplete");
      const part = JSON.stringify({ type: "output_text", text: TEXT, annotations: [] });
      const ended = word === "completed" ? body : incomplete(body);
      return refuses ? ended.replaceAll(part, `${part},${JSON.stringify({ type: "refusal", refusal: WORDS })}`) : ended;
    }
    case "messages": {
      const details = refuses ? `,"stop_details":${JSON.stringify({ type: "refusal", category: "cyber", explanation: WORDS })}` : "";
      return body.replace(/"stop_reason":"(?:end_turn|tool_use)"/, `"stop_reason":"${word}"${details}`);
    }
    case "generate-content":
      return body.replace('"finishReason":"STOP"', `"finishReason":"${word}"`);
  }
}

const REQUESTS: { readonly [P in InboundProtocolId]: JsonObject } = {
  "chat-completions": { model: "m", messages: [{ role: "user", content: "Hi" }] },
  responses: { model: "m", input: "Hi" },
  messages: { model: "m", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
  "generate-content": { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
};

function parse(client: InboundProtocolId, stream: boolean): ParsedRequest {
  const path = client === "generate-content" ? { model: "m", stream, alt: "sse" } : {};
  return inboundProtocols[client].parse({ body: { ...REQUESTS[client], stream }, headers: new Headers(), ...path });
}

interface Ended {
  finish: string;
  refusal: string;
  text: string;
}

/** What a client reads: of a body, or of the messages of a stream. */
const read: { readonly [P in InboundProtocolId]: (messages: readonly JsonObject[]) => Ended } = {
  "chat-completions": (messages) => {
    const ended: Ended = { finish: "", refusal: "", text: "" };
    for (const choice of messages.flatMap(({ choices }) => choices).filter(isObject)) {
      const said = choice["delta"] ?? choice["message"];
      if (isObject(said)) {
        ended.text += String(said["content"] ?? "");
        ended.refusal += String(said["refusal"] ?? "");
      }
      if (choice["finish_reason"] !== null) ended.finish += String(choice["finish_reason"]);
    }
    return ended;
  },
  responses: (messages) => {
    const last = messages.at(-1);
    const response = isObject(last?.["response"]) ? last["response"] : (last ?? {});
    const { status, incomplete_details: details, output } = response;
    const parts = [output]
      .flat()
      .filter(isObject)
      .flatMap(({ content }) => content)
      .filter(isObject);
    return {
      finish: isObject(details) ? `${String(status)} ${String(details["reason"])}` : String(status),
      refusal: parts.map((part) => part["refusal"] ?? "").join(""),
      text: parts.map((part) => part["text"] ?? "").join(""),
    };
  },
  messages: (messages) => {
    const ended: Ended = { finish: "", refusal: "", text: "" };
    for (const message of messages) {
      const outcome = isObject(message["delta"]) ? message["delta"] : message;
      ended.finish += String(outcome["stop_reason"] ?? "");
      if (isObject(outcome["stop_details"])) ended.refusal += String(outcome["stop_details"]["explanation"] ?? "");
      const blocks = [message["content"] ?? outcome].flat().filter(isObject);
      ended.text += blocks.map(({ text = "" }) => text).join("");
    }
    return ended;
  },
  "generate-content": (messages) => {
    const ended: Ended = { finish: "", refusal: "", text: "" };
    for (const candidate of messages.flatMap(({ candidates }) => candidates).filter(isObject)) {
      ended.finish += String(candidate["finishReason"] ?? "");
      const parts = isObject(candidate["content"]) ? [candidate["content"]["parts"]].flat().filter(isObject) : [];
      ended.text += parts.map(({ text = "" }) => text).join("");
    }
    return ended;
  },
};

let row: Row = { word: "", means: "stop" };
let vendors: Record<InboundProtocolId, Vendor>;
beforeAll(async () => {
  const started = PROTOCOLS.map(async (protocol) => [
    protocol,
    await startVendor(protocol, (body, url) => ({ body: vendorAnswer(protocol, row, asksForStream(body, url)) })),
  ]);
  vendors = Object.fromEntries(await Promise.all(started)) as typeof vendors; // one for each protocol
});
afterAll(async () => {
  for (const vendor of Object.values(vendors)) await vendor.close();
});

/** @param translated Whether the answer is written from the neutral form also where the vendor speaks the client's protocol */
async function ask(vendor: Vendor, client: InboundProtocolId, stream: boolean, translated: boolean): Promise<[Ended, ChatResponse]> {
  const protocol = inboundProtocols[client];
  const parsed = parse(client, stream);
  const { vendorFields: _, ...plain } = parsed.request;
  const request = { ...(translated ? plain : parsed.request), model: vendor.model };
  if (!stream) {
    const response = await vendor.connection.generate(request);
    return [read[client]([protocol.body(parsed, response, HEAD) as JsonObject]), response]; // protocols write objects
  }
  const writer = protocol.openStream(parsed, HEAD);
  const answered = vendor.connection.stream(request);
  let text = "";
  for await (const event of answered) text += writer.write([event]);
  const response = await answered.response();
  text += writer.end(response);
  const sent = [...text.matchAll(/^data: (\{.*\})\r?$/gm)].map(([, data = ""]) => JSON.parse(data) as JsonObject); // objects alone match
  return [read[client](sent), response];
}

const TABLE = PROTOCOLS.flatMap((vendor) =>
  ROWS[vendor].map((one) => ({
    vendor,
    ...one,
    how: one.calls === true ? "with a call" : one.refuses === true ? "with a refusal" : "after text",
  })),
);

describe.each(TABLE)("$word of a vendor of $vendor $how", ({ vendor, ...one }) => {
  it.each(PROTOCOLS.flatMap((client) => [true, false].map((stream) => [client, stream] as const)))(
    "has one meaning for a client of %s (stream: %s)",
    async (client, stream) => {
      row = one;
      const [ended, response] = await ask(vendors[vendor], client, stream, true);
      expect(response.rawFinishReason).toBe(one.word);
      // The words of a refusal are a part of a completed answer in Responses.
      const saidInResponses = client === "responses" && one.refuses === true;
      const words = one.refuses === true ? WORDS : "";
      // generateContent has no place for the words but the text.
      const [refusal, text] = client === "generate-content" ? ["", TEXT + words] : [words, TEXT];
      expect(ended).toEqual({ finish: saidInResponses ? "completed" : EXPECTED[client][one.means], refusal, text });
    },
  );

  it.each([true, false])("is the vendor's own word for a client of its protocol (stream: %s)", async (stream) => {
    row = one;
    const [{ finish }] = await ask(vendors[vendor], vendor, stream, false);
    expect(finish).toContain(one.word);
  });
});
