/** Plays a fault against a case over a real socket and compares both ends with the right outcome. */
import { getEventListeners } from "node:events";
import { type ChatEvent, isLumiverseError, type LumiverseError } from "@lumiverse/core/provider";
import { finishOnEveryChunk } from "../disguises/early-finish.ts";
import { readStreamEvents, writeStreamEvents } from "../disguises/stream-events.ts";
import { exchangesFor, type Fixture, modesOf } from "../fixture/fixture.ts";
import { CANARY } from "../fixture/keys.ts";
import { preview } from "../play/compare.ts";
import { errorFormatOf } from "../play/error-format.ts";
import { eventEdges, isEventStream } from "../play/framing.ts";
import { type LocalServer, serve, waitUntil } from "../play/local-server.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { answerOf, comparableTurn, describeEnd, errorOf, type Mode, play, playTurn, type Turn } from "../play/play.ts";
import { redirectCalls } from "../play/redirect.ts";
import { requestOf, type TestedSubject } from "../play/subject.ts";
import { ENDLESS, type Fault, type FaultContext } from "./faults.ts";

/** The case with which the faults of a mode are played. */
export function faultFixture(fixtures: readonly Fixture[], mode: Mode): Fixture | undefined {
  return casesWithAnswer(fixtures, mode)[0];
}

/** The cases of one turn that end in an answer, `text` first. */
export function casesWithAnswer(fixtures: readonly Fixture[], mode: Mode): Fixture[] {
  const plain = (fixture: Fixture): boolean =>
    fixture.case.operation === undefined &&
    fixture.case.turns === undefined &&
    fixture.case.expect.error === undefined &&
    modesOf(fixture).includes(mode) &&
    exchangesFor(fixture, mode).at(-1)?.status === 200 &&
    (mode === "generate" || isEventStream(new TextDecoder().decode(exchangesFor(fixture, mode).at(-1)?.body)));
  return fixtures.filter(plain).sort((a, b) => Number(b.name === "text") - Number(a.name === "text"));
}

/** Plays a fault. Describes what was wrong. Empty if the outcome was right. */
export async function runFault(
  subject: TestedSubject,
  fixture: Fixture,
  fault: Fault,
  hangAfterMs: number = HANG_AFTER_MS,
): Promise<string[]> {
  if (fault.protocols?.includes(subject.protocol(fixture)) === false) return [];
  const abort = new AbortController();
  const otherOrigin = await serve((response) => void response.writeHead(200, { "content-type": "text/plain" }).end("stolen"));
  const context: FaultContext = {
    ...(await splitAnswer(subject, fixture, fault.mode)),
    otherOrigin: otherOrigin.origin,
    requestReceived: () => abort.abort(),
  };
  const server = await serve(fault.serve(context));
  const redirected = redirectCalls(subject, fixture, server.origin);
  try {
    const client = subject.open(fixture, { retry: { attempts: 1 }, ...redirected.options, ...fault.options });
    const request = { ...requestOf(fixture), ...fault.request, signal: abort.signal };
    const running =
      fault.client === undefined || fault.client === "abort-at-request"
        ? playTurn(client, request, fault.mode)
        : driveClient(client, request, { behaviour: fault.client, abort, server });
    const turn = await Promise.race([running, hangTimeout(hangAfterMs)]);
    if (turn === undefined) return [`the call hangs: there was neither an answer nor an error after ${hangAfterMs / 1000} s`];
    return [
      ...(await clientFaults(subject, fixture, fault, turn)),
      ...(await serverFaults(fault, server)),
      ...otherOriginFaults(otherOrigin),
      ...(redirected.foreign.length > 0 ? [`a call went to ${redirected.foreign.join(", ")}`] : []),
      // Other libraries may rely on garbage collection.
      ...(subject.provider === undefined ? [] : listenerFaults(abort.signal)),
      ...(containsKey(turn.error) ? ["the error contains the key"] : []),
    ];
  } finally {
    await server.close();
    await otherOrigin.close();
  }
}

/** Much longer than every timeout that a fault sets. A call that is still open then hangs. */
const HANG_AFTER_MS = 8_000;
async function hangTimeout(ms: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
}

