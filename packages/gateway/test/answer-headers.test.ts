/** What the headers of whole answers say about the end of the answer and its usage. */
import { afterEach, expect, test } from "vitest";
import "@lumiverse/anthropic";
import { CHAT, chatBody, openTestGateway, type TestGateway } from "./gateways.ts";
import { json } from "./vendor-server.ts";

let one: TestGateway;
afterEach(() => one.close());

const MESSAGES = "/v1/messages";
const answerOf = (finish_reason: string, usage?: object): object => ({
  id: "chat-1",
  object: "chat.completion",
  choices: [{ index: 0, message: { role: "assistant", content: "One" }, finish_reason }],
  ...(usage === undefined ? {} : { usage }),
});

test("the vendor's own stop reason is in a header, for keys that may see the target", async () => {
  one = await openTestGateway();
  one.vendor.answers.set("odd", (_, response) => json(response, 200, answerOf(`eos\nbecause ${"x".repeat(200)}`)));
  await one.gateway.aliases.save({ name: "house", targets: [{ target: "local/odd" }] });
  const guest = await one.gateway.keys.create({ name: "Guest" });
  const owner = await one.gateway.keys.create({ name: "Owner", seesTargets: true });
  const reasonFor = async (model: string, key?: string): Promise<string | null> => {
    const response = await one.ask(MESSAGES, { ...chatBody(model), max_tokens: 9 }, key === undefined ? {} : { key });
    expect(response.status).toBe(200);
    return response.headers.get("x-lumiverse-finish-reason");
  };
  expect(await reasonFor("local/odd")).toMatch(/^eos%0Abecause x{80,100}$/);
  expect(await reasonFor("house", owner.secret)).toContain("because");
  expect(await reasonFor("house", guest.secret)).toBe(null);
});

test.each([
  [CHAT, chatBody("claude")],
  ["/v1/responses", { model: "claude", input: "Hi" }],
  ["/v1beta/models/claude:generateContent", { contents: [{ role: "user", parts: [{ text: "Hi" }] }] }],
])("that Anthropic paused a turn is in a header: %s", async (path, body) => {
  one = await openTestGateway();
  const model = "claude-sonnet-4-5";
  const answer = { id: "msg_1", type: "message", role: "assistant", model, stop_reason: "pause_turn", stop_sequence: null };
  const usage = { input_tokens: 5, output_tokens: 5 };
  one.vendor.answers.set(model, (_, response) => json(response, 200, { ...answer, content: [{ type: "text", text: "One" }], usage }));
  await one.profiles.create({ name: "claude", provider: "anthropic", model, key: "sk-ant-0123456789abcdef" });
  const response = await one.ask(path, body);
  expect([response.status, response.headers.get("x-lumiverse-finish-reason")]).toEqual([200, "pause_turn"]);
  expect(await response.text()).toMatch(/"finish_reason":"length"|"reason":"max_output_tokens"|"finishReason":"MAX_TOKENS"/);
});

test("counts that the vendor did not report are left out or 0, and a header names them", async () => {
  one = await openTestGateway();
  one.vendor.answers.set("silent", (_, response) => json(response, 200, answerOf("stop")));
  one.vendor.answers.set("half", (_, response) => json(response, 200, answerOf("stop", { completion_tokens: 7 })));
  one.vendor.answers.set("whole", (_, response) => json(response, 200, answerOf("stop", { prompt_tokens: 0, completion_tokens: 7 })));
  const usageOf = async (path: string, body: object): Promise<[unknown, string | null]> => {
    const response = await one.ask(path, body);
    const answered = (await response.json()) as { usage?: unknown; usageMetadata?: unknown }; // protocols answer with objects
    return [answered.usage ?? answered.usageMetadata, response.headers.get("x-lumiverse-unknown-usage")];
  };
  const input = "Count to five.";
  const gemini = { contents: [{ role: "user", parts: [{ text: input }] }] };
  expect(await usageOf("/v1/responses", { model: "local/silent", input })).toEqual([undefined, "input, output"]);
  expect(await usageOf("/v1beta/models/local/silent:generateContent", gemini)).toEqual([undefined, "input, output"]);
  expect(await usageOf(MESSAGES, { ...chatBody("local/silent"), max_tokens: 9 })).toEqual([
    expect.objectContaining({ input_tokens: 0, output_tokens: 0 }),
    "input, output",
  ]);
  expect(await usageOf(MESSAGES, { ...chatBody("local/half"), max_tokens: 9 })).toEqual([
    expect.objectContaining({ input_tokens: 0, output_tokens: 7 }),
    "input",
  ]);
  expect(await usageOf("/v1/responses", { model: "local/half", input })).toEqual([
    expect.objectContaining({ input_tokens: 0, output_tokens: 7 }),
    "input",
  ]);
  // A real zero is known.
  expect(await usageOf(MESSAGES, { ...chatBody("local/whole"), max_tokens: 9 })).toEqual([
    expect.objectContaining({ input_tokens: 0, output_tokens: 7 }),
    null,
  ]);
  expect(await usageOf(CHAT, chatBody("local/silent"))).toEqual([undefined, "input, output"]);
});
