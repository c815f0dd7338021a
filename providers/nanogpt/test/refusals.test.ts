import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { nanogpt } from "../src/provider.ts";

const messages = [{ role: "user" as const, content: "How high?" }];

test("a model that demands max_completion_tokens gets every limit by that name", async () => {
  const bodies: Record<string, unknown>[] = [];
  const fetch: typeof globalThis.fetch = async (_, init) => {
    const body: Record<string, unknown> = JSON.parse(String(init?.body));
    bodies.push(body);
    return body["max_tokens"] === undefined
      ? Response.json({ id: "1", choices: [{ index: 0, message: { role: "assistant", content: "Four." }, finish_reason: "stop" }] })
      : Response.json({ error: { message: "Unsupported parameter: use 'max_completion_tokens' instead." } }, { status: 400 });
  };
  const connection = connect(nanogpt, { apiKey: "sk-nano-0001", fetch });
  expect((await connection.generate({ model: "openai/gpt-6", messages })).text).toBe("Four.");
  expect((await connection.generate({ model: "openai/gpt-6", messages, maxOutputTokens: 70 })).text).toBe("Four.");
  expect(bodies.map(({ max_tokens, max_completion_tokens }) => [max_tokens, max_completion_tokens])).toEqual([
    [4000, undefined],
    [undefined, 4000],
    [undefined, 70],
  ]);
});

test("a Gemini 3 model gets a forced tool without JSON output", async () => {
  const request = {
    model: "google/gemini-3.5-flash",
    messages,
    tools: [{ name: "tide" }],
    toolChoice: "required",
    output: "json",
  } as const;
  const { body } = await connect(nanogpt, { apiKey: "sk-nano-0001" }).explain(request);
  expect([body["response_format"], body["tool_choice"]]).toEqual([undefined, "required"]);
});

test("a thinking budget of Claude stays below the output limit, or is dropped with a note", async () => {
  const connection = connect(nanogpt, { apiKey: "sk-nano-0001", fetch: () => Promise.reject(new TypeError("no request is expected")) });
  const ask = { model: "claude-sonnet-4-thinking", messages, reasoning: { budgetTokens: 10_000 } };
  const fitted = await connection.explain({ ...ask, maxOutputTokens: 2000 });
  expect(fitted.body).toMatchObject({ model: "claude-sonnet-4-thinking:1600", max_tokens: 2000 });
  expect(fitted.notes).toContainEqual(expect.objectContaining({ kind: "clamped", field: "reasoning" }));
  const small = await connection.explain({ ...ask, maxOutputTokens: 500 });
  expect(small.body["model"]).toBe("claude-sonnet-4-thinking");
  expect(small.notes).toContainEqual(expect.objectContaining({ kind: "dropped", field: "reasoning" }));
  expect((await connection.explain(ask)).body["model"]).toBe("claude-sonnet-4-thinking:10000");
});
