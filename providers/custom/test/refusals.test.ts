import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { custom } from "../src/provider.ts";

const baseURL = "https://gateway.example/v1";
const messages = [{ role: "user" as const, content: "How high?" }];
const refusing =
  (status: number, message: string): typeof fetch =>
  async () =>
    Response.json({ error: { message } }, { status });

test.each([
  "The `reasoning_content` in the thinking mode must be passed back to the API.",
  "thinking is enabled but reasoning_content is missing in assistant tool call message at index 2",
])("the error %j names the setting that sends reasoning back", async (message) => {
  const call = connect(custom, { baseURL, fetch: refusing(400, message) }).generate({ model: "m", messages });
  await expect(call).rejects.toMatchObject({ code: "invalid-request", hint: expect.stringContaining("reasoningReplay") });
});

test.each([
  [400, { message: "Content Exists Risk", code: "invalid_request_error" }, "content-filter"],
  [400, { message: "Input data may contain inappropriate content.", code: "data_inspection_failed" }, "content-filter"],
  [400, { message: "The requested model is not supported.", code: "model_not_supported" }, "model-not-found"],
  [401, { message: "Authentication Error, Budget has been exceeded!", type: "budget_exceeded", code: "400" }, "insufficient-balance"],
  [404, { message: 'model "m" not found, try pulling it first', type: "not_found_error" }, "model-not-found"],
] as const)("HTTP %i with %j from behind a gateway is %s", async (status, error, code) => {
  const fetch = async (): Promise<Response> => Response.json({ error }, { status });
  await expect(connect(custom, { baseURL, fetch }).generate({ model: "m", messages })).rejects.toMatchObject({ code, retryable: false });
});

test("the setting reasoningReplay sends the reasoning of a tool turn back", async () => {
  const turn = {
    role: "assistant" as const,
    content: [
      {
        type: "reasoning" as const,
        text: "I look.",
        replay: { origin: { provider: "custom", protocol: "chat-completions", model: "m", scope: baseURL }, data: null },
      },
      { type: "tool-call" as const, id: "c1", name: "tide", arguments: "{}", input: {} },
    ],
  };
  const asked = [...messages, turn, { role: "tool" as const, content: [{ type: "tool-result" as const, id: "c1", content: "four" }] }];
  const body = async (settings: object): Promise<string> =>
    JSON.stringify((await connect(custom, { baseURL, settings }).explain({ model: "m", messages: asked })).body);
  expect(await body({ reasoningReplay: "tool-turns" })).toContain('"reasoning_content":"I look."');
  expect(await body({})).not.toContain("I look.");
});

test.each([
  [400, "chat-completions"],
  [500, "chat-completions"],
  [500, "responses"],
  [500, "messages"],
] as const)(
  "an exception of the chat template at HTTP %i on %s is no failure of the server and names the setting",
  async (status, protocol) => {
    let requests = 0;
    const counting: typeof fetch = (...given) => {
      requests += 1;
      return refusing(status, "Jinja Exception: conversation roles must alternate user/assistant")(...given);
    };
    const call = connect(custom, { baseURL, fetch: counting, settings: { protocol } }).generate({ model: "m", messages });
    await expect(call).rejects.toMatchObject({ code: "invalid-request", hint: expect.stringContaining('alternation: "merge"') });
    expect(requests).toBe(1);
  },
);

test("a gateway's Gemini and Mistral models get no pair that their vendors refuse", async () => {
  const connection = connect(custom, { baseURL });
  const forced = { model: "google/gemini-3.5-flash", messages, tools: [{ name: "tide" }], toolChoice: "required", output: "json" } as const;
  expect((await connection.explain(forced)).body["response_format"]).toBeUndefined();
  const greedy = { model: "mistral-small-2603", messages, temperature: 0, topP: 0.5 };
  expect((await connection.explain(greedy)).body["top_p"]).toBeUndefined();
});
