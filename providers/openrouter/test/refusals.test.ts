import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { openrouter } from "../src/provider.ts";

const fetch = (): Promise<Response> => Promise.reject(new TypeError("no request is expected"));
const connection = connect(openrouter, { apiKey: "sk-or-0001", fetch });
const sending = connect(openrouter, { apiKey: "sk-or-0001", fetch, unsupported: "send" });
const messages = [{ role: "user" as const, content: "How high?" }];
const tools = [{ name: "tide" }];
const five = ["a", "b", "c", "d", "e"];

test.each([
  [{ reasoning: { budgetTokens: 4000 }, maxOutputTokens: 2000 }, { max_tokens: 1600 }],
  [{ reasoning: { budgetTokens: 1500 }, maxOutputTokens: 2000 }, { max_tokens: 1500 }],
  [{ reasoning: { budgetTokens: 4000 }, maxOutputTokens: 800 }, undefined],
  [{ reasoning: "low" as const, maxOutputTokens: 800 }, undefined],
  [{ reasoning: "off" as const, maxOutputTokens: 800 }, { effort: "none" }],
])("%j becomes a budget below the output limit: %j", async (request, reasoning) => {
  const { body, notes } = await connection.explain({ model: "anthropic/claude-sonnet-4.5", messages, ...request });
  expect(body["reasoning"]).toEqual(reasoning);
  const changed = JSON.stringify(reasoning) !== JSON.stringify({ max_tokens: 1500 }) && request.reasoning !== "off";
  expect(notes.some(({ field, kind }) => field === "reasoning" && (kind === "clamped" || kind === "dropped"))).toBe(changed);
});

test("a budget above the output limit is sent by the policy send and in raw parameters", async () => {
  const request = { model: "anthropic/claude-sonnet-4.5", messages, maxOutputTokens: 2000 };
  expect((await sending.explain({ ...request, reasoning: { budgetTokens: 4000 } })).body["reasoning"]).toEqual({ max_tokens: 4000 });
  const raw = await connection.explain({ ...request, parameters: { reasoning: { max_tokens: 4000 } } });
  expect(raw.body["reasoning"]).toEqual({ max_tokens: 4000 });
});

test.each(["anthropic/claude-sonnet-4.5", "google/gemini-3.5-flash", "meta-llama/llama-4"])(
  "five stop sequences for %s are refused before anything is sent",
  async (model) => {
    await expect(connection.explain({ model, messages, stop: five })).rejects.toMatchObject({ code: "unsupported", field: "stop" });
    expect((await sending.explain({ model, messages, stop: five })).body["stop"]).toEqual(five);
  },
);

test("Gemini 3 gets a forced tool without JSON output", async () => {
  const request = { model: "google/gemini-3.5-flash", messages, tools, toolChoice: "required" as const, output: "json" as const };
  const { body, notes } = await connection.explain(request);
  expect(body["response_format"]).toBeUndefined();
  expect(notes.map(({ field }) => field)).toContain("output");
  expect((await sending.explain(request)).body["response_format"]).toEqual({ type: "json_object" });
});

test("a Mistral model gets no topP beside a temperature of 0, and no system message at the end", async () => {
  const model = "mistralai/mistral-small-2603";
  expect((await connection.explain({ model, messages, temperature: 0, topP: 0.5 })).body["top_p"]).toBeUndefined();
  const { body } = await connection.explain({ model, messages: [...messages, { role: "system", content: "Be brief." }] });
  expect(body["messages"]).toMatchObject([{ role: "user" }, { role: "user", content: "Be brief." }]);
});

test("OpenAI's models get an output limit of at least 16, and audio that they read", async () => {
  expect((await connection.explain({ model: "openai/gpt-4.1", messages, maxOutputTokens: 5 })).body["max_tokens"]).toBe(16);
  expect((await connection.explain({ model: "openai/gpt-oss-20b", messages, maxOutputTokens: 5 })).body["max_tokens"]).toBe(5);
  const spoken = [{ role: "user" as const, content: [{ type: "audio" as const, data: "AA==", mediaType: "audio/ogg" }] }];
  await expect(connection.explain({ model: "openai/gpt-audio", messages: spoken })).rejects.toMatchObject({ code: "unsupported" });
});

test("the reasoning of Kimi goes back as text where the upstream returned no reasoning_details", async () => {
  const bodies: { messages: unknown[] }[] = [];
  const call = { id: "c1", type: "function", function: { name: "tide", arguments: "{}" } };
  const message = { role: "assistant", content: null, reasoning: "I look.", tool_calls: [call] };
  const answering: typeof globalThis.fetch = async (_, init) => {
    bodies.push(JSON.parse(String(init?.body)));
    return Response.json({ id: "1", choices: [{ index: 0, message, finish_reason: "tool_calls" }] });
  };
  const looking = connect(openrouter, { apiKey: "sk-or-0001", fetch: answering });
  const request = { model: "moonshotai/kimi-k2.6", messages, tools };
  const first = await looking.generate(request);
  const result = { role: "tool" as const, content: [{ type: "tool-result" as const, id: "c1", content: "four" }] };
  await looking.generate({ ...request, messages: [...messages, first.message, result] });
  expect(bodies[1]?.messages[1]).toMatchObject({ role: "assistant", reasoning: "I look." });
});

test("a key that has used up its own limit is no missing permission", async () => {
  const message = "Key limit exceeded (monthly limit). Manage it using https://openrouter.ai/settings/keys";
  const refused = async (): Promise<Response> => Response.json({ error: { message, code: 403 } }, { status: 403 });
  const call = connect(openrouter, { apiKey: "sk-or-0001", fetch: refused }).generate({ model: "acme/m", messages });
  await expect(call).rejects.toMatchObject({
    code: "insufficient-balance",
    retryable: false,
    hint: expect.stringContaining("settings/keys"),
  });
});
