/** The contract walked through where calls go: keys, routes, operations. As answers.ts, read by the compiler alone. */
import type {
  Account,
  Authorization,
  AuthorizeEffects,
  Call,
  Credential,
  KeyVerdict,
  Operation,
  Operations,
  PkceEndpoints,
  Protocol,
  Provider,
  Route,
  ServerFacts,
} from "../../src/index.ts";

type Sketch = () => readonly unknown[];
declare const chat: Protocol;
declare const responses: Protocol;
declare const older: URL;
declare const gateway: URL;

/**
 * (e) Vertex: a key that signs for tokens. The provider gets what it may touch; the cache of tokens, the single flight and the retry are core's.
 * Held by packages/core/test/authorize.test.ts: "has one exchange for all calls and connections that ask at once, and later ones use the same token"
 * Held by packages/core/test/authorize.test.ts: "drops its token on a 401 and tries once more; both attempts are listed"
 * Held by packages/core/test/authorize.test.ts: "is explained without any network, and the token's text is a secret of the call"
 */
export const vertex: Sketch = () => [
  { kind: "service-account", env: "GOOGLE_APPLICATION_CREDENTIALS_JSON", required: true } satisfies Credential,
  (async (key: string, { fetch, now, signal }: AuthorizeEffects): Promise<Authorization> => {
    const answer = await fetch("https://token.example", { method: "POST", body: key, ...(signal === undefined ? {} : { signal }) });
    return { headers: { authorization: `Bearer ${await answer.text()}` }, expiresAt: now() + 3_600_000 };
  }) satisfies Provider["authorize"],
  (({ account, settings }) => ({
    protocol: chat,
    base: new URL(`https://${settings.region ?? "global"}.example/${account?.["project"]}`),
    takes: {},
  })) satisfies (call: Call<{ region: string }>) => Route,
  // @ts-expect-error a token that never ends would be kept for ever
  { headers: { authorization: "Bearer …" } } satisfies Authorization,
  // @ts-expect-error the key is not in a call: no pure function can leak it
  (({ key }) => key) satisfies (call: Call) => unknown,
];

/**
 * (j) Z.AI: a key that is right at the wrong endpoint, one that has no money, one that is busy: three verdicts, none of them "wrong key".
 * Held by packages/core/test/operations.test.ts: "leaves the reading of a refusal to the provider: a key without money is valid"
 * Held by packages/core/test/operations.test.ts: "of nobody at the other end is unknown, and an abort is no verdict"
 */
export const zai: Sketch = () => [
  { key: "valid", usable: false, reason: "no balance", hint: "A key of the other plan?", spent: "1 token" } satisfies KeyVerdict,
  { key: "valid", usable: "unknown", reason: "busy" } satisfies KeyVerdict,
  { key: "unknown", usable: "unknown" } satisfies KeyVerdict,
  // @ts-expect-error yes or no cannot tell them apart
  true satisfies KeyVerdict,
];

/**
 * (k) Pollinations: host, key, facts and queue hang on one choice.
 * Held by providers/pollinations/test/anonymous.test.ts: "without a key the older host is asked, and no credential of any kind goes there"
 * Held by providers/pollinations/test/anonymous.test.ts: "calls without a key wait for each other, calls with one do not"
 * Held by packages/core/test/secrets.test.ts: "goes to no host of which the route says never"
 */
export const pollinations: Sketch = () => [
  { kind: "api-key", required: false, env: "POLLINATIONS_API_KEY" } satisfies Credential,
  (({ keyed, baseURL }) =>
    keyed
      ? { protocol: chat, base: baseURL ?? gateway, takes: { "input.image": true } }
      : { protocol: chat, base: older, takes: { "input.image": false }, credential: "never", concurrency: 1 }) satisfies Provider["route"],
  // @ts-expect-error a route can hold a key back, but not lend one
  { protocol: chat, base: older, takes: {}, credential: "always" } satisfies Route,
];

/**
 * (l) OpenAI's `auto`: the wire follows from what is asked for, before the check, and with it what may be asked for.
 * Held by providers/openai/test/route.test.ts: "which API a call goes to"
 * Held by providers/openai/test/route.test.ts: "is refused before a byte leaves where the model can't: reasoning off, tools while reasoning on Chat Completions"
 */
export const auto: Sketch = () => [
  (({ request: { seed, stop } }) =>
    seed === undefined && stop === undefined
      ? { protocol: responses, base: gateway, takes: { seed: false, stop: false } }
      : { protocol: chat, base: gateway, takes: { seed: true, stop: [1, 4] } }) satisfies Provider["route"],
  { protocol: chat, base: gateway, takes: {}, unstreamed: "streamed", streaming: "no-tools" } satisfies Route,
  // @ts-expect-error a route that claims nothing says so with {}: what is forgotten is not what is unknown
  { protocol: chat, base: gateway } satisfies Route,
  // @ts-expect-error the choice is pure: what has to be waited for is a probe's business
  (async () => ({ protocol: chat, base: gateway, takes: {} })) satisfies Provider["route"],
];

/**
 * (m) Custom: what kind of server answers is found out by one look, and says from where.
 * Held by packages/core/test/operations.test.ts: "runs once for a connection, and its facts reach the route, supports() and explain()"
 * Held by providers/custom/test/server.test.ts: "a port proves nothing: one and the same address gives one and the same request"
 */
export const custom: Sketch = () => [
  {
    origin: "base",
    wanted: ({ server }) => server === "auto",
    request: ({ base }) => ({ method: "GET", url: base }),
    parse: ({ headers }) => ({ value: { server: headers.get("server") ?? "unknown", from: "the server header" } }),
  } satisfies Operations<{ server: string }>["probe"],
  (({ facts }) => ({ protocol: chat, base: gateway, takes: { minP: facts?.server === "llama.cpp" } })) satisfies Provider["route"],
  // @ts-expect-error a fact that does not say how it was found out
  { server: "ollama" } satisfies ServerFacts,
];

/**
 * (n) Key check, balance and lists are requests that core makes; a balance at a host of the vendor's own says so, and is not asked through a proxy.
 * Held by packages/core/test/secrets.test.ts: "are not asked while the base URL points elsewhere: the key in hand belongs there"
 * Held by packages/core/test/operations.test.ts: "follows pages, and says so where there are too many"
 * Held by packages/core/test/sign-in.test.ts: "gives a key for the code, proved by the verifier of the challenge"
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
  // @ts-expect-error an operation that does not say whose host it asks could carry a key to another
  { request: () => ({ method: "GET", url: gateway }), parse: () => undefined } satisfies Operation<Account>,
  // @ts-expect-error an account without a line for a card: every vendor's figures are others, and somebody has to show them
  { balance: { amount: 3, currency: "USD" } } satisfies Account,
];
