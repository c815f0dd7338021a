/** A conversation that grows by a tool turn with each request keeps the prefix that its vendor has cached. */
import type { JsonObject } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { providers } from "../../../connections/test/providers.ts";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { answers, startVendorForTest } from "./vendors.ts";

interface Target {
  protocol: InboundProtocolId;
  /** Default: one of the protocol, which accepts no cache breakpoints unless it speaks Messages. */
  provider?: string;
  model?: string;
  /** How the vendor spells a breakpoint. */
  breakpoint?: string;
}

const CACHE_CONTROL = '"cache_control":{"type":"ephemeral"}';
const OPENAI_BREAKPOINT = '"prompt_cache_breakpoint":{"mode":"explicit"}';
const TARGETS: Readonly<Record<string, Target>> = {
  "a vendor of Chat Completions": { protocol: "chat-completions" },
  "a vendor of Responses": { protocol: "responses" },
  "a vendor of Messages": { protocol: "messages", breakpoint: CACHE_CONTROL },
  "a vendor of generateContent": { protocol: "generate-content" },
  "Claude at OpenRouter": {
    protocol: "chat-completions",
    provider: "openrouter",
    model: "anthropic/claude-sonnet-4.5",
    breakpoint: CACHE_CONTROL,
  },
  "Claude at NanoGPT": { protocol: "chat-completions", provider: "nanogpt", model: "claude-sonnet-4-5", breakpoint: CACHE_CONTROL },
  "GPT-5.6": { protocol: "responses", model: "gpt-5.6", breakpoint: OPENAI_BREAKPOINT },
};
const TURNS = 10;

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
async function upstream({ protocol, provider, model }: Target, bodies: readonly JsonObject[]): Promise<JsonObject[]> {
  const other = providers.find(({ id }) => id === provider);
  const vendor = await startVendorForTest(protocol, () => ({ body: answers[protocol]({ text: "Boats." }, true) }), {
    ...(other === undefined ? {} : { provider: other }),
    ...(model === undefined ? {} : { model }),
  });
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
function promptOf({ protocol, breakpoint }: Target, body: JsonObject): string {
  const [head, turns] = PARTS[protocol];
  const text = JSON.stringify([...head.map((field) => body[field] ?? null), body[turns]]);
  return (breakpoint === undefined ? text : text.replaceAll(`,${breakpoint}`, "")).slice(0, -2);
}

describe.each(Object.entries(TARGETS))("a conversation of ten turns at %s", (_, target) => {
  const { protocol, breakpoint } = target;
  it("begins each body with the prompt of the turn before", async () => {
    const billed = (turn: number): JsonObject[] => (protocol === "messages" ? [] : [{ type: "text", text: billing(turn) }]);
    const received = await upstream(
      target,
      Array.from({ length: TURNS }, (_, turn) => claudeCodeBody(turn, billed(turn))),
    );
    expect(received).toHaveLength(TURNS);
    const prompts = received.map((body) => promptOf(target, body));
    expect(prompts[0]).toContain("Count the boats.");
    for (const [turn, prompt] of prompts.entries()) if (turn > 0) expect(prompt.startsWith(prompts[turn - 1] ?? "")).toBe(true);
  });

  it("receives the breakpoints of each request where the client set them, and no others", async () => {
    const bodies = Array.from({ length: TURNS }, (_, turn) => claudeCodeBody(turn, []));
    const received = await upstream(target, bodies);
    for (const [turn, body] of received.entries()) {
      const text = JSON.stringify(body);
      const isSystemLast = turn === 5; // a system message of the client ends this turn
      const last = turn === 0 ? "Count the boats." : isSystemLast ? "The tide turns." : `${turn - 1} boats\\n`;
      if (breakpoint === undefined) {
        expect(text).not.toMatch(/cache_control|prompt_cache/);
        continue;
      }
      expect(text.split(breakpoint)).toHaveLength(3);
      const [first, second] = text.split(breakpoint);
      expect(first).toMatch(/"text":"Use the tools\.",$/);
      // Messages has the breakpoint at the whole result, other protocols at the text in it.
      expect(second?.endsWith(`"${last}",`) === true || second?.endsWith(`"${last}"}],`) === true).toBe(true);
    }
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
    const [first, second, third, fourth] = (await upstream(target, bodies)).map((body) => JSON.stringify(body));
    for (const text of [first, second, third, fourth]) expect(text?.includes("x-anthropic-billing-header")).toBe(protocol === "messages");
    for (const text of [first, second, third]) expect(text).toContain("You count boats.");
    expect(first === second).toBe(protocol !== "messages");
  });
});

it("a text that only mentions the billing line is sent as it is", async () => {
  const text = "Explain x-anthropic-billing-header: cch=1;";
  const [body] = await upstream({ protocol: "chat-completions" }, [{ ...claudeCodeBody(0, []), system: text }]);
  expect(JSON.stringify(body)).toContain(text);
});
