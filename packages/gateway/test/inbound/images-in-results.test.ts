/** A picture in the result of a tool, from a client of each protocol to a vendor of each. */
import { isLumiverseError } from "@lumiverse/core";
import type { JsonObject } from "@lumiverse/core/provider";
import { expect, test } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { answers, asksForStream, startVendor } from "./vendors.ts";

/** One red pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC";
const URL = `data:image/png;base64,${PNG}`;
const SCHEMA = { type: "object", properties: {} };

const REQUESTS: Record<InboundProtocolId, JsonObject> = {
  "chat-completions": {
    model: "m",
    messages: [
      { role: "user", content: "Look" },
      { role: "assistant", content: null, tool_calls: [{ id: "c1", type: "function", function: { name: "look", arguments: "{}" } }] },
      {
        role: "tool",
        tool_call_id: "c1",
        content: [
          { type: "text", text: "A pixel:" },
          { type: "image_url", image_url: { url: URL } },
        ],
      },
    ],
    tools: [{ type: "function", function: { name: "look", parameters: SCHEMA } }],
  },
  responses: {
    model: "m",
    input: [
      { role: "user", content: "Look" },
      { type: "function_call", call_id: "c1", name: "look", arguments: "{}" },
      {
        type: "function_call_output",
        call_id: "c1",
        output: [
          { type: "input_text", text: "A pixel:" },
          { type: "input_image", image_url: URL },
        ],
      },
    ],
    tools: [{ type: "function", name: "look", parameters: SCHEMA }],
  },
  messages: {
    model: "m",
    max_tokens: 100,
    messages: [
      { role: "user", content: "Look" },
      { role: "assistant", content: [{ type: "tool_use", id: "c1", name: "look", input: {} }] },
      {
        role: "user",
        content: [
          {
            type: "tool_result",
            tool_use_id: "c1",
            content: [
              { type: "text", text: "A pixel:" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: PNG } },
            ],
          },
        ],
      },
    ],
    tools: [{ name: "look", input_schema: SCHEMA }],
  },
  "generate-content": {
    contents: [
      { role: "user", parts: [{ text: "Look" }] },
      { role: "model", parts: [{ functionCall: { name: "look", args: {} } }] },
      {
        role: "user",
        parts: [
          {
            functionResponse: {
              name: "look",
              response: { output: "A pixel:" },
              parts: [{ inlineData: { mimeType: "image/png", data: PNG } }],
            },
          },
        ],
      },
    ],
    tools: [{ functionDeclarations: [{ name: "look", parameters: SCHEMA }] }],
  },
};
const PROTOCOLS = Object.keys(REQUESTS) as InboundProtocolId[]; // the keys of a constant
const PAIRS = PROTOCOLS.flatMap((client) => PROTOCOLS.map((vendor) => [client, vendor] as const));

test.each(PAIRS)(
  "a client of %s: the picture reaches a vendor of %s with its text, or the model cannot see and is passed over",
  async (client, protocol) => {
    const vendor = await startVendor(protocol, (body, url) => ({ body: answers[protocol]({ text: "Red" }, asksForStream(body, url)) }));
    try {
      const path = client === "generate-content" ? { model: "m", stream: false } : {};
      const { request } = inboundProtocols[client].parse({ body: REQUESTS[client], headers: new Headers(), ...path });
      // A list of targets passes over those that cannot do what is asked. A vendor of the client's own protocol judges it itself.
      const spelling = request.spelling === undefined ? {} : { spelling: { ...request.spelling, checked: true } };
      const result = await vendor.connection.generate({ ...request, ...spelling, model: vendor.model }).catch((cause: unknown) => cause);
      if (isLumiverseError(result)) {
        expect(protocol, result.message).toBe("chat-completions"); // the one model here that cannot see
        expect(result.code).toBe("unsupported");
        expect(vendor.received).toEqual([]);
        return;
      }
      const sent = JSON.stringify(vendor.received[0]);
      expect(sent).toContain(PNG);
      expect(sent).toContain("A pixel:");
    } finally {
      await vendor.close();
    }
  },
);
