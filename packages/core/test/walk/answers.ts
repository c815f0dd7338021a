/**
 * The contract walked through what vendors answer; read by the compiler alone. Each sketch says in the contract's own types what one wire needs, and
 * marks what it must not be able to say. Where a point is about behaviour, `Held by` names the test (walk.test.ts looks that it is there).
 */
import type { AssistantMessage, Emit, ErrorFacts, OpaquePart, ReadEvent, Reader, Usage } from "../../src/index.ts";

type Sketch = () => readonly unknown[];
declare const emit: Emit;
declare const reader: Reader;
declare const origin: NonNullable<AssistantMessage["replay"]>["origin"];

/**
 * (a) OpenAI's Responses, a tool turn: reasoning without a summary still leaves a part to hang its encrypted content on, and three calls run at once.
 * Held by packages/protocols/test/responses-replay.test.ts: "three turns go back item for item, as they came, through a JSON round trip"
 * Held by packages/protocols/test/responses-replay.test.ts: "without the reasoning its followers lose their ids"
 * Held by packages/protocols/test/responses-replay.test.ts: "goes back as the one call it was, with one output"
 */
export const responses: Sketch = () => [
  { type: "part-start", index: 0, kind: "reasoning" } satisfies ReadEvent,
  { type: "part-end", index: 0, replay: { type: "reasoning", id: "rs_a", summary: [], encrypted_content: "…" } } satisfies ReadEvent,
  { type: "part-start", index: 1, kind: "tool-call", id: "call_a", name: "look" } satisfies ReadEvent,
  { type: "part-start", index: 2, kind: "tool-call", id: "call_b", name: "look" } satisfies ReadEvent,
  { type: "tool-call-delta", index: 2, text: "{}" } satisfies ReadEvent,
  { type: "part-end", index: 1, replay: { wrapper: "fc_w", i: 0 }, arguments: "{}" } satisfies ReadEvent,
  { type: "part", index: 3, part: { type: "opaque", kind: "web_search_call" } satisfies OpaquePart, replay: {} } satisfies ReadEvent,
  // @ts-expect-error a delta without its place could belong to either of two open calls
  { type: "tool-call-delta", text: "{}" } satisfies ReadEvent,
  // @ts-expect-error a call is announced with id and name: without them its caller could not answer it
  { type: "part-start", index: 4, kind: "tool-call" } satisfies ReadEvent,
  // @ts-expect-error what only its origin understands has nothing to show
  { type: "opaque", kind: "compaction", text: "…" } satisfies OpaquePart,
];

/**
 * (b) Gemini: the first of parallel calls is signed, the last text is empty and signed. Usage comes in every chunk and once to the caller.
 * Held by packages/core/test/fold.test.ts: "that are empty but signed stay, and neighbouring texts are not joined"
 * Held by packages/protocols/test/generate-reader.test.ts: "takes the last of cumulative counts, keeps what vanished, and emits it before finish"
 * Held by packages/protocols/test/generate-reader.test.ts: "makes a cut stream an error, with the usage so far"
 */
export const gemini: Sketch = () => [
  { type: "part-end", index: 0, replay: { thoughtSignature: "s1" } } satisfies ReadEvent,
  { type: "part-end", index: 1 } satisfies ReadEvent,
  { type: "part-start", index: 2, kind: "text" } satisfies ReadEvent,
  { type: "part-end", index: 2, replay: { thoughtSignature: "s2" } } satisfies ReadEvent,
  { type: "usage", usage: { input: 9, cacheRead: 4, output: 7, reasoning: 5, completeness: "partial" } } satisfies ReadEvent,
  // @ts-expect-error counts that do not say whether they are final are read as final
  { input: 9, output: 7 } satisfies Usage,
  // @ts-expect-error a reader cannot say whose a payload is: core does
  { type: "part-end", index: 2, origin, replay: {} } satisfies ReadEvent,
];

