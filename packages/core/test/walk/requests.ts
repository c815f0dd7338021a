/** The contract walked through what goes out: caching, structured output, pairs of fields, payloads. As answers.ts, read by the compiler alone. */
import type {
  CacheRequest,
  Call,
  ChatRequest,
  Connection,
  Facts,
  NamedSchema,
  Note,
  Origin,
  OutputRequest,
  Policy,
  Protocol,
  Recovery,
  Rendered,
  ResolvedOutput,
  ResolvedReasoning,
  Rule,
  StandardJsonSchema,
} from "../../src/index.ts";

type Sketch = () => readonly unknown[];
declare const call: Call;
declare const connection: Connection;
declare const request: ChatRequest;

/**
 * (c) The cache planner: the renderer explains itself, and what is compared is the same value that is sent.
 * Held by packages/protocols/test/messages-cache.test.ts: "automatic and conversation on the same block share one"
 * Held by packages/protocols/test/messages-cache.test.ts: "hosts without automatic caching get the mark on the block itself, off a prefill; others get none"
 * Held by packages/protocols/test/messages-cache.test.ts: "because a tool was added"
 */
export const cache: Sketch = () => [
  { ttl: "1h", automatic: true, system: true } satisfies CacheRequest,
  {
    summary: "Cache 1h • auto + system",
    breakpoints: [{ at: "system/0", ttl: "1h", before: "tools and system", estimatedTokens: 1200, by: "explicit" }],
    excluded: [{ what: "tools", because: "shorter than the model caches" }],
  } satisfies Rendered["cache"],
  connection.explain(request, { previous: request }).then(({ prefixBreak, cacheReasons }) => [prefixBreak?.because, cacheReasons?.[0]]),
  (async () => ({ at: "tools", because: "a tool was added" })) satisfies Protocol["diffPrefix"],
  // @ts-expect-error a lifetime that no vendor sells
  { ttl: "24h" } satisfies CacheRequest,
  // @ts-expect-error a count of tokens is an estimate, and is called one
  { breakpoints: [{ at: "system/0", ttl: "1h", before: "…", tokens: 1200, by: "explicit" }], excluded: [] } satisfies Rendered["cache"],
];

/**
 * (o) Structured output: schemas that print themselves, or a schema beside its check; the strategy is settled once; what a wire lost is said by pointer.
 * Held by packages/core/test/output.test.ts: "a schema that can't print itself is refused by the name of its library, with the way out"
 * Held by packages/core/test/output.test.ts: "is asked again one step lower, once a refusal, and the connection remembers"
 * Held by packages/protocols/test/chat-calls.test.ts: "comes back as text, with prose beside it left out and noted"
 */
export const structured: Sketch = () => [
  "json" satisfies OutputRequest,
  { schema: { type: "object" }, name: "place", strict: true, validate: async (value) => Number(value) } satisfies NamedSchema<number>,
  (schema: StandardJsonSchema<number>) => connection.generate({ ...request, output: schema }).then(({ output }) => output?.toFixed()),
  { name: "place", schema: {}, strategy: "tool" } satisfies ResolvedOutput,
  { request: { method: "POST", url: new URL("https://host.example") }, notes: [], state: { outputTool: "place" } } satisfies Rendered,
  { kind: "schema", field: "/properties/when/format", message: "format is not taken" } satisfies Note,
  { call, note: { kind: "recovered", message: "once more without a schema" }, remember: "output.schema" } satisfies Recovery,
  // @ts-expect-error a check alone: there would be nothing to send
  { validate: (value: unknown) => value } satisfies NamedSchema,
  // @ts-expect-error what is done again without being said is silence
  { call } satisfies Recovery,
];

/**
 * (p) The policy: facts of fields, facts of pairs, and one answer for each field that a model does not take.
 * Held by packages/core/test/check.test.ts: "apply in the order reasoning, tools, output, sampling, the rest, however they are listed"
 * Held by packages/core/test/check.test.ts: "drop, refuse, clamp and force, each with its reason"
 * Held by packages/core/test/supports.test.ts: "tells yes, no and unknown apart"
 */
export const policy: Sketch = () => [
  { temperature: [0, 1], "reasoning.off": false, reasoning: ["low", "high"], stop: [0, 4], seed: "unknown" } satisfies Facts,
  { field: "temperature", when: ({ reasoning }) => reasoning !== "off", then: "drop", because: "only unreasoned" } satisfies Rule,
  { field: "topP", when: ({ temperature }) => temperature !== undefined, then: "drop", because: "one of the two" } satisfies Rule,
  { field: "toolChoice", when: ({ reasoning }) => reasoning !== undefined, then: "refuse", because: "no forced tool" } satisfies Rule,
  { field: "temperature", when: () => true, then: "force", value: 1, because: "fixed by the vendor" } satisfies Rule,
  { kind: "effort", word: "xhigh" } satisfies ResolvedReasoning,
  { unsupported: "throw", prefill: "instruction", replayScope: "own" } satisfies Policy,
  // @ts-expect-error a rule without its reason explains nothing to whom it hits
  { field: "topP", when: () => true, then: "drop" } satisfies Rule,
  // @ts-expect-error a rule of a field that no request has
  { field: "top_p", when: () => true, then: "drop", because: "…" } satisfies Rule,
  // @ts-expect-error a fact that nothing reads
  { penalty: true } satisfies Facts,
  // @ts-expect-error ignoring what cannot be done is no policy
  "ignore" satisfies Policy["unsupported"],
];

/**
 * (q) Origin: the model as requested and the host by scope, so that aliases keep their payloads and proxies do not inherit them.
 * Held by packages/core/test/transcript.test.ts: "a base URL is an origin of its own, unless one says that it fronts the vendor"
 * Held by packages/core/test/transcript.test.ts: "that are bound to their wire alone go to another model of it"
 * Held by packages/protocols/test/generate-errors.test.ts: "leaves out signatures that were refused, once"
 */
export const origins: Sketch = () => [
  { provider: "anthropic", wire: "messages", model: "alias-latest", scope: "vendor" } satisfies Origin,
  { provider: "anthropic", wire: "messages", model: "alias-latest", scope: "https://proxy.example/v1" } satisfies Origin,
  "wire" satisfies Protocol["binds"],
  "vendor" satisfies Policy["replayScope"],
  { call: { ...call, without: new Set(["replay"]) }, note: { kind: "replayed", message: "without signatures" } } satisfies Recovery,
  // @ts-expect-error without the wire, one provider's two wires would get each other's payloads
  { provider: "openai", model: "m", scope: "vendor" } satisfies Origin,
  // @ts-expect-error a payload goes nowhere by default: bound to nothing is no binding
  "none" satisfies Protocol["binds"],
];
