/** The test key may appear in the header that carries it and nowhere else: not in URLs, bodies, errors, notes, events, answers, explanations or observations. */
import type { Observation } from "@lumiverse/core";
import { containsKey } from "../faults/run-fault.ts";
import { exchangesFor, type Fixture, modesOf } from "../fixture/fixture.ts";
import { CANARY, keyOf } from "../fixture/keys.ts";
import { errorFormatOf } from "../play/error-format.ts";
import { memoryFetch, packetedResponse, type SentRequest, sentRequest } from "../play/memory-fetch.ts";
import { type Mode, play, type Turn } from "../play/play.ts";
import { requestOf, type TestedSubject } from "../play/subject.ts";

/** Describes where the test key appears although it must not. */
export async function canaryFaults(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const faults: string[] = [];
  for (const mode of modesOf(fixture)) {
    const sent: SentRequest[] = [];
    const observed: Observation[] = [];
    const turns = await play(subject, fixture, mode, {
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
    const { credential } = subject.provider ?? {};
    // A case that is refused before sending has no exchange, and a case whose token exchange is refused sends no chat request.
    const due =
      credential !== undefined &&
      credential.kind !== "none" &&
      credential.required &&
      fixture.case.apiKey !== "none" &&
      exchangesFor(fixture, mode).length > (credential.kind === "service-account" ? 1 : 0);
    if (due && !sent.some(({ headers }) => Object.values(headers).some((value) => value.includes(CANARY))))
      faults.push(
        `${mode}: no header carries the test key, so the check proves nothing${credential.kind === "service-account" ? ` (the token exchange of the case must return ${CANARY})` : ""}`,
      );
  }
  // Without a key, the host has no key to repeat.
  if (keyOf(fixture.case, subject.provider) !== undefined) faults.push(...(await echoed(subject, fixture)));
  faults.push(...(await explained(subject, fixture)));
  return [...new Set(faults)];
}

/** Some hosts repeat the key in refusals and error pages. */
async function echoed(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  const faults: string[] = [];
  const errorFormat = errorFormatOf(subject.protocol(fixture));
  const text = `Incorrect API key provided: ${CANARY}. Find yours at https://example.test/keys?key=${encodeURIComponent(CANARY)}`;
  const bodies: readonly [number, string, string][] = [
    [401, "application/json", errorFormat.body(401, text)],
    [500, "text/plain", `upstream said ${text}`],
    [200, "application/json", errorFormat.body(401, text)],
    [200, "text/event-stream", `data: ${errorFormat.body(500, text)}\n\n`],
    [200, "text/html", `<html><body>${text}</body></html>`],
    [200, "text/plain", text],
  ];
  for (const [status, type, body] of bodies)
    for (const mode of modesOf(fixture) as Mode[]) {
      const observed: Observation[] = [];
      const answer: typeof fetch = () =>
        Promise.resolve(
          packetedResponse({
            status,
            headers: { "content-type": type, "x-request-id": "req-1" },
            packets: [new TextEncoder().encode(body)],
          }),
        );
      const turns = await play(subject, fixture, mode, { fetch: answer, observe: (observation) => observed.push(observation) });
      for (const turn of turns) {
        if (containsKey(turn.error)) faults.push(`the error contains the key that the host repeated with status ${status} (${type})`);
        faults.push(...places({ observations: observed, response: turn.response }, `status ${status} (${type})`));
      }
    }
  const broken: typeof fetch = (input, init) =>
    Promise.reject(new TypeError(`fetch failed for ${JSON.stringify(sentRequest(input, init).headers)}`));
  const [turn] = await play(subject, fixture, modesOf(fixture)[0] ?? "generate", { fetch: broken });
  if (containsKey(turn?.error)) faults.push("the error contains the key that a failing fetch named in its message");
  return faults;
}

async function explained(subject: TestedSubject, fixture: Fixture): Promise<string[]> {
  if (fixture.case.request === undefined) return [];
  const connection = subject.connection(fixture, { fetch: () => Promise.reject(new TypeError("explain() must not send anything")) });
  if (connection === undefined) return [];
  // A refused request has no explanation, but its error must not contain the key either.
  const explanation = await connection.explain(requestOf(fixture)).catch((error: unknown) => error);
  return [
    ...(containsKey(explanation) ? ["explain() contains the key"] : []),
    ...places({ connection: { ...connection } }, "the connection"),
  ];
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
