import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { fireworks } from "../src/provider.ts";

const connection = connect(fireworks, { apiKey: "fw-rocket-0001", fetch: () => Promise.reject(new TypeError("no request is expected")) });
const messages = [{ role: "user" as const, content: "How high?" }];
const explain = (model: string, more: object) => connection.explain({ model: `accounts/fireworks/${model}`, messages, ...more });

test.each(["models/glm-5p3", "routers/glm-5p3-fast", "models/glm-6", "models/gpt-oss-120b", "models/minimax-m2"])(
  "%s refuses reasoning off, because it always reasons",
  async (model) => {
    await expect(explain(model, { reasoning: "off" })).rejects.toMatchObject({ code: "unsupported", field: "reasoning" });
  },
);

test.each([
  ["models/glm-5p1", "max", undefined],
  ["models/glm-5p2", "medium", "high"],
  ["models/glm-5p3", "medium", "low"],
  ["models/glm-5p31", "minimal", "low"],
  ["models/deepseek-v4-pro", "low", "high"],
  ["models/deepseek-v4-pro-0813", "low", "low"],
  ["models/deepseek-v4-pro-0813#accounts/pier/deployments/d1", "low", "low"],
  ["models/deepseek-v3p2", "high", undefined],
  ["models/minimax-m3", "max", "high"],
  ["models/kimi-k2p6", "max", undefined],
  ["models/kimi-k2-thinking", "minimal", undefined],
  ["models/kimi-k3", "minimal", "low"],
  ["models/kimi-k3", "medium", "low"],
  ["models/qwen3-30b-a3b", "max", "high"],
])("%s sends the reasoning level %s as %s", async (model, reasoning, word) => {
  expect((await explain(model, { reasoning })).body["reasoning_effort"]).toBe(word);
});

test("an image for a text-only model is refused before a request is sent", async () => {
  const image = { type: "image", url: "https://rockets.example/red.png" };
  const looking = { messages: [{ role: "user", content: [image] }] };
  await expect(explain("models/deepseek-v4-flash", looking)).rejects.toMatchObject({ code: "unsupported", field: "messages" });
  await expect(explain("models/glm-4p5v", looking)).resolves.toMatchObject({ protocol: "chat-completions" });
  await expect(explain("models/kimi-k2p7-code", looking)).resolves.toMatchObject({ protocol: "chat-completions" });
});

test("reasoning off for a model of which nothing is known is sent unchanged", async () => {
  expect((await explain("models/kimi-k3", { reasoning: "max" })).body["reasoning_effort"]).toBe("max");
  expect((await explain("models/kimi-k3", { reasoning: "off" })).body["reasoning_effort"]).toBe("none");
});

test("of several validation errors, the error names the unknown field", async () => {
  const body = {
    error: { message: "2 request validation errors: no text, field: 'messages[0]'; Extra inputs are not permitted, field: 'horn'" },
  };
  const fetch = async (): Promise<Response> => Response.json(body, { status: 400 });
  const refused = connect(fireworks, { apiKey: "fw-rocket-0001", fetch }).generate({
    model: "accounts/fireworks/models/glm-5p3",
    messages,
  });
  await expect(refused).rejects.toMatchObject({ code: "unsupported", field: "horn" });
});
