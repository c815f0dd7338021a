import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { groq } from "../src/provider.ts";

const fetch = (): Promise<Response> => Promise.reject(new TypeError("no request is expected"));
const connection = connect(groq, { apiKey: "gsk-test-000", fetch });
const messages = [{ role: "user" as const, content: "How many sacks?" }];
const output = { schema: { type: "object", properties: { sacks: { type: "integer" } }, required: ["sacks"], additionalProperties: false } };
const tools = [{ name: "weigh" }];

test.each([
  ["openai/gpt-oss-120b", output],
  ["openai/gpt-oss-120b", "json" as const],
  ["qwen/qwen3-32b", output],
])("%s gets tools without a response_format beside them", async (model, wanted) => {
  const { body, notes } = await connection.explain({ model, messages, tools, output: wanted }, { streaming: true });
  expect(body["response_format"]).toBeUndefined();
  expect(body).toMatchObject({ stream: true, tools: [{ type: "function" }] });
  expect(notes.map(({ field }) => field)).toContain("output");
});

test("the policy send and raw parameters pass the pair on", async () => {
  const sending = connect(groq, { apiKey: "gsk-test-000", fetch, unsupported: "send" });
  const sent = await sending.explain({ model: "openai/gpt-oss-120b", messages, tools, output }, { streaming: true });
  expect(sent.body).toMatchObject({ stream: true, response_format: { type: "json_schema" }, tools: [{}] });
  const raw = { response_format: { type: "json_object" } };
  const { body } = await connection.explain({ model: "openai/gpt-oss-120b", messages, tools, parameters: raw }, { streaming: true });
  expect(body).toMatchObject({ stream: true, ...raw });
});

test("JSON mode is streamed, and a schema is not", async () => {
  const model = "openai/gpt-oss-120b";
  expect((await connection.explain({ model, messages, output: "json" }, { streaming: true })).body["stream"]).toBe(true);
  const { body, notes } = await connection.explain({ model, messages, output }, { streaming: true });
  expect(body["stream"]).toBeUndefined();
  expect(notes.map(({ field }) => field)).toContain("stream");
});

test("a schema beside more tools than Groq accepts is not streamed when the tools are left out", async () => {
  const many = Array.from({ length: 129 }, (_, i) => ({ name: `weigh_${i}` }));
  const dropping = connect(groq, { apiKey: "gsk-test-000", fetch, unsupported: "drop" });
  const { body } = await dropping.explain({ model: "openai/gpt-oss-120b", messages, tools: many, output }, { streaming: true });
  expect(body).toMatchObject({ response_format: { type: "json_schema" } });
  expect(body).not.toHaveProperty("tools");
  expect(body).not.toHaveProperty("stream");
});
