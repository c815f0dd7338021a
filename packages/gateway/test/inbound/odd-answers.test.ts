/** Answers that vendors give and that clients of the same protocol must receive as they are. */
import { type ChatEvent, isLumiverseError, type VendorFields } from "@lumiverse/core";
import type { JsonObject } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import { VendorMessages } from "../../src/inbound/shared/vendor-messages.ts";
import { startVendorForTest, type Vendor } from "./vendors.ts";

const HEAD = { id: "t1", createdAt: 0 };
const responses = inboundProtocols.responses;
const body = { model: "m-1", input: "Hi" };

async function vendorThatSends(text: string): Promise<Vendor> {
  const vendor = await startVendorForTest("responses", () => ({ body: text }));
  return vendor;
}

/** What the client reads of a stream of these events. */
async function streamed(events: readonly JsonObject[]): Promise<JsonObject[]> {
  const numbered = events.map((event, n): JsonObject => ({ ...event, sequence_number: n }));
  const vendor = await vendorThatSends(
    numbered.map((event) => `event: ${String(event["type"])}\ndata: ${JSON.stringify(event)}\n\n`).join(""),
  );
  const parsed = responses.parse({ body: { ...body, stream: true }, headers: new Headers() });
  const stream = vendor.connection.stream({ ...parsed.request, model: vendor.model });
  const read: ChatEvent[] = [];
  for await (const event of stream) read.push(event);
  const writer = responses.openStream(parsed, HEAD);
  const text = writer.write(read) + writer.end(await stream.response());
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""], n) => {
    const { sequence_number: number, ...event } = JSON.parse(data) as JsonObject; // an object in each event
    expect(number).toBe(n);
    return event;
  });
}

const response = (output: JsonObject[], status = "completed"): JsonObject => ({
  id: "resp_1",
  object: "response",
  status,
  model: "m-1",
  output,
  usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
});
const created = {
  type: "response.created",
  response: { id: "resp_1", object: "response", status: "in_progress", model: "m-1", output: [] },
};

describe("a stream of Responses", () => {
  const call = { type: "function_call", id: "fc_1", call_id: "c1", name: "look", arguments: '{"at":"sea"}', status: "completed" };
  const other = { ...call, id: "fc_2", call_id: "c2", arguments: '{"at":"moor"}' };

  it.each([
    [
      "in the finished items",
      [
        created,
        ...[call, other].flatMap((item, n) => [
          { type: "response.output_item.added", output_index: n, item: { ...item, arguments: "", status: "in_progress" } },
          { type: "response.output_item.done", output_index: n, item },
        ]),
        { type: "response.completed", response: response([call, other]) },
      ],
    ],
    ["in the last event", [created, { type: "response.completed", response: response([call, other]) }]],
  ])("keeps the arguments of calls that come at once, %s", async (_, events) => {
    expect(await streamed(events)).toEqual(events);
  });

  it("keeps the arguments of calls that the vendor makes itself", async () => {
    const at = { output_index: 0, item_id: "mcp_1" };
    const item = {
      type: "mcp_call",
      id: "mcp_1",
      name: "search",
      server_label: "docs",
      arguments: '{"q":1}',
      output: "found",
      status: "completed",
    };
    const events = [
      created,
      { type: "response.output_item.added", output_index: 0, item: { ...item, arguments: "", status: "in_progress" } },
      { type: "response.mcp_call_arguments.delta", ...at, delta: '{"q":1}' },
      { type: "response.mcp_call_arguments.done", ...at, arguments: '{"q":1}' },
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response: response([item]) },
    ];
    expect(await streamed(events)).toEqual(events);
  });
});

it.each([
  ["beside text", { text: "Noon", thoughtSignature: "c2lnLXQ=", mood: { calm: true } }],
  ["beside an empty text", { text: "", thoughtSignature: "c2lnLWU=", mood: { calm: true } }],
  ["as the content of a part", { thoughtSignature: "c2lnLW8=", hologram: { depth: 3 } }],
])("a part of generateContent keeps its signature and an unknown field %s", async (_, part) => {
  const chunk = {
    candidates: [{ content: { role: "model", parts: [part] }, finishReason: "STOP", index: 0 }],
    modelVersion: "m-1",
    responseId: "r1",
  };
  const vendor = await startVendorForTest("generate-content", () => ({ body: `data: ${JSON.stringify(chunk)}\n\n` }));
  const { "generate-content": generate } = inboundProtocols;
  const parsed = generate.parse({
    body: { contents: [{ parts: [{ text: "Hi" }] }] },
    headers: new Headers(),
    model: "m-1",
    stream: true,
    alt: "sse",
  });
  const stream = vendor.connection.stream({ ...parsed.request, model: vendor.model });
  const read: ChatEvent[] = [];
  for await (const event of stream) read.push(event);
  const writer = generate.openStream(parsed, HEAD);
  const text = writer.write(read) + writer.end(await stream.response());
  expect([...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data) as unknown)).toEqual([chunk]);
});

it("a response that failed is an answer with the status that the vendor sent", async () => {
  const failed = { ...response([], "failed"), error: { code: "server_error", message: "The model broke off." } };
  const vendor = await vendorThatSends(JSON.stringify(failed));
  const { request } = responses.parse({ body, headers: new Headers() });
  const error: unknown = await vendor.connection.generate({ ...request, model: vendor.model }).catch((cause: unknown) => cause);
  if (!isLumiverseError(error)) throw new Error("the call succeeded");
  expect(responses.error(error)).toMatchObject({ status: 200, body: failed });
  // A client of another protocol has no such answer.
  expect(inboundProtocols.messages.error(error).status).toBe(502);
});

it("a message with twenty thousand calls is filled in a time that grows with their number", { timeout: 10_000 }, () => {
  const calls = Array.from({ length: 20_000 }, (_, n) => ({ index: n, id: `c${n}`, function: { name: "look", arguments: "{}" } }));
  const slots = calls.flatMap(({ id }, n): VendorFields["slots"] => [
    { path: ["calls", n, "id"], holds: "call-id", length: id.length },
    { path: ["calls", n, "function", "arguments"], holds: "arguments", length: 2 },
  ]);
  const messages = new VendorMessages();
  const filled: JsonObject[] = [];
  const add = (event: ChatEvent): void => {
    messages.add(event);
    filled.push(...messages.ready().map(({ fields }) => fields));
  };
  add({ type: "vendor-fields", fields: { calls }, slots });
  for (const { index, id } of calls) {
    add({ type: "part-start", index, kind: "tool-call", id, name: "look" });
    add({ type: "tool-call-delta", index, text: "{}" });
    add({ type: "part-end", index, part: { type: "tool-call", id, name: "look", arguments: "{}", input: {} } });
  }
  expect(filled).toEqual([{ calls }]);
});
