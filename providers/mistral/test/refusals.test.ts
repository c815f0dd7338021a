import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { mistral } from "../src/provider.ts";

const fetch = (): Promise<Response> => Promise.reject(new TypeError("no request is expected"));
const connection = connect(mistral, { apiKey: "key-0001", fetch });
const sending = connect(mistral, { apiKey: "key-0001", fetch, unsupported: "send" });
const messages = [{ role: "user" as const, content: "Bake." }];

test.each([
  ["mistral-medium-latest", "medium", "high"],
  ["mistral-large-latest", "max", "high"],
  ["mistral-small-2603", "low", "high"],
  ["glm-5-2", "max", "max"],
] as const)("%s gets the reasoning level %s as %s", async (model, reasoning, word) => {
  const { body, notes } = await connection.explain({ model, messages, reasoning });
  expect(body["reasoning_effort"]).toBe(word);
  expect(notes.some(({ kind, field }) => kind === "clamped" && field === "reasoning")).toBe(String(reasoning) !== word);
});

test("another word is sent by the policy send and in raw parameters", async () => {
  const request = { model: "mistral-medium-latest", messages };
  expect((await sending.explain({ ...request, reasoning: "medium" })).body["reasoning_effort"]).toBe("medium");
  const raw = await connection.explain({ ...request, parameters: { reasoning_effort: "medium" } });
  expect(raw.body["reasoning_effort"]).toBe("medium");
});

test("a temperature of 0 is sent without topP", async () => {
  const request = { model: "mistral-small-2603", messages, temperature: 0, topP: 0.5 };
  const { body, notes } = await connection.explain(request);
  expect([body["temperature"], body["top_p"]]).toEqual([0, undefined]);
  expect(notes).toMatchObject([{ kind: "dropped", field: "topP" }]);
  expect((await sending.explain(request)).body["top_p"]).toBe(0.5);
});

test("a conversation that ends with a system message ends with a user turn", async () => {
  const { body } = await connection.explain({
    model: "mistral-small-2603",
    messages: [...messages, { role: "assistant", content: "Bread." }, { role: "system", content: "Be brief." }],
  });
  expect(body["messages"]).toMatchObject([{ role: "user" }, { role: "assistant" }, { role: "user", content: "Be brief." }]);
});

test("a model that refuses reasoning_effort is asked once more without it", async () => {
  const bodies: Record<string, unknown>[] = [];
  const answers = [
    Response.json({ object: "error", message: "reasoning_effort is not enabled for this model", code: "3000" }, { status: 400 }),
    Response.json({ id: "1", choices: [{ index: 0, message: { role: "assistant", content: "Bread." }, finish_reason: "stop" }] }),
  ];
  const answering: typeof globalThis.fetch = async (_, init) => {
    bodies.push(JSON.parse(String(init?.body)));
    return answers.shift() ?? Response.error();
  };
  const response = await connect(mistral, { apiKey: "key-0001", fetch: answering }).generate({
    model: "mistral-large-latest",
    messages,
    reasoning: "high",
  });
  expect(response.text).toBe("Bread.");
  expect(bodies.map((body) => body["reasoning_effort"])).toEqual(["high", undefined]);
});

test("with a temperature of 0 no model gets a topP below 1, and no model gets a negative seed", async () => {
  for (const model of ["mistral-small-2603", "labs-pastry-1", "glm-5-2"]) {
    const { body, notes } = await connection.explain({ model, messages, temperature: 0, topP: 0.5, seed: -1 });
    expect(body).not.toHaveProperty("top_p");
    expect(body).not.toHaveProperty("random_seed");
    expect(notes.map(({ field }) => field)).toEqual(expect.arrayContaining(["topP", "seed"]));
  }
});
