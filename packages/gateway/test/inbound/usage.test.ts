/** Usage between protocols: OpenAI and Google count cached tokens as a part of the prompt, Anthropic beside it. */
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { answers, asksForStream, startVendorForTest } from "./vendors.ts";

const PROTOCOLS = Object.keys(inboundProtocols) as InboundProtocolId[]; // the record has these keys
const PAIRS = PROTOCOLS.flatMap((vendor) => PROTOCOLS.map((client) => [vendor, client] as const));

/** One answer in each protocol's counts: 240,403 tokens of prompt, 229,504 of them from a cache; 1,234 generated, 34 of them reasoning. */
const USAGE: { readonly [P in InboundProtocolId]: JsonObject } = {
  "chat-completions": {
    prompt_tokens: 240_403,
    completion_tokens: 1234,
    total_tokens: 241_637,
    prompt_tokens_details: { cached_tokens: 229_504 },
    completion_tokens_details: { reasoning_tokens: 34 },
  },
  responses: {
    input_tokens: 240_403,
    input_tokens_details: { cached_tokens: 229_504 },
    output_tokens: 1234,
    output_tokens_details: { reasoning_tokens: 34 },
    total_tokens: 241_637,
  },
  messages: {
    input_tokens: 10_899,
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: 229_504,
    output_tokens: 1234,
    output_tokens_details: { thinking_tokens: 34 },
  },
  "generate-content": {
    promptTokenCount: 240_403,
    cachedContentTokenCount: 229_504,
    candidatesTokenCount: 1200,
    thoughtsTokenCount: 34,
    totalTokenCount: 241_637,
  },
};

const REQUESTS: { readonly [P in InboundProtocolId]: JsonObject } = {
  "chat-completions": { model: "m", messages: [{ role: "user", content: "Hi" }], stream_options: { include_usage: true } },
  responses: { model: "m", input: "Hi" },
  messages: { model: "m", max_tokens: 100, messages: [{ role: "user", content: "Hi" }] },
  "generate-content": { contents: [{ role: "user", parts: [{ text: "Hi" }] }] },
};

/** An answer of the vendor, with these counts wherever its protocol states them. */
function vendorAnswer(protocol: InboundProtocolId, streaming: boolean): string {
  const text = answers[protocol]({ text: "The sea." }, streaming);
  const usage = JSON.stringify(USAGE[protocol]);
  if (protocol === "generate-content") return text.replace(/"usageMetadata":\{[^}]*\}/, `"usageMetadata":${usage}`);
  return text.replace(/"usage":\{(?:[^{}]|\{[^}]*\})*\}/g, `"usage":${usage}`);
}

/** What a client of a protocol receives of a vendor's answer: the whole body, or the messages of the stream. */
async function received(
  vendor: InboundProtocolId,
  answer: (streaming: boolean) => string,
  client: InboundProtocolId,
  stream: boolean,
): Promise<JsonObject[]> {
  const started = await startVendorForTest(vendor, (body, url) => ({ body: answer(asksForStream(body, url)) }));
  const protocol = inboundProtocols[client];
  const path = client === "generate-content" ? { model: "m", stream, alt: "sse" } : {};
  const parsed = protocol.parse({
    body: { ...REQUESTS[client], ...(client === "generate-content" ? {} : { stream }) },
    headers: new Headers(),
    ...path,
  });
  const request = { ...parsed.request, model: started.model };
  const head = { id: "u1", createdAt: 0, estimateInput: () => 77 };
  if (!stream) return [protocol.body(parsed, await started.connection.generate(request), head) as JsonObject]; // protocols write objects
  const writer = protocol.openStream(parsed, head);
  const answered = started.connection.stream(request);
  let text = "";
  for await (const event of answered) text += writer.write([event]);
  text += writer.end(await answered.response());
  return [...text.matchAll(/^data: (\{.*\})\r?$/gm)].map(([, data = ""]) => JSON.parse(data) as JsonObject); // objects alone match
}

/** The counts that a client keeps: later ones replace earlier ones. */
function usageOf(messages: readonly JsonObject[]): JsonObject {
  const counts = messages.flatMap((message) => {
    const inner = message["response"] ?? message["message"] ?? message;
    return isObject(inner) ? [inner["usage"] ?? inner["usageMetadata"]] : [];
  });
  return Object.assign({}, ...counts.filter(isObject)) as JsonObject; // of objects
}

describe.each(PAIRS)("the usage of a vendor of %s", (vendor, client) => {
  it.each([true, false])(`has the same counts for a client of ${client} (stream: %s)`, async (stream) => {
    const messages = await received(vendor, (streaming) => vendorAnswer(vendor, streaming), client, stream);
    // Anthropic states that nothing was written to a cache, which others may repeat.
    expect(usageOf(messages)).toMatchObject(USAGE[client]);
  });

  it(`returns unchanged from a gateway that speaks ${client}`, async () => {
    const [between] = await received(vendor, (streaming) => vendorAnswer(vendor, streaming), client, false);
    const back = await received(client, () => JSON.stringify(between), vendor, false);
    expect(usageOf(back)).toMatchObject(USAGE[vendor]);
  });
});