/**
 * (d) OpenRouter: the details belong to the message, and an empty list is a payload too. The price is the vendor's own. The end is the stream's.
 * Held by packages/protocols/test/chat-reader.test.ts: "are joined by type and index, and a signature closes its block"
 * Held by packages/protocols/test/chat-reader.test.ts: "survive as an empty list"
 * Held by packages/protocols/test/chat-reader.test.ts: "is emitted after the usage, and once"
 */
export const openrouter: Sketch = () => [
  { type: "finish", reason: "tool-calls", raw: "tool_calls", replay: { reasoning_details: [] } } satisfies ReadEvent,
  { role: "assistant", content: [], replay: { origin, data: { reasoning_details: [] } } } satisfies AssistantMessage,
  { output: 3, completeness: "exact", cost: { amount: 0.002, currency: "USD", from: "provider" } } satisfies Usage,
  // @ts-expect-error a price without its source could be a guess
  { completeness: "exact", cost: { amount: 0.002, currency: "USD" } } satisfies Usage,
  // @ts-expect-error a payload without its origin could be sent to anyone
  { role: "assistant", content: [], replay: { data: {} } } satisfies AssistantMessage,
];

/**
 * (f) Perplexity: sources with the number by which the text cites them, and hosts that never close the socket.
 * Held by packages/protocols/test/chat-reader.test.ts: "are emitted once, however often the list comes, and carry their number"
 * Held by packages/core/test/timeouts.test.ts: "ends well after two seconds"
 */
export const perplexity: Sketch = () => [
  { type: "part", index: 1, part: { type: "source", number: 1, url: "https://one.example", title: "One" } } satisfies ReadEvent,
  { type: "details", details: { relatedQuestions: ["And then?"] } } satisfies ReadEvent,
  "finishing" satisfies Reader["phase"],
  // @ts-expect-error `done` or not is too little: complete and closed are two things
  true satisfies Reader["phase"],
];

/**
 * (g) Groq: an error is told by the event's name; what the model wrote and the vendor refused is kept, apart from the sentence.
 * Held by providers/groq/test/generation.test.ts: "what the model wrote, and Groq refused, is on the error"
 */
export const groq: Sketch = () => [
  reader.message({ event: "error", data: "{}" }, emit),
  { code: "invalid-generation", message: "the call does not parse", generation: "<function=look>{" } satisfies ErrorFacts,
  // @ts-expect-error the set of codes is closed: a vendor's own word goes to vendorCode
  { code: "tool_use_failed", message: "…" } satisfies ErrorFacts,
  // @ts-expect-error nothing of a request gets into an error
  { code: "server", message: "…", headers: { authorization: "…" } } satisfies ErrorFacts,
];

/**
 * (h) Chutes: an error that is no event reaches the reader, wherever packets cut it, and so does an answer that is one JSON value.
 * Held by packages/core/test/sse.test.ts: "is found at the end wherever packets cut it, with or without a newline"
 * Held by packages/core/test/lies.test.ts: "JSON to a stream request is an answer"
 * Held by packages/core/test/lies.test.ts: "before a stream that begins after it is an error"
 */
export const chutes: Sketch = () => [
  reader.stray('{"error":{"message":"no instance"}}', emit),
  reader.body({ choices: [] }, emit),
  reader.end(emit),
  { type: "reset" } satisfies ReadEvent,
  // @ts-expect-error a reader throws its errors: one as an event could be overlooked
  { type: "error", message: "no instance" } satisfies ReadEvent,
];

/**
 * (i) ElectronHub and Pollinations: a failure dressed as an answer. That is a fact of the chat dialect (`failureTexts`) and a typed error here.
 * Held by packages/protocols/test/chat-calls.test.ts: "dressed as text throw, withheld only while they may be one"
 */
export const disguised: Sketch = () => [
  { code: "overloaded", message: "the upstream is busy", retryable: true, hint: "Try another model" } satisfies ErrorFacts,
  // @ts-expect-error a failure is no way to finish: it would pass for an answer
  { type: "finish", reason: "error" } satisfies ReadEvent,
];
