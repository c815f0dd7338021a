/** A conversation that ends with a turn of the model: a front end that continues an answer sends it to any model. */
import { type ChatResponse, isLumiverseError, type Unsupported } from "@lumiverse/core";
import type { JsonObject } from "@lumiverse/core/provider";
import { expect, it } from "vitest";
import { inboundProtocols } from "../../src/inbound/index.ts";
import type { InboundProtocolId } from "../../src/inbound/protocol.ts";
import { answers, asksForStream, startVendorForTest } from "./vendors.ts";

type Turn = [role: "user" | "assistant", text: string];
const TALK: Turn[] = [
  ["user", "Tell of the sea."],
  ["assistant", "The sea is"],
];

const BODIES: { readonly [P in InboundProtocolId]: (turns: readonly Turn[]) => JsonObject } = {
  "chat-completions": (turns) => ({ model: "m", messages: turns.map(([role, content]) => ({ role, content })) }),
  responses: (turns) => ({ model: "m", input: turns.map(([role, content]) => ({ role, content })) }),
  messages: (turns) => ({ model: "m", max_tokens: 100, messages: turns.map(([role, content]) => ({ role, content })) }),
  "generate-content": (turns) => ({
    contents: turns.map(([role, text]) => ({ role: role === "user" ? "user" : "model", parts: [{ text }] })),
  }),
};

async function sent(
  client: InboundProtocolId,
  body: JsonObject,
  { protocol, ...options }: { protocol: InboundProtocolId; model?: string; unsupported?: Unsupported },
): Promise<{ body: JsonObject; response: ChatResponse }> {
  const vendor = await startVendorForTest(
    protocol,
    (given, url) => ({ body: answers[protocol]({ text: " deep." }, asksForStream(given, url)) }),
    options,
  );
  const { request } = inboundProtocols[client].parse({ body, headers: new Headers(), model: "m" });
  const response = await vendor.connection.generate({ ...request, model: vendor.model });
  return { body: vendor.received[0] ?? {}, response };
}

const GPT = { protocol: "responses" } as const;
const CLAUDE = { protocol: "messages", model: "claude-opus-4-8" } as const;

it.each([
  ["chat-completions", GPT],
  ["messages", GPT],
  ["generate-content", GPT],
  ["chat-completions", CLAUDE],
  ["responses", CLAUDE],
] as const)("from a client of %s is sent with a request to go on to a model that continues no turn: %j", async (client, target) => {
  const { body, response } = await sent(client, BODIES[client](TALK), target);
  const turns = (body["input"] ?? body["messages"]) as { role: string; content: unknown }[]; // the protocol's list
  expect(turns.map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  expect(JSON.stringify(turns[1])).toContain("The sea is");
  expect(JSON.stringify(turns[2])).toContain("Go on with your last message from exactly where it ends");
  expect(response.notes).toContainEqual(expect.objectContaining({ kind: "prefill" }));
  expect(response.text).toBe(" deep.");
});

it("is sent as it is to a model that continues turns, and to a vendor of the client's own protocol", async () => {
  const older = await sent("chat-completions", BODIES["chat-completions"](TALK), { protocol: "messages" });
  expect(JSON.stringify(older.body["messages"])).toMatch(/"The sea is"\}\]\}\]$/);
  const own = await sent("responses", BODIES.responses(TALK), GPT);
  expect(own.body["input"]).toEqual(BODIES.responses(TALK)["input"]);
});

it("follows the option of a connection that says what to do", async () => {
  const body = BODIES["chat-completions"](TALK);
  const refused = await sent("chat-completions", body, { ...GPT, unsupported: { prefill: "error" } }).catch((error: unknown) => error);
  expect(isLumiverseError(refused) && refused.code).toBe("unsupported");
  const unchanged = await sent("chat-completions", body, { ...GPT, unsupported: { prefill: "send" } });
  expect(unchanged.body["input"]).toHaveLength(2);
  const words = await sent("chat-completions", body, { ...GPT, unsupported: { prefill: "drop" } });
  expect(JSON.stringify(words.body["input"])).toContain("Begin your answer with exactly this text");
});

const ANSWERED: { readonly [P in Exclude<InboundProtocolId, "messages">]: (answer: JsonObject) => { finish: unknown; turns: Turn[] } } = {
  "chat-completions": ({ choices }) => {
    const [{ message, finish_reason: finish }] = choices as [{ message: { content: string }; finish_reason: string }]; // as the protocol has it
    return { finish, turns: [["assistant", message.content]] };
  },
  responses: ({ incomplete_details: finish, output }) => {
    const items = output as { content?: { text: string }[] }[]; // as the protocol has it
    return { finish, turns: items.flatMap(({ content = [] }) => content.map(({ text }): Turn => ["assistant", text])) };
  },
  "generate-content": ({ candidates }) => {
    const [{ content, finishReason: finish }] = candidates as [{ content: { parts: { text: string }[] }; finishReason: string }]; // as above
    return { finish, turns: [["assistant", content.parts.map(({ text }) => text).join("")]] };
  },
};

