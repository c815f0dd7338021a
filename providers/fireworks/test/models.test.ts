import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { fireworks } from "../src/provider.ts";

const connection = connect(fireworks, { apiKey: "fw-rocket-0001", fetch: () => Promise.reject(new TypeError("nothing is sent")) });
const messages = [{ role: "user" as const, content: "How high?" }];
const explain = (model: string, more: object) => connection.explain({ model: `accounts/fireworks/${model}`, messages, ...more });

test.each(["models/glm-5p3", "routers/glm-5p3-fast", "models/glm-6", "models/gpt-oss-120b"])(
  "%s can't be kept from reasoning",
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
  ["models/minimax-m3", "max", "high"],
])("%s takes the level %s as %s", async (model, reasoning, word) => {
  expect((await explain(model, { reasoning })).body["reasoning_effort"]).toBe(word);
});

test("a model of text alone is not sent an image", async () => {
  const image = { type: "image", url: "https://rockets.example/red.png" };
  const looking = { messages: [{ role: "user", content: [image] }] };
  await expect(explain("models/deepseek-v4-flash", looking)).rejects.toMatchObject({ code: "unsupported", field: "messages" });
  await expect(explain("models/kimi-k2p7-code", looking)).resolves.toMatchObject({ wire: "chat-completions" });
});
