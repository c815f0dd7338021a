import { APIError as AnthropicError } from "@anthropic-ai/sdk";
import { ApiError as GoogleError } from "@google/genai";
import { APIError as OpenAIError } from "openai";
import { afterEach, describe, expect, it } from "vitest";
import { serveInbound } from "../../../lab/src/corpus/inbound-server.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { ASKED, ask, SYSTEM, TOOL } from "./clients.ts";
import { answers, asksForStream, type Scenario, startVendor, type Vendor, type VendorAnswer } from "./vendors.ts";

const PROTOCOLS: readonly InboundProtocolId[] = ["chat-completions", "responses", "messages", "generate-content"];
const PAIRS = PROTOCOLS.flatMap((client) => PROTOCOLS.map((vendor) => [client, vendor] as const));
const CALL = { id: "call_7", name: TOOL.name, input: { city: "Oslo", note: 'ünïcode "quoted"' } };
/** The word of each protocol for an answer that ended, that calls a tool, and that was cut at its limit. */
const FINISH: { readonly [P in InboundProtocolId]: readonly [stop: string, call: string, length: string] } = {
  "chat-completions": ["stop", "tool_calls", "length"],
  responses: ["completed", "completed", "max_output_tokens"],
  messages: ["end_turn", "tool_use", "max_tokens"],
  "generate-content": ["STOP", "STOP", "MAX_TOKENS"],
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function start(
  protocol: InboundProtocolId,
  answer: (streaming: boolean) => VendorAnswer,
): Promise<{ vendor: Vendor; origin: string }> {
  const vendor = await startVendor(protocol, (body, url) => answer(asksForStream(body, url)));
  const server = await serveInbound();
  open.push(vendor, server);
  return { vendor, origin: server.serve(vendor.connection, vendor.model) };
}

const answering = (protocol: InboundProtocolId, scenario: Scenario): Promise<{ vendor: Vendor; origin: string }> =>
  start(protocol, (streaming) => ({ body: answers[protocol](scenario, streaming) }));

describe.each(PAIRS)("a %s client of a %s vendor", (client, protocol) => {
  it.each([true, false])("reads reasoning, text, a tool call, the finish reason and the usage (stream: %s)", async (streaming) => {
    const scenario = { reasoning: "Oslo, so the north.", text: "One moment, 晴れ 🌤.", call: CALL };
    const { vendor, origin } = await answering(protocol, scenario);
    const answer = await ask[client](origin, { streaming });
    expect(answer).toEqual({
      reasoning: scenario.reasoning,
      text: scenario.text,
      calls: [CALL],
      finish: FINISH[client][1],
      usage: [20, 30],
    });
    const sent = JSON.stringify(vendor.received[0]);
    for (const part of [SYSTEM, ASKED, TOOL.name, TOOL.description, '"city"', "500"]) expect(sent).toContain(part);
    expect(sent).not.toContain("home/best");
  });

  it.each([true, false])("learns that the answer was cut at its limit (stream: %s)", async (streaming) => {
    const { origin } = await answering(protocol, { text: "One mom", length: true });
    expect(await ask[client](origin, { streaming })).toMatchObject({ text: "One mom", finish: FINISH[client][2] });
  });

  it.each([true, false])("gets JSON of the schema that it asked for (stream: %s)", async (streaming) => {
    const schema = { type: "object", properties: { degrees: { type: "integer" } }, required: ["degrees"], additionalProperties: false };
    const { vendor, origin } = await answering(protocol, { text: '{"degrees":7}' });
    const answer = await ask[client](origin, { streaming, schema });
    expect(JSON.parse(answer.text)).toEqual({ degrees: 7 });
    expect(JSON.stringify(vendor.received[0])).toContain('"degrees"');
  });

  it.each([true, false])(
    "gets a refusal as an error of its own kind, with the status and the vendor's words (stream: %s)",
    async (streaming) => {
      const { origin } = await start(protocol, () => ({ status: 429, headers: { "retry-after": "7" }, body: refusals[protocol] }));
      const error = await ask[client](origin, { streaming }).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      expect(isErrorOf(client, error)).toBe(true);
      expect(error).toMatchObject({ status: 429, message: expect.stringContaining("Slow down, please") });
    },
  );

  it("gets a failure in the middle of a stream as an error", async () => {
    const { origin } = await start(protocol, (streaming) => ({
      body: brokenOff(answers[protocol]({ text: "One moment, please wait." }, streaming)),
    }));
    await expect(ask[client](origin, { streaming: true })).rejects.toThrow();
  });

  it("ends the vendor's call when it goes away", async () => {
    const { vendor, origin } = await start(protocol, (streaming) => ({
      body: brokenOff(answers[protocol]({ text: "One moment, please wait." }, streaming)),
      hangs: true,
    }));
    const controller = new AbortController();
    const asked = ask[client](origin, { streaming: true, signal: controller.signal }).catch(() => "ended");
    await expect.poll(() => vendor.received.length).toBe(1);
    controller.abort();
    // Some clients throw, some only stop.
    await asked;
    await vendor.abandoned;
  });
});

/** The first half of the events of a stream. */
function brokenOff(stream: string): string {
  const events = stream.split("\n\n");
  return `${events.slice(0, Math.ceil(events.length / 2)).join("\n\n")}\n\n`;
}

const refusals: { readonly [P in InboundProtocolId]: string } = {
  "chat-completions": '{"error":{"message":"Slow down, please","type":"tokens","code":"rate_limit_exceeded"}}',
  responses: '{"error":{"message":"Slow down, please","type":"tokens","param":null,"code":"rate_limit_exceeded"}}',
  messages: '{"type":"error","error":{"type":"rate_limit_error","message":"Slow down, please"},"request_id":"req_1"}',
  "generate-content": '{"error":{"code":429,"message":"Slow down, please","status":"RESOURCE_EXHAUSTED"}}',
};

function isErrorOf(client: InboundProtocolId, error: unknown): boolean {
  if (client === "messages") return error instanceof AnthropicError;
  return client === "generate-content" ? error instanceof GoogleError : error instanceof OpenAIError;
}
