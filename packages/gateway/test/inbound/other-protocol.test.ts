/** What only a client's protocol has, at a vendor of another: it is named in a note, or refused where the request would mean something else without it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import "@lumiverse/anthropic";
import "@lumiverse/openai";
import { openTestGateway, type TestGateway } from "../gateways.ts";

let one: TestGateway;
beforeAll(async () => {
  one = await openTestGateway();
  const baseURL = "http://localhost:1/v1";
  await one.profiles.create({ name: "claude", provider: "anthropic", baseURL, model: "claude-sonnet-4-5", key: "key-0123456789" });
  const settings = { api: "responses" };
  await one.profiles.create({ name: "gpt", provider: "openai", baseURL, model: "gpt-5-mini", key: "key-0123456789", settings });
  one.gateway.refresh();
});
afterAll(() => one.close());

const GEMINI = "/v1beta/models/local/m:generateContent";
const contents = [{ role: "user", parts: [{ text: "Hi" }] }];
const messages = [{ role: "user", content: "Hi" }];
const text = { type: "text", text: "What is it?" };

describe("a field inside of a field that the vendor's protocol has", () => {
  test.each([
    [GEMINI, { contents, generationConfig: { topK: 3, candidateCount: 2 } }, "generationConfig.candidateCount"],
    [GEMINI, { contents, generation_config: { top_k: 3, speech_config: {} } }, "generation_config.speech_config"],
    [
      "/v1/messages",
      { model: "local/m", max_tokens: 9, messages, output_config: { effort: "low", task_budget: {} } },
      "output_config.task_budget",
    ],
    ["/v1/messages", { model: "local/m", max_tokens: 9, messages, thinking: { type: "adaptive", display: "omitted" } }, "thinking.display"],
    ["/v1/responses", { model: "local/m", input: "Hi", text: { format: { type: "text" }, verbosity: "low" } }, "text.verbosity"],
    ["/v1/responses", { model: "local/m", input: "Hi", reasoning: { effort: null, summary: "auto" } }, "reasoning.summary"],
  ])("of %s is named when it is dropped: %j", async (path, body, field) => {
    const response = await one.ask(path, body);
    expect(response.status).toBe(200);
    const dropped = [...(response.headers.get("x-lumiverse-notes") ?? "").matchAll(/"([\w.]+)" was dropped/g)].map(([, name]) => name);
    expect(dropped).toEqual([field]);
  });
});

describe("a file that the client's vendor stores", () => {
  const source = { type: "file", file_id: "file_011" };
  const result = { type: "tool_result", tool_use_id: "t1", content: [{ type: "image", source }] };
  const call = { type: "tool_use", id: "t1", name: "look", input: {} };
  const fileData = { mimeType: "application/pdf", fileUri: "https://generativelanguage.googleapis.com/v1beta/files/abc" };
  const ask = { model: "local/m", max_tokens: 9 };
  const upload = { type: "container_upload", file_id: "file_012" };
  const openaiFile = { file_id: "file-abc123" };
  test.each([
    ["/v1/messages", { ...ask, messages: [{ role: "user", content: [{ type: "document", source }, text] }] }],
    ["/v1/messages", { ...ask, messages: [...messages, { role: "assistant", content: [call] }, { role: "user", content: [result] }] }],
    ["/v1/messages", { ...ask, messages: [{ role: "user", content: [upload, text] }] }],
    ["/v1/responses", { model: "claude", input: [{ role: "user", content: [{ type: "input_file", ...openaiFile }] }] }],
    ["/v1/responses", { model: "local/m", input: [{ role: "user", content: [{ type: "input_file", ...openaiFile }] }] }],
    ["/v1/responses", { model: "local/m", input: [{ role: "user", content: [{ type: "input_image", ...openaiFile }] }] }],
    ["/v1/chat/completions", { model: "claude", messages: [{ role: "user", content: [{ type: "file", file: openaiFile }, text] }] }],
    [GEMINI, { contents: [{ role: "user", parts: [{ fileData }, { text: "What is it?" }] }] }],
    [GEMINI, { contents: [{ role: "user", parts: [{ file_data: { file_uri: "gs://bucket/a.pdf" } }, { text: "What is it?" }] }] }],
  ])("of %s is refused before a byte leaves", async (path, body) => {
    one.vendor.asked.splice(0);
    const response = await one.ask(path, body);
    expect([response.status, one.vendor.asked]).toEqual([400, []]);
    expect(await response.text()).toMatch(/a file refers to content that a vendor of the protocol .* stores/);
  });

  test("of Chat Completions reaches OpenAI's Responses, which reads the same files", async () => {
    one.vendor.asked.splice(0);
    const content = [{ type: "file", file: openaiFile }, text];
    await one.ask("/v1/chat/completions", { model: "gpt", messages: [{ role: "user", content }] });
    expect(JSON.stringify(one.vendor.asked[0]?.body)).toContain('{"type":"input_file","file_id":"file-abc123"}');
  });
});
