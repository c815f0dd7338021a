import { isLumiverseError } from "@lumiverse/core";
import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { describe, expect, test } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId, ParsedRequest } from "../../src/inbound/protocol.ts";
import { FEATURES } from "./features.ts";
import { answers, asksForStream, startVendorForTest, type Vendor } from "./vendors.ts";

async function vendorOf(protocol: InboundProtocolId, unsupported: "error" | "drop" = "error"): Promise<Vendor> {
  const options = unsupported === "drop" ? { unsupported } : {};
  const vendor = await startVendorForTest(
    protocol,
    (body, url) => ({ body: answers[protocol]({ text: "Yes" }, asksForStream(body, url)) }),
    options,
  );
  return vendor;
}

function parse(protocol: InboundProtocolId, body: JsonObject): ParsedRequest {
  const path = protocol === "generate-content" ? { model: "m-1", stream: false } : {};
  return inboundProtocols[protocol].parse({ body, headers: new Headers(), ...path });
}

const CASES = (Object.keys(FEATURES) as InboundProtocolId[]).flatMap(
  (
    protocol, // its keys are the protocols
  ) => Object.entries(FEATURES[protocol]).map(([name, body]) => [protocol, name, body] as const),
);

describe("every feature of a protocol's clients", () => {
  test.each(CASES)("reaches a vendor of the same protocol as it was sent: %s, %s", async (protocol, _, body) => {
    const vendor = await vendorOf(protocol);
    const { request } = parse(protocol, body);
    await vendor.connection.generate({ ...request, model: vendor.model });
    expect(vendor.received[0]).toEqual(body["model"] === undefined ? body : { ...body, model: vendor.model });
    // The same in the order of its fields, which the prompt cache depends on.
    const order = (value: unknown): string =>
      JSON.stringify(value, (_key, inner: unknown) => (isObject(inner) ? Object.entries(inner) : inner));
    const inner = (sent: JsonObject | undefined): JsonObject =>
      Object.fromEntries(Object.entries(sent ?? {}).filter(([, value]) => isObject(value) || Array.isArray(value)));
    for (const [field, value] of Object.entries(inner(body))) expect(order(inner(vendor.received[0])[field])).toBe(order(value));
  });

  const others = (protocol: InboundProtocolId): InboundProtocolId[] =>
    (Object.keys(FEATURES) as InboundProtocolId[]).filter((one) => one !== protocol); // as above
  test.each(CASES)(
    "reaches vendors of the other protocols, with a note for what is lost, or is refused with a reason: %s, %s",
    async (protocol, _, body) => {
      for (const other of others(protocol)) {
        const vendor = await vendorOf(other, "drop");
        const { request } = parse(protocol, body);
        const result = await vendor.connection.generate({ ...request, model: vendor.model }).catch((cause: unknown) => cause);
        if (isLumiverseError(result)) {
          expect(["unsupported", "invalid-request"]).toContain(result.code);
          expect(vendor.received).toEqual([]);
          continue;
        }
        const notes = isObject(result) && Array.isArray(result["notes"]) ? result["notes"] : [];
        const lost = lostTexts(body, JSON.stringify(vendor.received[0]));
        if (lost.length > 0) expect([lost, notes.length > 0]).toEqual([lost, true]);
      }
    },
  );

  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "aW1hZ2U=" } };
  const SYSTEM_IMAGES: readonly [InboundProtocolId, JsonObject][] = [
    [
      "chat-completions",
      {
        model: "m-1",
        messages: [
          {
            role: "system",
            content: [
              { type: "image_url", image_url: { url: "https://example.com/a.png" } },
              { type: "text", text: "Be brief." },
            ],
          },
          { role: "user", content: "Hi" },
        ],
      },
    ],
    [
      "responses",
      {
        model: "m-1",
        input: [
          {
            role: "developer",
            content: [
              { type: "input_image", image_url: "https://example.com/a.png" },
              { type: "input_text", text: "Be brief." },
            ],
          },
          { role: "user", content: "Hi" },
        ],
      },
    ],
    [
      "messages",
      { model: "m-1", max_tokens: 10, system: [image, { type: "text", text: "Be brief." }], messages: [{ role: "user", content: "Hi" }] },
    ],
    [
      "generate-content",
      {
        contents: [{ role: "user", parts: [{ text: "Hi" }] }],
        systemInstruction: { parts: [{ inlineData: { mimeType: "image/png", data: "aW1hZ2U=" } }, { text: "Be brief." }] },
      },
    ],
  ];
  test.each(SYSTEM_IMAGES)(
    "reaches vendors of the other protocols without the image in its system message, with a note: %s",
    async (protocol, body) => {
      for (const other of others(protocol)) {
        const vendor = await vendorOf(other, "drop");
        const { request } = parse(protocol, body);
        const { notes } = await vendor.connection.generate({ ...request, model: vendor.model });
        expect(JSON.stringify(vendor.received[0])).toContain("Be brief.");
        expect(notes.filter(({ kind, field }) => kind === "dropped" && field === "messages").map(({ message }) => message)).toEqual([
          expect.stringContaining(`1 part of a message was dropped: only the protocol ${protocol}`),
        ]);
      }
    },
  );
});

/** Texts of the client's messages that a body does not contain. */
function lostTexts(body: JsonObject, sent: string): string[] {
  const texts: string[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isObject(value)) return;
    for (const key of ["text", "content", "output", "input", "thinking"]) {
      const inner = value[key];
      if (typeof inner === "string" && inner.trim() !== "") texts.push(inner);
    }
    Object.values(value).forEach(visit);
  };
  for (const key of ["messages", "input", "contents", "system", "instructions"]) visit({ content: body[key] });
  const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);
  // Arguments of calls are JSON inside of a text.
  return texts.filter((text) => !sent.includes(escaped(text)) && !sent.includes(escaped(escaped(text))));
}
