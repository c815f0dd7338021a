import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { pollinations } from "../src/provider.ts";

const messages = [{ role: "user" as const, content: "How high?" }];
const connection = connect(pollinations, { apiKey: "sk-0001" });

test("pairs that the vendor of a model refuses are not sent", async () => {
  const forced = { model: "gemini-3.5-flash", messages, tools: [{ name: "tide" }], toolChoice: "required", output: "json" } as const;
  expect((await connection.explain(forced)).body["response_format"]).toBeUndefined();
  const greedy = { model: "mistral-small-2603", messages, temperature: 0, topP: 0.5 };
  expect((await connection.explain(greedy)).body["top_p"]).toBeUndefined();
});

test("the reasoning of a tool turn goes back to models that refuse a history without it", async () => {
  const origin = { provider: "pollinations", protocol: "chat-completions", model: "kimi-k2.6", scope: "vendor" };
  const turn = {
    role: "assistant" as const,
    content: [
      { type: "reasoning" as const, text: "I look.", replay: { origin, data: null } },
      { type: "tool-call" as const, id: "c1", name: "tide", arguments: "{}", input: {} },
    ],
  };
  const asked = [...messages, turn, { role: "tool" as const, content: [{ type: "tool-result" as const, id: "c1", content: "four" }] }];
  const { body } = await connection.explain({ model: "kimi-k2.6", messages: asked });
  expect(JSON.stringify(body)).toContain('"reasoning_content":"I look."');
});

test("a tool's schema passes OpenAI's check behind the alias openai", async () => {
  const tools = [{ name: "tide", parameters: { type: "object", properties: {}, anyOf: [{ required: ["a"] }] } }];
  const { body } = await connection.explain({ model: "openai-large", messages, tools });
  expect(JSON.stringify(body["tools"])).not.toContain('"anyOf":');
});
