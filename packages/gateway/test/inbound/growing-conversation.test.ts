/** A conversation that grows by a tool turn with each request keeps the prefix that its vendor has cached. */
import type { JsonObject } from "@lumiverse/core/provider";
import { afterEach, describe, expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { answers, startVendor, type Vendor } from "./vendors.ts";

const VENDORS: readonly InboundProtocolId[] = ["chat-completions", "responses", "messages", "generate-content"];
const TURNS = 10;

const open: Vendor[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

const billing = (turn: number): string => `x-anthropic-billing-header: cc_version=9.9.${turn}; cc_entrypoint=cli; cch=a${turn}f0${turn};`;
const ephemeral = { type: "ephemeral" };

/** The body that Claude Code sends in a turn: the breakpoint moves to the last message, and the billing line is another one. */
function claudeCodeBody(turn: number, billed: JsonObject[]): JsonObject {
  const messages: JsonObject[] = [
    {
      role: "user",
      content: [
        { type: "text", text: "<reminder>Be brief.</reminder>" },
        { type: "text", text: "Count the boats." },
      ],
    },
  ];
  for (let n = 0; n < turn; n++) {
    const id = `toolu_0${n}`;
    messages.push({
      role: "assistant",
      content: [
        { type: "text", text: `Step ${n}.` },
        { type: "tool_use", id, name: n % 2 === 0 ? "read" : "list", input: { z: n, a: ["é", n] } },
      ],
    });
    messages.push({ role: "user", content: [{ type: "tool_result", tool_use_id: id, content: [{ type: "text", text: `${n} boats\n` }] }] });
    if (n === 4) messages.push({ role: "system", content: [{ type: "text", text: "The tide turns." }] });
  }
  const last = messages.at(-1)?.["content"] as JsonObject[]; // all contents are lists
  last[last.length - 1] = { ...last.at(-1), cache_control: ephemeral };
  const schema = (name: string): JsonObject => ({
    type: "object",
    properties: { z: { type: "number" }, a: { type: "array", items: {} } },
    required: ["z"],
    title: name,
  });
  return {
    model: "m",
    max_tokens: 1000,
    stream: true,
    system: [...billed, { type: "text", text: "You count boats." }, { type: "text", text: "Use the tools.", cache_control: ephemeral }],
    tools: ["read", "list"].map((name) => ({ name, description: `To ${name}`, input_schema: schema(name) })),
    messages,
  };
}

/** The bodies that the vendor received in the turns of a conversation. */
async function upstream(protocol: InboundProtocolId, bodies: readonly JsonObject[]): Promise<JsonObject[]> {
  const vendor = await startVendor(protocol, () => ({ body: answers[protocol]({ text: "Boats." }, true) }));
  open.push(vendor);
  for (const body of bodies) {
    const parsed = inboundProtocols.messages.parse({ body, headers: new Headers() });
    await vendor.connection.stream({ ...parsed.request, model: vendor.model }).response();
  }
  return vendor.received;
}

/** What comes first in a prompt, and the list of its turns. */
const PARTS: { readonly [P in InboundProtocolId]: readonly [head: readonly string[], turns: string] } = {
  "chat-completions": [["tools"], "messages"],
  responses: [["tools", "instructions"], "input"],
  messages: [["tools", "system"], "messages"],
  "generate-content": [["tools", "systemInstruction"], "contents"],
};

/** The prompt of a body up to the end of its turns, byte for byte. Breakpoints are no part of what is cached. */
function promptOf(protocol: InboundProtocolId, body: JsonObject): string {
  const [head, turns] = PARTS[protocol];
  const text = JSON.stringify([...head.map((field) => body[field] ?? null), body[turns]]);
  return text.replaceAll(`,"cache_control":${JSON.stringify(ephemeral)}`, "").slice(0, -2);
}

describe.each(VENDORS)("a conversation of ten turns at a vendor of %s", (protocol) => {
  it("begins each body with the prompt of the turn before", async () => {
    const billed = (turn: number): JsonObject[] => (protocol === "messages" ? [] : [{ type: "text", text: billing(turn) }]);
    const received = await upstream(
      protocol,
      Array.from({ length: TURNS }, (_, turn) => claudeCodeBody(turn, billed(turn))),
    );
    expect(received).toHaveLength(TURNS);
    const prompts = received.map((body) => promptOf(protocol, body));
    expect(prompts[0]).toContain("Count the boats.");
    for (const [turn, prompt] of prompts.entries()) if (turn > 0) expect(prompt.startsWith(prompts[turn - 1] ?? "")).toBe(true);
  });

  it("receives the billing line of Claude Code only where it speaks Messages", async () => {
    const asText = { ...claudeCodeBody(0, []), system: `${billing(3)}\nYou count boats.` };
    const alone = { ...claudeCodeBody(0, []), system: billing(4) };
    const bodies = [
      claudeCodeBody(0, [{ type: "text", text: billing(1) }]),
      claudeCodeBody(0, [{ type: "text", text: billing(2) }]),
      asText,
      alone,
    ];
    const [first, second, third, fourth] = (await upstream(protocol, bodies)).map((body) => JSON.stringify(body));
    for (const text of [first, second, third, fourth]) expect(text?.includes("x-anthropic-billing-header")).toBe(protocol === "messages");
    for (const text of [first, second, third]) expect(text).toContain("You count boats.");
    expect(first === second).toBe(protocol !== "messages");
  });
});

it("a text that only mentions the billing line is sent as it is", async () => {
  const text = "Explain x-anthropic-billing-header: cch=1;";
  const [body] = await upstream("chat-completions", [{ ...claudeCodeBody(0, []), system: text }]);
  expect(JSON.stringify(body)).toContain(text);
});