function otherOriginFaults({ requests }: LocalServer): string[] {
  if (requests.length === 0) return [];
  return [
    `the redirect was followed: the other origin got a request${JSON.stringify(requests[0]?.headers).includes(CANARY) ? " with the key in it" : ""}`,
  ];
}

/** A signal can outlive many calls, so listeners that are not removed are a leak. */
function listenerFaults(signal: AbortSignal): string[] {
  const count = getEventListeners(signal, "abort").length;
  return count === 0 ? [] : [`the caller's signal still has ${count} listener${count === 1 ? "" : "s"}`];
}

async function clientFaults(subject: TestedSubject, fixture: Fixture, { outcome, mode }: Fault, turn: Turn): Promise<string[]> {
  if (outcome.abandoned === true) return turn.error === undefined ? [] : [`stopping the iteration threw ${describeEnd(turn)}`];
  if (outcome.codes === undefined) return answerFaults(subject, fixture, mode, turn);
  if (turn.error === undefined) return [`${outcome.codes.join(" or ")} was expected, but the call ended with ${describeEnd(turn)}`];
  if (!isLumiverseError(turn.error)) return [`an untyped error was thrown: ${errorOf(turn.error).message}`];
  const faults = errorFaults(turn.error, outcome, outcome.codes);
  const hasPartial = (turn.error.partial?.message.content.length ?? 0) > 0;
  if (outcome.partial === true && subject.provider !== undefined && !hasPartial)
    faults.push("error.partial does not have the content that had arrived");
  return faults;
}

