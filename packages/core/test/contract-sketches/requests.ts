/** Sketches of how the contract expresses what is sent: caching, structured output, rules about fields, payloads. answers.ts explains how to read them. */
import type {
  CacheRequest,
  Capabilities,
  ChatRequest,
  Connection,
  Note,
  Origin,
  OutputRequest,
  OutputSchema,
  StandardJsonSchema,
} from "../../src/index.ts";
import type { Call, Policy, Protocol, Recovery, Rendered, ResolvedOutput, ResolvedReasoning, Rule } from "../../src/provider.ts";

type Sketch = () => readonly unknown[];
declare const call: Call;
declare const connection: Connection;
declare const request: ChatRequest;

/**
 * (c) Prompt caching: the protocol reports its cache plan with the request, and explain() compares the request that would be sent.
 * Tested by packages/protocols/test/messages-cache.test.ts
 */
export const cache: Sketch = () => [
  { ttl: "1h", automatic: true, system: true } satisfies CacheRequest,
  {
    summary: "Cache 1h • auto + system",
    breakpoints: [{ at: "system/0", ttl: "1h", before: "tools and system", estimatedTokens: 1200, by: "explicit" }],
    excluded: [{ what: "tools", because: "shorter than the model caches" }],
  } satisfies Rendered["cache"],
  connection.explain(request, { previous: request }).then(({ prefixBreak, cacheReasons }) => [prefixBreak?.because, cacheReasons?.[0]]),
  (() => ({ at: "tools", because: "a tool was added" })) satisfies Protocol["diffPrefix"],
  // @ts-expect-error a lifetime that no vendor offers
  { ttl: "24h" } satisfies CacheRequest,
  // @ts-expect-error a token count in a cache plan is an estimate and is named so
  { breakpoints: [{ at: "system/0", ttl: "1h", before: "…", tokens: 1200, by: "explicit" }], excluded: [] } satisfies Rendered["cache"],
];

/**
 * (o) Structured output: a schema that prints itself, or a schema with a validation. Core chooses the strategy once, and a note names each lost keyword by JSON pointer.
 * Tested by packages/core/test/request/output.test.ts
 * Tested by packages/protocols/test/chat-tool-calls.test.ts
 */
export const structured: Sketch = () => [
  "json" satisfies OutputRequest,
  { schema: { type: "object" }, name: "place", strict: true, validate: async (value) => Number(value) } satisfies OutputSchema<number>,
  (schema: StandardJsonSchema<number>) => connection.generate({ ...request, output: schema }).then(({ output }) => output?.toFixed()),
  { name: "place", schema: {}, strategy: "tool" } satisfies ResolvedOutput,
  { request: { method: "POST", url: new URL("https://host.example") }, notes: [], state: { outputTool: "place" } } satisfies Rendered,
  { kind: "schema", field: "/properties/when/format", message: "The keyword format was removed." } satisfies Note,
  { call, note: { kind: "recovered", message: "The call was repeated without a schema." }, remember: "output.schema" } satisfies Recovery,
  // @ts-expect-error a validation without a schema, so there is nothing to send
  { validate: (value: unknown) => value } satisfies OutputSchema,
  // @ts-expect-error a recovery must leave a note
  { call } satisfies Recovery,
];

/**
 * (p) Unsupported fields: capabilities per field, rules about pairs of fields, and one policy for what the model does not accept.
 * Tested by packages/core/test/capabilities/check-request.test.ts
 * Tested by packages/core/test/capabilities/supports.test.ts
 */
export const policy: Sketch = () => [
  { temperature: [0, 1], "reasoning.off": false, reasoning: ["low", "high"], stop: [0, 4], seed: "unknown" } satisfies Capabilities,
  {
    field: "temperature",
    when: ({ reasoning }) => reasoning !== "off",
    then: "drop",
    because: "accepted only without reasoning",
  } satisfies Rule,
  {
    field: "topP",
    when: ({ temperature }) => temperature !== undefined,
    then: "drop",
    because: "accepts temperature or topP, not both",
  } satisfies Rule,
  {
    field: "toolChoice",
    when: ({ reasoning }) => reasoning !== undefined,
    then: "refuse",
    because: "cannot force a tool while reasoning",
  } satisfies Rule,
  { field: "temperature", when: () => true, then: "force", value: 1, because: "fixed by the vendor" } satisfies Rule,
  { kind: "effort", word: "xhigh" } satisfies ResolvedReasoning,
  { field: "topK", when: () => true, then: "clamp", range: [1, 40], because: "limited to 40" } satisfies Rule,
  { unsupported: { prefill: "drop", seed: "send" }, replayScope: "own" } satisfies Policy,
  // @ts-expect-error a rule must state its reason
  { field: "topP", when: () => true, then: "drop" } satisfies Rule,
  // @ts-expect-error a rule about a field that requests do not have
  { field: "top_p", when: () => true, then: "drop", because: "…" } satisfies Rule,
  // @ts-expect-error a capability outside the vocabulary
  { penalty: true } satisfies Capabilities,
  // @ts-expect-error there is no policy that ignores silently
  "ignore" satisfies Policy["unsupported"],
];

/**
 * (q) Origin: it holds the model as requested and the host as a scope, so that an alias keeps its payloads and a proxy does not inherit them.
 * Tested by packages/core/test/request/transcript.test.ts
 * Tested by packages/protocols/test/generate-errors.test.ts
 */
export const origins: Sketch = () => [
  { provider: "anthropic", protocol: "messages", model: "alias-latest", scope: "vendor" } satisfies Origin,
  { provider: "anthropic", protocol: "messages", model: "alias-latest", scope: "https://proxy.example/v1" } satisfies Origin,
  "protocol" satisfies Protocol["replayBinding"],
  "vendor" satisfies Policy["replayScope"],
  {
    call: { ...call, degradations: new Set(["replay"]) },
    note: { kind: "replayed", message: "The call was repeated without signatures." },
  } satisfies Recovery,
  // @ts-expect-error an origin names the protocol, because two protocols of one provider do not share payloads
  { provider: "openai", model: "m", scope: "vendor" } satisfies Origin,
  // @ts-expect-error a payload is always bound to something
  "none" satisfies Protocol["replayBinding"],
];
