import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { siliconflow } from "../src/provider.ts";

const fetch = (): Promise<Response> => Promise.reject(new TypeError("no request is expected"));
const connection = connect(siliconflow, { apiKey: "sk-0001", fetch });
const messages = [{ role: "user" as const, content: "How deep?" }];

test.each([
  [5, 128],
  [50_000, 32_768],
  [4096, 4096],
])("a budget of %i tokens for a model that is not in the table is sent as %i", async (budgetTokens, sent) => {
  const { body, notes } = await connection.explain({ model: "acme/new-model", messages, reasoning: { budgetTokens } });
  expect(body["thinking_budget"]).toBe(sent);
  expect(notes.some(({ kind }) => kind === "clamped")).toBe(sent !== budgetTokens);
});

test("the level minimal, which the host does not know, becomes low", async () => {
  const request = { model: "acme/new-model", messages, reasoning: "minimal" as const };
  expect((await connection.explain(request)).body["reasoning_effort"]).toBe("low");
  const sending = connect(siliconflow, { apiKey: "sk-0001", fetch, unsupported: "send" });
  expect((await sending.explain(request)).body["reasoning_effort"]).toBe("minimal");
});

test.each(["moonshotai/Kimi-K2.6", "Pro/moonshotai/Kimi-K2.6", "deepseek-ai/DeepSeek-V4-Pro"])(
  "the reasoning of a tool turn goes back to %s",
  async (model) => {
    const origin = { provider: "siliconflow", protocol: "chat-completions", model, scope: "vendor" };
    const turn = {
      role: "assistant" as const,
      content: [
        { type: "reasoning" as const, text: "I look.", replay: { origin, data: null } },
        { type: "tool-call" as const, id: "c1", name: "tide", arguments: "{}", input: {} },
      ],
    };
    const asked = [...messages, turn, { role: "tool" as const, content: [{ type: "tool-result" as const, id: "c1", content: "four" }] }];
    expect(JSON.stringify((await connection.explain({ model, messages: asked })).body)).toContain('"reasoning_content":"I look."');
  },
);
