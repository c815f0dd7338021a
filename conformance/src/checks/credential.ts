/** Checks that the key goes where the cases say that the host expects it, and that the provider states correctly whether its host needs one. */
import type { Provider } from "@lumiverse/core/provider";
import type { Fixture, LoadedExchange } from "../fixture/fixture.ts";
import { CANARY, keyOf } from "../fixture/keys.ts";
import { KEY } from "../fixture/schema.ts";
import type { SentRequest } from "../play/memory-fetch.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";
import { endsWell } from "./claims.ts";
import { foreignVariable } from "./vendor-variables.ts";

/** Headers that carry the key, as `name: value` with `{key}` in place of the key. */
export type KeyHeaders = ReadonlySet<string>;

/** The headers in which the cases send the key. Empty if no case states one. */
export function keyHeadersOf(fixtures: readonly Fixture[]): KeyHeaders {
  return new Set(fixtures.flatMap((fixture) => fixture.exchanges.flatMap(keyHeaders)));
}

function keyHeaders({ headers }: LoadedExchange): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (value.includes(KEY) ? [`${name.toLowerCase()}: ${value}`] : []));
}

/** Describes the headers of a request that carry the key although no case sends it there. */
export function misplacedKey({ headers }: SentRequest, expected: KeyHeaders): string[] {
  if (expected.size === 0) return [];
  return Object.entries(headers)
    .filter(([, value]) => value.includes(CANARY))
    .map(([name, value]) => `${name}: ${value.replaceAll(CANARY, KEY)}`)
    .filter((header) => !expected.has(header))
    .map((header) => `the key is sent as "${header}", but the cases say that the host expects "${[...expected].join('" or "')}"`);
}

/** What cases and provider say about the key must agree. */
export function credentialChecks(subject: TestedSubject, fixtures: readonly Fixture[]): Check[] {
  const { provider } = subject;
  if (provider === undefined) return [];
  return [
    check("credential", "the case text states which header carries the key", () => unstatedHeader(provider, fixtures)),
    check("credential", "a key is needed if and only if the provider says so", () => needFaults(subject, provider, fixtures)),
    check("credential", "the environment variable belongs to the host", () => variableFaults(provider)),
  ];
}

function unstatedHeader(provider: Provider, fixtures: readonly Fixture[]): string[] {
  const text = fixtures.find(({ name }) => name === "text");
  if (text === undefined || keyOf(text.case, provider) === undefined) return [];
  // A token exchange comes before the chat request.
  const unstated = [undefined, "stream" as const, "generate" as const].some((mode) => {
    const last = text.exchanges.filter((exchange) => exchange.for === mode).at(-1);
    return last !== undefined && last.status === 200 && isChat(text, last) && keyHeaders(last).length === 0;
  });
  return unstated
    ? [
        `no header carries the key in fixtures/text: add the one that the vendor's documentation names to the request of each chat exchange, such as "headers": { "authorization": "Bearer ${KEY}" }`,
      ]
    : [];
}

/** True for an exchange of the chat itself. Exchanges before it belong to another address. */
function isChat(fixture: Fixture, exchange: LoadedExchange): boolean {
  return new URL(exchange.url).host === new URL(fixture.exchanges.at(-1)?.url ?? exchange.url).host;
}

function needFaults(subject: TestedSubject, provider: Provider, fixtures: readonly Fixture[]): string[] {
  const { credential } = provider;
  if (credential.kind === "none")
    return fixtures.flatMap((fixture) => {
      if (fixture.exchanges.some((exchange) => keyHeaders(exchange).length > 0))
        return [`fixtures/${fixture.name} sends a key, but the provider has no credential: set \`credential\` or \`env\``];
      return fixture.case.expect.error?.code === "authentication"
        ? [
            `fixtures/${fixture.name} shows that the host refuses a call without a key, but the provider has no credential: set \`credential\` or \`env\``,
          ]
        : [];
    });
  const keyless = fixtures.filter((fixture) => isKeylessSuccess(subject, fixture));
  if (credential.required)
    return [
      ...keyless.map(
        ({ name }) => `fixtures/${name} shows that the host answers without a key, but the provider requires one: set \`required: false\``,
      ),
      ...refusalFaults(fixtures),
    ];
  return keyless.length > 0
    ? []
    : [
        `the provider says that a key is not required, but no case with "apiKey": "none" shows a successful call: add one, or set \`required: true\``,
      ];
}

/** A case without a key, at the vendor's own host, that succeeds. A header of the caller can take the key's place. */
function isKeylessSuccess({ base }: TestedSubject, fixture: Fixture): boolean {
  const { apiKey, options } = fixture.case;
  const [first] = fixture.exchanges;
  const isOwnHost = base === undefined || options?.baseURL === undefined || new URL(options.baseURL).origin === new URL(base).origin;
  return apiKey === "none" && first !== undefined && isOwnHost && options?.headers === undefined && endsWell(fixture);
}

/** The case that shows that a key is needed. */
function refusalFaults(fixtures: readonly Fixture[]): string[] {
  const refused = fixtures.find(({ name }) => name === "key-refused");
  if (refused === undefined) return []; // completeness reports it
  const isRefused = refused.exchanges.some(({ status }) => status >= 400 && status < 500);
  return isRefused && refused.case.expect.error?.code === "authentication"
    ? []
    : [
        "fixtures/key-refused must show that the host refuses a wrong key: an answer with a status of 400 to 499, and the error code authentication",
      ];
}

function variableFaults({ id, credential, base }: Provider): string[] {
  if (credential.kind === "none") return [];
  const { env } = credential;
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(env)) return [`${JSON.stringify(env)} is not the name of an environment variable`];
  const owner = foreignVariable(env, base);
  return owner === undefined
    ? []
    : [`${env} holds keys for ${owner}, and ${id} would send them to ${base ?? "any host"}: use a variable of your own`];
}
