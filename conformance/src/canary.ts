/** A planted key may be in the header that carries it and nowhere else: not in URLs, bodies, errors, notes, events, answers, explanations or observations. */
import type { Observation } from "@lumiverse/core";
import { leak } from "./fault-run.ts";
import { exchangesFor, type Fixture, modesOf } from "./fixture.ts";
import { CANARY, keyOf } from "./keys.ts";
import { memoryFetch, responseOf, type Sent, sentOf } from "./memory.ts";
import { type Mode, play, type Turn } from "./play.ts";
import { spellingOf } from "./spelling.ts";
import { type Judged, requestOf } from "./subject.ts";

export async function canaryFaults(judged: Judged, fixture: Fixture): Promise<string[]> {
  const faults: string[] = [];
  for (const mode of modesOf(fixture)) {
    const sent: Sent[] = [];
    const observed: Observation[] = [];
    const turns = await play(judged, fixture, mode, {
      fetch: memoryFetch(exchangesFor(fixture, mode), undefined, sent),
      observe: (observation) => observed.push(observation),
    });
    faults.push(...places({ turns: turns.map(plain), observations: observed }, mode));
    for (const { url, body, headers } of sent) {
      if (url.includes(CANARY)) faults.push(`${mode}: the key is in the URL`);
      if (body?.includes(CANARY) === true) faults.push(`${mode}: the key is in the request body`);
      const carriers = Object.keys(headers).filter((name) => headers[name]?.includes(CANARY) === true);
      if (carriers.length > 1) faults.push(`${mode}: the key is in ${carriers.join(" and ")}`);
    }
    const { credential } = judged.provider ?? {};
    // A case that is refused before anything is sent has no exchange, and one whose token is refused sends nothing that could carry it.
    const due =
      credential !== undefined &&
      credential.kind !== "none" &&
      credential.required &&
      fixture.case.apiKey !== "none" &&
      exchangesFor(fixture, mode).length > (credential.kind === "service-account" ? 1 : 0);
    if (due && !sent.some(({ headers }) => Object.values(headers).some((value) => value.includes(CANARY))))
      faults.push(
        `${mode}: the planted key is in no header, so nothing is shown${credential.kind === "service-account" ? ` (the case's token exchange has to hand out ${CANARY})` : ""}`,
      );
  }
  // Where no key is sent, a host that repeats one has it from somewhere else.
  if (keyOf(fixture.case, judged.provider) !== undefined) faults.push(...(await echoed(judged, fixture)));
  faults.push(...(await explained(judged, fixture)));
  return [...new Set(faults)];
}

/** Hosts repeat keys in refusals, in header values and in the text of what they answer when they are broken. */
async function echoed(judged: Judged, fixture: Fixture): Promise<string[]> {
  const faults: string[] = [];
  const spelling = spellingOf(judged.wire(fixture));
  const text = `Incorrect API key provided: ${CANARY}. Find yours at https://example.test/keys?key=${encodeURIComponent(CANARY)}`;
  const bodies: readonly [number, string, string][] = [
    [401, "application/json", spelling.body(401, text)],
    [500, "text/plain", `upstream said ${text}`],
    [200, "application/json", spelling.body(401, text)],
    [200, "text/event-stream", `data: ${spelling.body(500, text)}\n\n`],
    [200, "text/html", `<html><body>${text}</body></html>`],
    [200, "text/plain", text],
  ];
  for (const [status, type, body] of bodies)
    for (const mode of modesOf(fixture) as Mode[]) {
      const observed: Observation[] = [];
      const answer: typeof fetch = () =>
        Promise.resolve(
          responseOf({ status, headers: { "content-type": type, "x-request-id": "req-1" }, packets: [new TextEncoder().encode(body)] }),
        );
      const turns = await play(judged, fixture, mode, { fetch: answer, observe: (observation) => observed.push(observation) });
      for (const turn of turns) {
        if (leak(turn.error)) faults.push(`a host that repeats the key with status ${status} (${type}) gets it into the error`);
        faults.push(...places({ observations: observed, response: turn.response }, `status ${status} (${type})`));
      }
    }
  const broken: typeof fetch = (input, init) =>
    Promise.reject(new TypeError(`fetch failed for ${JSON.stringify(sentOf(input, init).headers)}`));
  const [turn] = await play(judged, fixture, modesOf(fixture)[0] ?? "generate", { fetch: broken });
  if (leak(turn?.error)) faults.push("a fetch that names its headers when it fails gets the key into the error");
  return faults;
}

async function explained(judged: Judged, fixture: Fixture): Promise<string[]> {
  if (fixture.case.request === undefined) return [];
  const connection = judged.connection(fixture, { fetch: () => Promise.reject(new TypeError("explain sends nothing")) });
  if (connection === undefined) return [];
  // A request that is refused explains nothing.
  const explanation = await connection.explain(requestOf(fixture)).catch((error: unknown) => error);
  return [...(leak(explanation) ? ["explain shows the key"] : []), ...places({ connection: { ...connection } }, "the connection")];
}

function places(value: unknown, where: string): string[] {
  return JSON.stringify(value)?.includes(CANARY) === true ? [`${where}: the key is in ${pathTo(value) ?? "the answer"}`] : [];
}
function pathTo(value: unknown, at = "", depth = 0): string | undefined {
  if (typeof value === "string") return value.includes(CANARY) ? at : undefined;
  if (typeof value !== "object" || value === null || depth > 12) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = pathTo(inner, at === "" ? key : `${at}.${key}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
function plain({ events, response, value }: Turn): unknown {
  return { events, response, value };
}
