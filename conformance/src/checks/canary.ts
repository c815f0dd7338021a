/** The test key may appear in the header that carries it and nowhere else: not in URLs, bodies, errors, notes, events, answers, explanations or observations. */
import type { Observation } from "@lumiverse/core";
import { containsKey } from "../faults/run-fault.ts";
import { exchangesFor, type Fixture, modesOf } from "../fixture/fixture.ts";
import { CANARY, hasKey, keyOf } from "../fixture/keys.ts";
import { errorFormatOf } from "../play/error-format.ts";
import { memoryFetch, packetedResponse, type SentRequest, sentRequest } from "../play/memory-fetch.ts";
import { type Mode, play, type Turn } from "../play/play.ts";
import { requestOf, type TestedSubject } from "../play/subject.ts";
import { type KeyHeaders, misplacedKey } from "./credential.ts";

/** Describes where the test key appears although it must not. */
export async function canaryFaults(subject: TestedSubject, fixture: Fixture, keyHeaders: KeyHeaders): Promise<string[]> {
  const faults: string[] = [];
  for (const mode of modesOf(fixture)) faults.push(...(await sendingFaults(subject, fixture, mode, keyHeaders)));
  // Without a key, the host has no key to repeat.
  if (keyOf(fixture.case, subject.provider) !== undefined) {
    faults.push(...(await repeatedKeyFaults(subject, fixture)));
    faults.push(...(await failingFetchFaults(subject, fixture)));
  }
  faults.push(...(await explanationFaults(subject, fixture)));
  return [...new Set(faults)];
}

/** The key in the requests of a call, in its events and in its observations. */
async function sendingFaults(subject: TestedSubject, fixture: Fixture, mode: Mode, keyHeaders: KeyHeaders): Promise<string[]> {
  const sent: SentRequest[] = [];
  const observed: Observation[] = [];
  const turns = await play(subject, fixture, mode, {
    fetch: memoryFetch(exchangesFor(fixture, mode), undefined, sent),
    observe: (observation) => observed.push(observation),
  });
  const faults = [
    ...findKey({ turns: turns.map(withoutError), observations: observed }, mode),
    ...sent.flatMap((request) => [...requestFaults(request), ...misplacedKey(request, keyHeaders)].map((fault) => `${mode}: ${fault}`)),
  ];
  // The golden check reports a call that sends nothing.
  if (sent.length === 0 || !needsKey(subject, fixture, mode) || sent.some((request) => carriers(request).length > 0)) return faults;
  const isExchanged = subject.provider?.credential.kind === "service-account";
  return [
    ...faults,
    `${mode}: no header carries the test key, so the check proves nothing${isExchanged ? ` (the token exchange of the case must return ${CANARY})` : ""}`,
  ];
}

function requestFaults(request: SentRequest): string[] {
  const names = carriers(request);
  return [
    ...(hasKey(request.url) ? ["the key is in the URL"] : []),
    ...(hasKey(request.body) ? ["the key is in the request body"] : []),
    ...(names.length > 1 ? [`the key is in ${names.join(" and ")}`] : []),
  ];
}

/** The names of the headers that carry the key. */
function carriers({ headers }: SentRequest): string[] {
  return Object.keys(headers).filter((name) => hasKey(headers[name]));
}

/** True if a request of the case must carry the key. */
function needsKey(subject: TestedSubject, fixture: Fixture, mode: Mode): boolean {
  const { credential } = subject.provider ?? {};
  if (credential === undefined || credential.kind === "none" || !credential.required || fixture.case.apiKey === "none") return false;
  // A case that is refused before sending has no exchange, and a case whose token exchange is refused sends no chat request.
  return exchangesFor(fixture, mode).length > (credential.kind === "service-account" ? 1 : 0);
}

/** Some hosts repeat the key in refusals and error pages. */
async function repeatedKeyFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const errorFormat = errorFormatOf(subject.protocol(fixture));
  const text = `Incorrect API key provided: ${CANARY}. Find yours at https://example.test/keys?key=${encodeURIComponent(CANARY)}`;
  const answers: readonly HostAnswer[] = [
    { status: 401, type: "application/json", body: errorFormat.body(401, text) },
    { status: 401, type: "application/json", body: errorFormat.body(401, text.toUpperCase()) },
    { status: 500, type: "text/plain", body: `upstream said ${text}` },
    { status: 200, type: "application/json", body: errorFormat.body(401, text) },
    { status: 200, type: "text/event-stream", body: `data: ${errorFormat.body(500, text)}\n\n` },
    { status: 200, type: "text/html", body: `<html><body>${text}</body></html>` },
    { status: 200, type: "text/plain", body: text },
  ];
  const faults: string[] = [];
  for (const answer of answers) for (const mode of modesOf(fixture)) faults.push(...(await answerFaults(subject, fixture, mode, answer)));
  return faults;
}

interface HostAnswer {
  status: number;
  type: string;
  body: string;
}

async function answerFaults(subject: TestedSubject, fixture: Fixture, mode: Mode, { status, type, body }: HostAnswer): Promise<string[]> {
  const observed: Observation[] = [];
  const headers = { "content-type": type, "x-request-id": "req-1" };
  const turns = await play(subject, fixture, mode, {
    fetch: () => Promise.resolve(packetedResponse({ status, headers, packets: [new TextEncoder().encode(body)] })),
    observe: (observation) => observed.push(observation),
  });
  return turns.flatMap(({ error, response }) => [
    ...(containsKey(error) ? [`the error contains the key that the host repeated with status ${status} (${type})`] : []),
    ...findKey({ observations: observed, response }, `status ${status} (${type})`),
  ]);
}

/** Some implementations of fetch name the headers in the message of an error. */
async function failingFetchFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const failing: typeof fetch = (input, init) =>
    Promise.reject(new TypeError(`fetch failed for ${JSON.stringify(sentRequest(input, init).headers)}`));
  const [turn] = await play(subject, fixture, modesOf(fixture)[0] ?? "generate", { fetch: failing });
  return containsKey(turn?.error) ? ["the error contains the key that a failing fetch named in its message"] : [];
}

async function explanationFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  if (fixture.case.request === undefined) return [];
  const connection = subject.connection(fixture, { fetch: () => Promise.reject(new TypeError("explain() must not send anything")) });
  if (connection === undefined) return [];
  // A refused request has no explanation, but its error must not contain the key either.
  const explanation = await connection.explain(requestOf(fixture)).catch((error: unknown) => error);
  return [
    ...(containsKey(explanation) ? ["explain() contains the key"] : []),
    ...findKey({ connection: { ...connection } }, "the connection"),
  ];
}

function findKey(value: unknown, where: string): string[] {
  return hasKey(JSON.stringify(value)) ? [`${where}: the key is in ${pathTo(value) ?? "the answer"}`] : [];
}
function pathTo(value: unknown, at = "", depth = 0): string | undefined {
  if (typeof value === "string") return hasKey(value) ? at : undefined;
  if (typeof value !== "object" || value === null || depth > 12) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = pathTo(inner, at === "" ? key : `${at}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
/** What an application stores of a turn. Errors are searched by `containsKey`, which looks at their stack, too. */
function withoutError({ events, response, value }: Turn): unknown {
  return { events, response, value };
}
