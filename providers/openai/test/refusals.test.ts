import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { openai } from "../src/provider.ts";

const fetch = (): Promise<Response> => Promise.reject(new TypeError("no request is expected"));
const connection = connect(openai, { apiKey: "sk-0001", fetch });
const sending = connect(openai, { apiKey: "sk-0001", fetch, unsupported: "send" });
const messages = [{ role: "user" as const, content: "How high?" }];
const model = "gpt-4.1";

test("the Responses API gets an output limit of at least 16", async () => {
  const { body, notes } = await connection.explain({ model, messages, maxOutputTokens: 5 });
  expect(body["max_output_tokens"]).toBe(16);
  expect(notes).toMatchObject([{ kind: "clamped", field: "maxOutputTokens" }]);
  expect((await sending.explain({ model, messages, maxOutputTokens: 5 })).body["max_output_tokens"]).toBe(5);
  const raw = await connection.explain({ model, messages, parameters: { max_output_tokens: 5 } });
  expect(raw.body["max_output_tokens"]).toBe(5);
});

test.each(["responses", "chat-completions"] as const)("a topP of 0 becomes 0.01 on %s", async (api) => {
  const chosen = connect(openai, { apiKey: "sk-0001", fetch, settings: { api } });
  expect((await chosen.explain({ model, messages, topP: 0 })).body["top_p"]).toBe(0.01);
  expect((await sending.explain({ model, messages, topP: 0 })).body["top_p"]).toBe(0);
});

test("a seed beyond 32 bits is reduced", async () => {
  expect((await connection.explain({ model, messages, seed: 2 ** 40 + 7 })).body["seed"]).toBe(7);
});

test("empty lists are not sent and do not choose the API", async () => {
  const { body, protocol } = await connection.explain({ model, messages, tools: [], stop: [] });
  expect(protocol).toBe("responses");
  expect(Object.keys(body).sort()).toEqual(["input", "model", "store", "stream"]);
});

test("audio in another format than wav and mp3 is refused before anything is sent", async () => {
  const spoken = (mediaType: string) => [{ role: "user" as const, content: [{ type: "audio" as const, data: "AA==", mediaType }] }];
  await expect(connection.explain({ model: "gpt-audio", messages: spoken("audio/ogg") })).rejects.toMatchObject({ code: "unsupported" });
  await expect(connection.explain({ model: "gpt-audio", messages: spoken("audio/wav") })).resolves.toBeDefined();
  await expect(sending.explain({ model: "gpt-audio", messages: spoken("audio/ogg") })).resolves.toBeDefined();
});

test("numbers outside the documented ranges are moved into them also for a model whose id says nothing", async () => {
  const own = connect(openai, { apiKey: "sk-0001", fetch, settings: { api: "chat-completions" } });
  const { body, notes } = await own.explain({
    model: "harbour-1",
    messages,
    temperature: 3,
    topP: 1.5,
    frequencyPenalty: -3,
    logprobs: 30,
  });
  expect(body).toMatchObject({ temperature: 2, top_p: 1, frequency_penalty: -2, top_logprobs: 20 });
  expect(notes.filter(({ kind }) => kind === "clamped")).toHaveLength(4);
  await expect(own.explain({ model: "harbour-1", messages, stop: ["a", "b", "c", "d", "e"] })).rejects.toMatchObject({
    code: "unsupported",
    field: "stop",
  });
});