async function answerFaults(subject: TestedSubject, fixture: Fixture, mode: Mode, turn: Turn): Promise<string[]> {
  if (turn.error !== undefined) return [`an answer was expected, but the call failed with ${describeEnd(turn)}`];
  const [plain] = await play(subject, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
  return plain === undefined || sameAnswer(turn, plain)
    ? []
    : [`the answer differs from the one without the fault: ${describeEnd(turn)}, not ${describeEnd(plain)}`];
}

function errorFaults(error: LumiverseError, outcome: Fault["outcome"], codes: readonly string[]): string[] {
  const faults: string[] = [];
  if (!codes.includes(error.code))
    faults.push(`error.code is ${error.code} (${error.message.slice(0, 120)}), expected ${codes.join(" or ")}`);
  if (outcome.retryable !== undefined && error.retryable !== outcome.retryable)
    faults.push(`error.retryable is ${error.retryable}, expected ${outcome.retryable}`);
  if (outcome.retryAfterMs !== undefined && !((error.retryAfterMs ?? 0) >= outcome.retryAfterMs))
    faults.push(`error.retryAfterMs is ${error.retryAfterMs}, expected ${outcome.retryAfterMs}`);
  if (/<!doctype|<html/i.test(error.message)) faults.push("the error's message contains an HTML page");
  return faults;
}

/** Compares text, finish reason, usage and errors, but not events: a JSON answer has other deltas than a stream. */
function sameAnswer(a: Turn, b: Turn): boolean {
  const { text, reasoning, finishReason, usage } = { ...a.response };
  const other = { ...b.response };
  return (
    text === other.text &&
    reasoning === other.reasoning &&
    finishReason === other.finishReason &&
    preview(usage) === preview(other.usage) &&
    comparableTurn({ ...a, response: undefined }, false) === comparableTurn({ ...b, response: undefined }, false)
  );
}

async function serverFaults({ outcome, client, id }: Fault, server: LocalServer): Promise<string[]> {
  const faults: string[] = [];
  const expected = [outcome.requests ?? 1].flat();
  if (!expected.includes(server.requests.length))
    faults.push(`the server got ${server.requests.length} requests, expected ${expected.join(" or ")}`);
  if (outcome.clientCloses === true && !(await waitUntil(() => server.requests.every((seen) => seen.clientClosed))))
    faults.push("the client did not close the connection");
  const written = server.requests[0]?.written ?? 0;
  if (client === "read-slowly" && written > ENDLESS / 2)
    faults.push(`${id}: the client took ${Math.round(written / 1e6)} MB that the caller did not read`);
  return faults;
}

/** What the caller of a fault does with the stream. */
interface ClientScript {
  behaviour: NonNullable<Fault["client"]>;
  abort: AbortController;
  server: LocalServer;
}

async function driveClient(
  connection: ReturnType<TestedSubject["open"]>,
  request: Parameters<typeof playTurn>[1],
  { behaviour, abort, server }: ClientScript,
): Promise<Turn> {
  const turn: Turn = { events: [], response: undefined, error: undefined, value: undefined, expect: {} };
  try {
    const stream = connection.stream(request);
    for await (const event of stream) {
      turn.events.push(event);
      if (!isContent(event)) continue;
      if (behaviour === "abort-at-content") abort.abort();
      if (behaviour === "leave-at-content") return turn;
      if (behaviour === "read-slowly") {
        await settled(() => server.requests[0]?.written ?? 0);
        return turn;
      }
    }
    if (behaviour === "abort-after-finish") abort.abort();
    turn.response = await answerOf(stream, turn.events, request.model);
  } catch (error) {
    turn.error = error;
  }
  return turn;
}

function isContent({ type }: ChatEvent): boolean {
  return type === "text" || type === "reasoning" || type === "tool-call-delta" || type === "part";
}

/** Waits until a number stops growing. */
async function settled(count: () => number): Promise<void> {
  for (let last = -1, still = 0; still < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    still = count() === last ? still + 1 : 0;
    last = count();
  }
}

/** Splits the answer of a case for a fault. */
async function splitAnswer(
  subject: TestedSubject,
  fixture: Fixture,
  mode: Mode,
): Promise<Omit<FaultContext, "otherOrigin" | "requestReceived">> {
  const exchange = exchangesFor(fixture, mode).at(-1);
  const body = exchange?.body ?? new Uint8Array();
  const [from, to] = mode === "stream" ? await firstContent(subject, fixture, body) : [0, body.length];
  const other = modesOf(fixture).includes("generate") ? exchangesFor(fixture, "generate").at(-1)?.body : undefined;
  return {
    status: exchange?.status ?? 200,
    headers: exchange?.responseHeaders ?? {},
    body,
    other,
    head: body.subarray(0, from),
    delta: body.subarray(from, to),
    finishedDelta: withFinishReason(body.subarray(from, to), body, subject.protocol(fixture)),
    errorFormat: errorFormatOf(subject.protocol(fixture)),
  };
}

/** The events with a finish reason, if the protocol has such a form. */
function withFinishReason(events: Uint8Array<ArrayBuffer>, body: Uint8Array<ArrayBuffer>, protocol: string): Uint8Array<ArrayBuffer> {
  const [read, all] = [events, body].map((bytes) => readStreamEvents(new TextDecoder().decode(bytes)));
  const finished = read === undefined ? undefined : finishOnEveryChunk(read, protocol, all);
  return finished === undefined ? events : new TextEncoder().encode(writeStreamEvents(finished));
}

/** Where the first event that brings content begins and ends. */
async function firstContent(subject: TestedSubject, fixture: Fixture, body: Uint8Array<ArrayBuffer>): Promise<[number, number]> {
  const exchanges = exchangesFor(fixture, "stream");
  let from = 0;
  for (const edge of eventEdges(body)) {
    const prefix = body.subarray(0, edge);
    const [turn] = await play(subject, fixture, "stream", { fetch: memoryFetch(exchanges, () => [prefix]) });
    if (turn?.events.some(isContent)) return [from, edge];
    from = edge;
  }
  return [0, body.length];
}

/** True if an error contains the test key, in small or in capital letters. */
export function containsKey(error: unknown): boolean {
  if (error === undefined) return false;
  const texts =
    error instanceof Error
      ? [error.message, error.stack, JSON.stringify(error), JSON.stringify(error, Object.getOwnPropertyNames(error)), String(error)]
      : [JSON.stringify(error)];
  return texts.some((text) => text?.toLowerCase().includes(CANARY) === true);
}
