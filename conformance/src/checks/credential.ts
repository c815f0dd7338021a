/** Checks that the key goes where the cases say that the host expects it, and that the provider states correctly whether its host needs one. */
import { isObject, type Provider } from "@lumiverse/core/provider";
import type { Fixture, LoadedExchange } from "../fixture/fixture.ts";
import { hasKey, statedHeader } from "../fixture/keys.ts";
import { ENCODED_KEY, KEY } from "../fixture/schema.ts";
import type { SentRequest } from "../play/memory-fetch.ts";
import type { TestedSubject } from "../play/subject.ts";
import { type Check, check } from "./check.ts";
import { endsWell } from "./claims.ts";
import { foreignVariable } from "./vendor-variables.ts";

/** Headers that carry the key, as `name: value` with `{key}` in place of the key, or `{encoded-key}` in place of a word that contains it in an encoding. */
export interface KeyHeaders {
  headers: ReadonlySet<string>;
  /** True if the cases state them. Otherwise they are those that most hosts of the protocol expect. */
  stated: boolean;
}

const BEARER = `authorization: Bearer ${KEY}`;
/** Where most hosts of a protocol expect the key. */
const USUAL: Readonly<Record<string, string>> = {
  "chat-completions": BEARER,
  responses: BEARER,
  messages: `x-api-key: ${KEY}`,
  "generate-content": `x-goog-api-key: ${KEY}`,
};

/** The headers in which the cases send the key. If no case states one, the usual ones of their protocols. */
export function keyHeadersOf(subject: TestedSubject, fixtures: readonly Fixture[]): KeyHeaders {
  const headers = new Set(fixtures.flatMap((fixture) => fixture.exchanges.flatMap(keyHeaders)));
  if (headers.size > 0) return { headers, stated: true };
  const usual = fixtures.map((fixture) => USUAL[subject.protocol(fixture)]).filter((header) => header !== undefined);
  return { headers: new Set(usual), stated: false };
}

function keyHeaders({ headers }: LoadedExchange): string[] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value.includes(KEY) || value.includes(ENCODED_KEY) ? [`${name.toLowerCase()}: ${value}`] : [],
  );
}

/** Describes the headers of a request that carry the key although the host does not expect it there. */
export function misplacedKey({ headers }: SentRequest, expected: KeyHeaders): string[] {
  if (expected.headers.size === 0) return []; // a protocol of the package's own
  const places = `"${[...expected.headers].join('" or "')}"`;
  const reason = expected.stated
    ? `but the cases say that the host expects ${places}`
    : `but most hosts of this protocol expect ${places}: if yours does not, state its header in the requests of fixtures/text, with ${KEY} in place of the key, or ${ENCODED_KEY} in place of a word with the encoded key`;
  return Object.entries(headers)
    .filter(([, value]) => hasKey(value))
    .map(([name, value]) => `${name}: ${statedHeader(value)}`)
    .filter((header) => !expected.headers.has(header))
    .map((header) => `the key is sent as "${header}", ${reason}`);
}

/** What cases and provider say about the key must agree. */
export function credentialChecks(subject: TestedSubject, fixtures: readonly Fixture[]): Check[] {
  const { provider } = subject;
  if (provider === undefined) return [];
  return [
    check("credential", "a key is needed if and only if the provider says so", () => needFaults(subject, provider, fixtures)),
    check("credential", "no case expects that a refused key is valid", () => fixtures.flatMap(refusedCheckFaults)),
    check("credential", "the environment variable belongs to the host", () => variableFaults(provider)),
  ];
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
  // Some hosts refuse with status 200. The golden check makes the provider read that refusal from the body.
  const isRefused = refused.exchanges.some(({ status }) => status >= 200 && status < 500);
  return isRefused && refused.case.expect.error?.code === "authentication"
    ? []
    : [
        "fixtures/key-refused must show that the host refuses a wrong key: an answer with a status below 500, and the error code authentication",
      ];
}

/** A case that shows the check of a refused key, and expects that the key is valid. */
function refusedCheckFaults({ name, case: { operation, expect }, exchanges }: Fixture): string[] {
  if (operation !== "check" || !isObject(expect.value) || expect.value["key"] !== "valid") return [];
  if (name === "check-refused") return ["fixtures/check-refused must show that check() reports a refused key, but expects the key valid"];
  // Some hosts answer 401 to a key without credit, which is valid and cannot be used.
  const isUsable = expect.value["usable"] !== false;
  return isUsable && exchanges.at(-1)?.status === 401
    ? [`the host answers 401 in fixtures/${name}, but the case expects the key valid`]
    : [];
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
