/** Random requests: every field, with the values that people and programs write, valid or not. */
import type { ChatRequest } from "@lumiverse/core/provider";
import fc from "fast-check";

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.constantFrom("", " ", "hello", "</think>", "\u0000", "🙂"),
  fc.constantFrom("\ud800", "half \udc00 of one"),
);
const word = fc.string({ minLength: 1, maxLength: 12 });
const media = fc.oneof(
  fc.record({
    data: fc.constantFrom("aGVsbG8=", ""),
    mediaType: fc.constantFrom("image/png", "application/pdf", "audio/wav", "text/plain", "video/mp4", "x/y"),
  }),
  fc.record({ url: fc.constantFrom("https://example.test/a.png", "data:image/png;base64,aGVsbG8=", "not a url") }),
);
const replay = fc.record({
  origin: fc.record({ provider: word, protocol: word, model: word, scope: fc.constant("vendor") }),
  data: fc.jsonValue({ maxDepth: 2 }),
});
const call = fc.record({ type: fc.constant("tool-call"), id: word, name: word, arguments: fc.oneof(text, fc.constant('{"a":1}')) });
const textPart = fc.record({ type: fc.constant("text"), text, replay: fc.option(replay, { nil: undefined }) });
const mediaPart = fc.oneof(
  media.map((one) => ({ type: "image", ...one })),
  media.map((one) => ({ type: "audio", ...one })),
  media.map((one) => ({ type: "file", filename: "a", ...one })),
);
const answerPart = fc.oneof(
  fc.record({ type: fc.constant("reasoning"), text, replay: fc.option(replay, { nil: undefined }) }),
  call,
  fc.record({ type: fc.constant("source"), url: fc.constant("https://example.test/") }),
  fc.record({ type: fc.constant("opaque"), kind: word, replay }),
);
const anyPart = fc.oneof(textPart, mediaPart, answerPart);
/** Parts that the role may hold, and seldom any part: a request with a misplaced part is refused before it is rendered. */
const inputPart = fc.oneof({ weight: 8, arbitrary: fc.oneof(textPart, mediaPart) }, { weight: 1, arbitrary: anyPart });
const outputPart = fc.oneof({ weight: 8, arbitrary: fc.oneof(textPart, answerPart) }, { weight: 1, arbitrary: anyPart });
const result = fc.record({
  type: fc.constant("tool-result"),
  id: word,
  content: fc.oneof(text, fc.array(inputPart, { maxLength: 2 })),
  isError: fc.boolean(),
});
const message = fc.oneof(
  fc.record({ role: fc.constant("system"), content: text }),
  fc.record({ role: fc.constant("user"), content: fc.oneof(text, fc.array(inputPart, { maxLength: 4 })) }),
  fc.record({ role: fc.constant("assistant"), content: fc.oneof(text, fc.array(outputPart, { maxLength: 4 })) }),
  fc.record({ role: fc.constant("tool"), content: fc.array(result, { maxLength: 3 }) }),
);
/** Tool calls with their results. Independently generated messages hardly ever belong together. */
const loop = fc
  .tuple(fc.array(call, { minLength: 1, maxLength: 3 }), fc.oneof(text, fc.array(inputPart, { maxLength: 2 })))
  .map(([calls, content]) => [
    { role: "assistant", content: calls },
    { role: "tool", content: calls.map(({ id, name }) => ({ type: "tool-result", id, name, content })) },
  ]);
const messages = fc.array(fc.oneof({ weight: 2, arbitrary: message.map((one): object[] => [one]) }, { weight: 1, arbitrary: loop }), {
  minLength: 1,
  maxLength: 5,
});
const number = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(0, 1, 2, 16, 256) },
  { weight: 1, arbitrary: fc.oneof(fc.double({ noNaN: false }), fc.integer(), fc.constant(-1)) },
);
const schema = fc.oneof(
  fc.constant({ type: "object", properties: { a: { type: "string" } }, required: ["a"] }),
  fc.constant({ $ref: "#/$defs/node", $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } } }),
  fc.dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
);
const tool = fc.oneof(
  fc.record({ name: word, description: text, parameters: schema }),
  fc.record({ name: word }),
  fc.record({ hosted: fc.dictionary(word, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 2 }) }),
);

const fields = {
  tools: fc.array(tool, { maxLength: 3 }),
  toolChoice: fc.oneof(fc.constantFrom("auto", "none", "required"), fc.record({ name: word })),
  parallelToolCalls: fc.boolean(),
  output: fc.oneof(fc.constant("json"), fc.record({ schema }), fc.record({ schema, name: word })),
  reasoning: fc.oneof(fc.constantFrom("off", "minimal", "low", "medium", "high", "max"), fc.record({ budgetTokens: number })),
  maxOutputTokens: number,
  temperature: number,
  topP: number,
  topK: number,
  stop: fc.oneof(text, fc.array(text, { maxLength: 6 })),
  seed: number,
  logprobs: fc.oneof(fc.boolean(), number),
  cache: fc.oneof(fc.constant(false), fc.record({ automatic: fc.boolean(), system: fc.boolean() })),
  prefill: text,
  parameters: fc.dictionary(word, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
};
type Field = keyof typeof fields;

/** Random requests with at most four optional fields. With more, one is nearly always refused and nothing is rendered. */
export function chatRequests(model: string): fc.Arbitrary<ChatRequest> {
  const chosen = fc.subarray(Object.keys(fields) as Field[], { maxLength: 4 }); // keys of the constant above
  return fc.tuple(messages, chosen, fc.record(fields)).map(([turns, names, all]) => {
    const request: Record<string, unknown> = { model, messages: turns.flat() };
    for (const name of names) request[name] = all[name];
    return request as unknown as ChatRequest; // invalid on purpose, as JavaScript callers can send it
  });
}