it.each([
  ["chat-completions", "length"],
  ["responses", { reason: "max_output_tokens" }],
  ["generate-content", "MAX_TOKENS"],
] as const)("goes on after a turn that Anthropic paused, which a client of %s receives as unfinished", async (client, finish) => {
  const paused = answers.messages({ text: "The sea is" }, false).replace('"end_turn"', '"pause_turn"');
  const replies = [paused, answers.messages({ text: " deep." }, false)];
  const vendor = await startVendorForTest("messages", () => ({ body: replies.shift() ?? "" }), CLAUDE);
  const ask = async (turns: readonly Turn[]): Promise<JsonObject> => {
    const parsed = inboundProtocols[client].parse({ body: BODIES[client](turns), headers: new Headers(), model: "m" });
    const response = await vendor.connection.generate({ ...parsed.request, model: vendor.model });
    return inboundProtocols[client].body(parsed, response, { id: "1", createdAt: 0 }) as JsonObject; // protocols write objects
  };
  const first = ANSWERED[client](await ask(TALK.slice(0, 1)));
  expect(first).toEqual({ finish, turns: [["assistant", "The sea is"]] });
  const second = ANSWERED[client](await ask([...TALK.slice(0, 1), ...first.turns]));
  expect(second.turns).toEqual([["assistant", " deep."]]);
  expect(JSON.stringify(vendor.received[1]?.["messages"])).toMatch(/Tell of the sea.*The sea is.*Go on with your last message/);
});

it("needs no request to go on where its last turn has no text, or waits for a result", async () => {
  const empty = await sent(
    "chat-completions",
    BODIES["chat-completions"]([
      ["user", "Hi"],
      ["assistant", ""],
    ]),
    GPT,
  );
  expect(empty.body["input"]).toEqual([{ role: "user", content: "Hi" }]);
  const call = { id: "c1", type: "function", function: { name: "look", arguments: "{}" } };
  const messages = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: "I look.", tool_calls: [call] },
  ];
  const waiting = await sent("chat-completions", { model: "m", messages }, GPT);
  expect(JSON.stringify(waiting.body["input"])).not.toContain("Go on");
});

it.each([
  ["chat-completions", { role: "assistant", content: null, refusal: "I would rather not." }],
  ["chat-completions", { role: "assistant", content: [{ type: "refusal", refusal: "I would rather not." }] }],
  ["responses", { type: "message", role: "assistant", content: [{ type: "refusal", refusal: "I would rather not." }] }],
] as const)("keeps the words of a refusal, which are text for vendors without a place for them: %s %j", async (client, turn) => {
  const [first] = TALK;
  const turns = [{ role: first?.[0], content: first?.[1] }, turn, { role: "user", content: "Please." }];
  const body = { model: "m", ...(client === "responses" ? { input: turns } : { messages: turns }) };
  for (const protocol of ["messages", "generate-content"] as const) {
    const { body: upstream, response } = await sent(client, body, { protocol });
    const said = (upstream["messages"] ?? upstream["contents"]) as JsonObject[]; // the protocol's list
    expect(said).toHaveLength(3);
    expect(JSON.stringify(said[1])).toContain('"text":"I would rather not."');
    expect(response.notes).toEqual([]);
  }
  const own = await sent(client, body, { protocol: client });
  expect(own.body["messages"] ?? own.body["input"]).toEqual(turns);
});

it.each([
  ["chat-completions", { type: "text", text: "An important answer.", refusal: "" }],
  ["chat-completions", { type: "text", text: "An important answer.", refusal: "I would rather not." }],
  ["responses", { type: "output_text", text: "An important answer.", refusal: "" }],
  ["responses", { type: "output_text", text: "An important answer.", refusal: "I would rather not." }],
] as const)("keeps the text of a part that has the field of a refusal, too: %s %j", async (client, part) => {
  const turns = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: [part] },
    { role: "user", content: "Go on." },
  ];
  const body = { model: "m", ...(client === "responses" ? { input: turns } : { messages: turns }) };
  const other = await sent(client, body, { protocol: "generate-content" });
  expect(other.body["contents"]).toMatchObject([{}, { parts: [{ text: "An important answer." }] }, {}]);
  const own = await sent(client, body, { protocol: client });
  expect(own.body["messages"] ?? own.body["input"]).toEqual(turns);
});

it.each(["chat-completions", "responses"] as const)("keeps the cache breakpoint of a refusal: %s", async (client) => {
  const refusal = { type: "refusal", refusal: "I would rather not.", cache_control: { type: "ephemeral" } };
  const turns = [
    { role: "user", content: "Hi" },
    { role: "assistant", content: [refusal] },
    { role: "user", content: "Please." },
  ];
  const body = { model: "m", ...(client === "responses" ? { input: turns } : { messages: turns }) };
  const { body: upstream } = await sent(client, body, { protocol: "messages" });
  expect(upstream["messages"]).toMatchObject([
    {},
    { content: [{ text: "I would rather not.", cache_control: { type: "ephemeral" } }] },
    {},
  ]);
});
