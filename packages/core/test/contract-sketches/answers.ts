/**
 * Sketches of how the contract expresses what vendors answer. Only the compiler reads them. Each sketch writes one known difficulty in the contract's
 * types and marks with `@ts-expect-error` what the types must reject. `Tested by` names the test files for behaviour that types cannot express;
 * contract-sketches.test.ts checks that those tests exist.
 */
import type { AssistantMessage, LumiverseErrorOptions, OpaquePart, Usage } from "../../src/index.ts";
import type { Emit, ReadEvent, Reader } from "../../src/provider.ts";

type Sketch = () => readonly unknown[];
declare const emit: Emit;
declare const reader: Reader;
declare const origin: NonNullable<AssistantMessage["replay"]>["origin"];

/**
 * (a) OpenAI's Responses, a tool turn: reasoning without a summary is still a part, which holds the encrypted content, and several calls are open at once.
 * Tested by packages/protocols/test/responses-replay.test.ts
 */
export const responses: Sketch = () => [
  { type: "part-start", index: 0, kind: "reasoning" } satisfies ReadEvent,
  { type: "part-end", index: 0, replay: { type: "reasoning", id: "rs_a", summary: [], encrypted_content: "…" } } satisfies ReadEvent,
  { type: "part-start", index: 1, kind: "tool-call", id: "call_a", name: "look" } satisfies ReadEvent,
  { type: "part-start", index: 2, kind: "tool-call", id: "call_b", name: "look" } satisfies ReadEvent,
  { type: "tool-call-delta", index: 2, text: "{}" } satisfies ReadEvent,
  { type: "part-end", index: 1, replay: { wrapper: "fc_w", i: 0 }, arguments: "{}" } satisfies ReadEvent,
  { type: "part", index: 3, part: { type: "opaque", kind: "web_search_call" } satisfies OpaquePart, replay: {} } satisfies ReadEvent,
  // @ts-expect-error a delta without an index could belong to either of two open calls
  { type: "tool-call-delta", text: "{}" } satisfies ReadEvent,
  // @ts-expect-error the part-start of a call has an id and a name, because a caller cannot answer the call without them
  { type: "part-start", index: 4, kind: "tool-call" } satisfies ReadEvent,
  // @ts-expect-error an opaque part has no text, because only its origin understands it
  { type: "opaque", kind: "compaction", text: "…" } satisfies OpaquePart,
];

/**
 * (b) Gemini: the first of several parallel calls is signed, and the last text is empty and signed. Usage arrives in every chunk; the caller receives it once.
 * Tested by packages/core/test/call/response-builder.test.ts
 * Tested by packages/protocols/test/generate-reader.test.ts
 */
export const gemini: Sketch = () => [
  { type: "part-end", index: 0, replay: { thoughtSignature: "s1" } } satisfies ReadEvent,
  { type: "part-end", index: 1 } satisfies ReadEvent,
  { type: "part-start", index: 2, kind: "text" } satisfies ReadEvent,
  { type: "part-end", index: 2, replay: { thoughtSignature: "s2" } } satisfies ReadEvent,
  { type: "usage", usage: { input: 9, cacheRead: 4, output: 7, reasoning: 5, completeness: "partial" } } satisfies ReadEvent,
  // @ts-expect-error usage must state whether its counts are final
  { input: 9, output: 7 } satisfies Usage,
  // @ts-expect-error a reader cannot set the origin of a payload; core does
  { type: "part-end", index: 2, origin, replay: {} } satisfies ReadEvent,
];

/**
 * (d) OpenRouter: reasoning details belong to the message, and an empty list is a payload too. The vendor reports the cost. The finish event comes at the end of the stream.
 * Tested by packages/protocols/test/chat-reader.test.ts
 */
export const openrouter: Sketch = () => [
  { type: "finish", reason: "tool-calls", raw: "tool_calls", replay: { reasoning_details: [] } } satisfies ReadEvent,
  { role: "assistant", content: [], replay: { origin, data: { reasoning_details: [] } } } satisfies AssistantMessage,
  { output: 3, completeness: "exact", cost: { amount: 0.002, currency: "USD", from: "provider" } } satisfies Usage,
  // @ts-expect-error a cost must name its source
  { completeness: "exact", cost: { amount: 0.002, currency: "USD" } } satisfies Usage,
  // @ts-expect-error a payload without an origin could be sent to any provider
  { role: "assistant", content: [], replay: { data: {} } } satisfies AssistantMessage,
];

/**
 * (f) Perplexity: sources have the number by which the text cites them, and the host does not close the socket.
 * Tested by packages/protocols/test/chat-reader.test.ts
 * Tested by packages/core/test/http/timeouts.test.ts
 */
export const perplexity: Sketch = () => [
  { type: "part", index: 1, part: { type: "source", number: 1, url: "https://one.example", title: "One" } } satisfies ReadEvent,
  { type: "details", details: { relatedQuestions: ["And then?"] } } satisfies ReadEvent,
  "finishing" satisfies Reader["phase"],
  // @ts-expect-error a boolean is not enough, because a complete answer and a closed connection are different states
  true satisfies Reader["phase"],
];

/**
 * (g) Groq: the name of an event marks it as an error. The model's text that the vendor rejected is kept apart from the error's message.
 * Tested by providers/groq/test/generation.test.ts
 */
export const groq: Sketch = () => [
  reader.message({ event: "error", data: "{}" }, emit),
  { code: "invalid-generation", message: "the call does not parse", generation: "<function=look>{" } satisfies LumiverseErrorOptions,
  // @ts-expect-error the set of codes is closed; a vendor's own code goes into vendorCode
  { code: "tool_use_failed", message: "…" } satisfies LumiverseErrorOptions,
  // @ts-expect-error an error holds no part of a request
  { code: "server", message: "…", headers: { authorization: "…" } } satisfies LumiverseErrorOptions,
];

/**
 * (h) Chutes: an error outside of any event reaches the reader wherever packets cut it, and so does an answer that is one JSON value. A second answer replaces a broken one.
 * Tested by packages/core/test/http/sse.test.ts
 * Tested by packages/core/test/http/body-reader.test.ts
 */
export const chutes: Sketch = () => [
  reader.unframedText('{"error":{"message":"no instance"}}', emit),
  reader.body({ choices: [] }, emit),
  reader.end(emit),
  { type: "reset" } satisfies ReadEvent,
  { type: "replace", index: 0 } satisfies ReadEvent,
  { type: "replace", index: 0, part: { type: "reasoning", text: "…" } } satisfies ReadEvent,
  // @ts-expect-error a reader throws errors, because an error event could be overlooked
  { type: "error", message: "no instance" } satisfies ReadEvent,
];

/**
 * (i) ElectronHub and Pollinations: a failure arrives as the text of an answer. The chat dialect lists such texts (`failureTexts`), and the caller gets a typed error.
 * Tested by packages/protocols/test/chat-tool-calls.test.ts
 */
export const failureAsText: Sketch = () => [
  { code: "overloaded", message: "the upstream is busy", retryable: true, hint: "Try another model" } satisfies LumiverseErrorOptions,
  // @ts-expect-error a failure is not a finish reason, because it would then look like an answer
  { type: "finish", reason: "error" } satisfies ReadEvent,
];
