import { type Call, LumiverseError } from "@lumiverse/core/provider";
import { expect, test } from "vitest";
import { dropReasoning, dropUnsupportedParameters } from "../src/chat-completions/recover.ts";

const call: Call = {
  request: { model: "m", messages: [], temperature: 1, frequencyPenalty: 0.3, reasoning: "low", tools: [{ name: "t" }] },
  settings: {},
  streaming: false,
  hasKey: true,
  policy: { unsupported: {}, replayScope: "own" },
  degradations: new Set(),
};
const refusal = (named: string, status = 400): LumiverseError =>
  new LumiverseError({
    code: "invalid-request",
    status,
    message: `litellm.UnsupportedParamsError: m does not support parameters: [${named}], for model=m`,
  });

test("what only tunes is left out once, with a note that names it", () => {
  const found = dropUnsupportedParameters(refusal("'frequency_penalty', 'reasoning_effort'"), call);
  expect(found?.call.request).toEqual({ model: "m", messages: [], temperature: 1, tools: [{ name: "t" }] });
  expect(found?.note).toMatchObject({ kind: "recovered", field: "frequency_penalty, reasoning_effort" });
  expect(found === undefined ? undefined : dropUnsupportedParameters(refusal("'temperature'"), found.call)).toBeUndefined();
});

test.each([
  ["a parameter that the call means", refusal("'temperature', 'tools'")],
  ["a parameter that the call has not", refusal("'seed'")],
  ["a name that is no parameter", refusal("'__proto__'")],
  ["no name at all", refusal("")],
  ["another status", refusal("'temperature'", 500)],
  ["another error", new LumiverseError({ code: "invalid-request", status: 400, message: "parameters: ['temperature'] are odd" })],
])("%s stays, and the refusal stands", (_what, error) => {
  expect(dropUnsupportedParameters(error, call)).toBeUndefined();
});

test("a refused request for reasoning is dropped once, with the given note", () => {
  const found = dropReasoning(call, "The model does not reason.");
  expect(found?.call.request).not.toHaveProperty("reasoning");
  expect(found?.note).toEqual({ kind: "recovered", field: "reasoning", message: "The model does not reason." });
  expect(dropReasoning({ ...call, degradations: new Set(["reasoning"]) }, "")).toBeUndefined();
  const { reasoning: _, ...request } = call.request;
  expect(dropReasoning({ ...call, request }, "")).toBeUndefined();
});
