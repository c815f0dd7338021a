/** Sketches of how the contract expresses where calls go: keys, routes, operations. answers.ts explains how to read them. */
import type { Account, Authorization, Credential, KeyVerdict, Provider, ServerInfo } from "../../src/index.ts";
import type { AuthorizeContext, Call, Operation, Operations, PkceEndpoints, Protocol, Route } from "../../src/provider.ts";

type Sketch = () => readonly unknown[];
declare const chat: Protocol;
declare const responses: Protocol;
declare const older: URL;
declare const gateway: URL;

/**
 * (e) Vertex: a key is exchanged for tokens. The provider receives the effects it may use; core caches tokens, shares one exchange among callers and retries.
 * Tested by packages/core/test/call/token-exchange.test.ts
 */
export const vertex: Sketch = () => [
  { kind: "service-account", env: "GOOGLE_APPLICATION_CREDENTIALS_JSON", required: true } satisfies Credential,
  (async ({ key, fetch, now, signal }: AuthorizeContext): Promise<Authorization> => {
    const answer = await fetch("https://token.example", { method: "POST", body: key, ...(signal === undefined ? {} : { signal }) });
    return { headers: { authorization: `Bearer ${await answer.text()}` }, expiresAt: now() + 3_600_000 };
  }) satisfies Provider["authorize"],
  (({ account, settings }) => ({
    protocol: chat,
    base: new URL(`https://${settings.region ?? "global"}.example/${account?.["project"]}`),
    capabilities: {},
  })) satisfies (call: Call<{ region: string }>) => Route,
  // @ts-expect-error an authorization must state when it expires
  { headers: { authorization: "Bearer …" } } satisfies Authorization,
  // @ts-expect-error a call does not hold the key, so a pure function cannot leak it
  (({ key }) => key) satisfies (call: Call) => unknown,
];

/**
 * (j) Z.AI: a valid key at the wrong endpoint, a key without balance and a busy host are three verdicts, and none of them is "invalid".
 * Tested by packages/core/test/call/operations.test.ts
 */
export const zai: Sketch = () => [
  { key: "valid", usable: false, reason: "no balance", hint: "A key of the other plan?", spent: "1 token" } satisfies KeyVerdict,
  { key: "valid", usable: "unknown", reason: "busy" } satisfies KeyVerdict,
  { key: "unknown", usable: "unknown" } satisfies KeyVerdict,
  // @ts-expect-error a boolean cannot distinguish them
  true satisfies KeyVerdict,
];

/**
 * (k) Pollinations: one choice decides the host, the credential, the capabilities and the concurrency.
 * Tested by providers/pollinations/test/anonymous.test.ts
 * Tested by packages/core/test/call/credentials.test.ts
 */
export const pollinations: Sketch = () => [
  { kind: "api-key", required: false, env: "POLLINATIONS_API_KEY" } satisfies Credential,
  (({ hasKey, baseURL }) =>
    hasKey
      ? { protocol: chat, base: baseURL ?? gateway, capabilities: { "input.image": true } }
      : {
          protocol: chat,
          base: older,
          capabilities: { "input.image": false },
          credential: "never",
          concurrency: 1,
        }) satisfies Provider["route"],
  // @ts-expect-error a route can withhold the key but not force it to be sent
  { protocol: chat, base: older, capabilities: {}, credential: "always" } satisfies Route,
];

/**
 * (l) OpenAI's `auto`: the request decides the protocol before the check, and the protocol decides which fields are accepted.
 * Tested by providers/openai/test/route.test.ts
 */
export const auto: Sketch = () => [
  (({ request: { seed, stop } }) =>
    seed === undefined && stop === undefined
      ? { protocol: responses, base: gateway, capabilities: { seed: false, stop: false } }
      : { protocol: chat, base: gateway, capabilities: { seed: true, stop: [1, 4] } }) satisfies Provider["route"],
  { protocol: chat, base: gateway, capabilities: {}, unstreamed: "streamed", streaming: "no-tools" } satisfies Route,
  // @ts-expect-error a route without capabilities must say so with {}, so that none is forgotten
  { protocol: chat, base: gateway } satisfies Route,
  // @ts-expect-error a route is chosen synchronously; what needs waiting belongs in a probe
  (async () => ({ protocol: chat, base: gateway, capabilities: {} })) satisfies Provider["route"],
];

/**
 * (m) Custom: one probe finds out what kind of server answers, and its result names its source.
 * Tested by packages/core/test/call/operations.test.ts
 * Tested by providers/custom/test/server.test.ts
 */
export const custom: Sketch = () => [
  {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: base }),
    parse: ({ headers }) => ({ value: { server: headers.get("server") ?? "unknown", from: "the server header" } }),
  } satisfies Operations<{ server: string }>["probe"],
  (({ server }) => server === "auto") satisfies Provider<{ server: string }>["probeFirst"],
  (({ server }) => ({
    protocol: chat,
    base: gateway,
    capabilities: { minP: server?.server === "llama.cpp" },
  })) satisfies Provider["route"],
  // @ts-expect-error server information must name its source
  { server: "ollama" } satisfies ServerInfo,
];

/**
 * (n) Core sends the requests of key checks, balances and lists. An operation at a fixed host of the vendor says so, and is refused while the base URL is a proxy.
 * Tested by packages/core/test/call/credentials.test.ts
 * Tested by packages/core/test/call/operations.test.ts
 * Tested by packages/core/test/sign-in.test.ts
 */
export const operations: Sketch = () => [
  {
    origin: "vendor",
    request: () => ({ method: "GET", url: new URL("https://accounts.example/me") }),
    parse: ({ status }) => (status === 200 ? { value: { balance: { amount: 3, currency: "USD" }, summary: "$3" } } : undefined),
  } satisfies Operation<Account>,
  {
    authorizeURL: ({ callback, challenge }) => new URL(`https://sign-in.example/?${new URLSearchParams({ callback, challenge })}`),
    exchange: ({ code, verifier }) => ({ method: "POST", url: new URL("https://sign-in.example/keys"), body: { code, verifier } }),
    parse: ({ text }) => ({ key: text }),
  } satisfies PkceEndpoints,
  // @ts-expect-error an operation must state whose host it asks, so that a key is not sent to another
  { request: () => ({ method: "GET", url: gateway }), parse: () => undefined } satisfies Operation<Account>,
  // @ts-expect-error an account must have a summary, because every vendor reports different figures
  { balance: { amount: 3, currency: "USD" } } satisfies Account,
];
