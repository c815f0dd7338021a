/** Plays one fault against one case over a real socket and says what was not right, on either end of it. */
import { getEventListeners } from "node:events";
import { isLumiverseError } from "@lumiverse/core";
import { brief } from "./compare.ts";
import { eventEdges, isEventStream } from "./disguises.ts";
import { ENDLESS, type Fault, type Planted } from "./faults.ts";
import { exchangesFor, type Fixture, modesOf } from "./fixture.ts";
import { CANARY } from "./keys.ts";
import { memoryFetch } from "./memory.ts";
import { answerOf, ending, errorOf, meaning, play, playTurn, type Turn } from "./play.ts";
import { reach } from "./reach.ts";
import { serve, until, type WatchingServer } from "./server.ts";
import { spellingOf } from "./spelling.ts";
import { type Judged, requestOf } from "./subject.ts";

/** The case by which faults of a mode are shown. */
export function faultFixture(fixtures: readonly Fixture[], mode: "stream" | "generate"): Fixture | undefined {
  return plainCases(fixtures, mode)[0];
}

/** Cases of one turn that end in a plain answer, `text` first. */
export function plainCases(fixtures: readonly Fixture[], mode: "stream" | "generate"): Fixture[] {
  const plain = (fixture: Fixture): boolean =>
    fixture.case.operation === undefined &&
    fixture.case.turns === undefined &&
    fixture.case.expect.error === undefined &&
    modesOf(fixture).includes(mode) &&
    exchangesFor(fixture, mode).at(-1)?.status === 200 &&
    (mode === "generate" || isEventStream(new TextDecoder().decode(exchangesFor(fixture, mode).at(-1)?.body)));
  return fixtures.filter(plain).sort((a, b) => Number(b.name === "text") - Number(a.name === "text"));
}

/** Sentences about what was wrong; none: the outcome is right. */
export async function runFault(judged: Judged, fixture: Fixture, fault: Fault, patienceMs: number = PATIENCE): Promise<string[]> {
  const abort = new AbortController();
  const elsewhere = await serve((response) => void response.writeHead(200, { "content-type": "text/plain" }).end("stolen"));
  const planted = await plant(judged, fixture, fault.mode, elsewhere.origin, () => abort.abort());
  const server = await serve(fault.serve(planted));
  const reached = reach(judged, fixture, server.origin);
  try {
    const talk = judged.open(fixture, { retry: { attempts: 1 }, ...reached.options, ...fault.options });
    const request = { ...requestOf(fixture), signal: abort.signal };
    const driven =
      fault.client === undefined || fault.client === "abort-at-request"
        ? playTurn(talk, request, fault.mode)
        : drive(talk, request, fault.client, abort, server);
    const turn = await Promise.race([driven, patience(patienceMs)]);
    if (turn === undefined) return ["neither an answer nor an error came while one could wait"];
    const faults = await clientFaults(judged, fixture, fault, turn);
    faults.push(...(await serverFaults(fault, server)));
    if (elsewhere.requests.length > 0)
      faults.push(
        `the other origin got a request${JSON.stringify(elsewhere.requests[0]?.headers).includes(CANARY) ? " with the key in it" : ""}`,
      );
    if (reached.strayed.length > 0) faults.push(`a call strayed to ${reached.strayed.join(", ")}`);
    // A signal outlives its calls: what stays on it adds up. A foreign package may leave that to the collector of garbage.
    const listening = getEventListeners(abort.signal, "abort").length;
    if (listening > 0 && judged.provider !== undefined)
      faults.push(`the caller's signal keeps ${listening} listener${listening === 1 ? "" : "s"}`);
    if (leak(turn.error)) faults.push("the key is in the error");
    return faults;
  } finally {
    await server.close();
    await elsewhere.close();
  }
}

/** Far above every timeout that a fault sets: a call that is still open then will stay so. */
const PATIENCE = 8_000;
async function patience(ms: number): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, ms).unref());
}

async function clientFaults(judged: Judged, fixture: Fixture, { right, mode }: Fault, turn: Turn): Promise<string[]> {
  if (right.left === true) return turn.error === undefined ? [] : [`leaving threw ${ending(turn)}`];
  if (right.codes === undefined) {
    if (turn.error !== undefined) return [`an answer was due, but it failed with ${ending(turn)}`];
    const [plain] = await play(judged, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
    return plain === undefined || sameAnswer(turn, plain)
      ? []
      : [`the answer is another than without the fault: ${ending(turn)}, not ${ending(plain)}`];
  }
  if (turn.error === undefined) return [`${right.codes.join(" or ")} was due, but it ended with ${ending(turn)}`];
  const { error } = turn;
  if (!isLumiverseError(error)) return [`an untyped error was thrown: ${errorOf(error).message}`];
  const faults: string[] = [];
  if (!right.codes.includes(error.code))
    faults.push(`error.code is ${error.code} (${error.message.slice(0, 120)}), due was ${right.codes.join(" or ")}`);
  if (right.retryable !== undefined && error.retryable !== right.retryable) faults.push(`error.retryable is ${error.retryable}`);
  if (right.retryAfterMs !== undefined && !((error.retryAfterMs ?? 0) >= right.retryAfterMs))
    faults.push(`error.retryAfterMs is ${error.retryAfterMs}, due was ${right.retryAfterMs}`);
  if (
    right.partial === true &&
    judged.provider !== undefined &&
    (error.partial === undefined || error.partial.message.content.length === 0)
  )
    faults.push("what had arrived is not on error.partial");
  if (/<!doctype|<html/i.test(error.message)) faults.push("the error's message holds a page");
  return faults;
}

/** The same text, calls, finish and usage; events of a JSON answer are cut otherwise. */
function sameAnswer(a: Turn, b: Turn): boolean {
  const { text, reasoning, finishReason, usage } = { ...a.response };
  const other = { ...b.response };
  return (
    text === other.text &&
    reasoning === other.reasoning &&
    finishReason === other.finishReason &&
    brief(usage) === brief(other.usage) &&
    meaning({ ...a, response: undefined }, false) === meaning({ ...b, response: undefined }, false)
  );
}

async function serverFaults({ right, client, id }: Fault, server: WatchingServer): Promise<string[]> {
  const faults: string[] = [];
  const due = right.requests ?? 1;
  if (server.requests.length !== due) faults.push(`the server got ${server.requests.length} requests, due were ${due}`);
  if (right.hangsUp === true && !(await until(() => server.requests.every((seen) => seen.hungUp))))
    faults.push("the client left the connection open");
  const written = server.requests[0]?.written ?? 0;
  if (client === "read-slowly" && written > ENDLESS / 2)
    faults.push(`${id}: the client took ${Math.round(written / 1e6)} MB that nobody read`);
  return faults;
}

async function drive(
  talk: ReturnType<Judged["open"]>,
  request: Parameters<typeof playTurn>[1],
  client: NonNullable<Fault["client"]>,
  abort: AbortController,
  server: WatchingServer,
): Promise<Turn> {
  const turn: Turn = { events: [], response: undefined, error: undefined, value: undefined, expect: {} };
  try {
    const stream = talk.stream(request);
    for await (const event of stream) {
      turn.events.push(event);
      const content = event.type === "text" || event.type === "reasoning" || event.type === "tool-call-delta" || event.type === "part";
      if (content && client === "abort-at-content") abort.abort();
      if (content && client === "leave-at-content") return turn;
      if (content && client === "read-slowly") {
        await settled(() => server.requests[0]?.written ?? 0);
        return turn;
      }
    }
    if (client === "abort-after-finish") abort.abort();
    turn.response = await answerOf(stream, turn.events, request.model);
  } catch (error) {
    turn.error = error;
  }
  return turn;
}

/** Waits until a count stops growing. */
async function settled(count: () => number): Promise<void> {
  for (let last = -1, still = 0; still < 10; ) {
    await new Promise((resolve) => setTimeout(resolve, 25));
    still = count() === last ? still + 1 : 0;
    last = count();
  }
}

/** Cuts a case's answer where faults need it cut. */
async function plant(
  judged: Judged,
  fixture: Fixture,
  mode: "stream" | "generate",
  elsewhere: string,
  arrived: () => void,
): Promise<Planted> {
  const exchange = exchangesFor(fixture, mode).at(-1);
  const body = exchange?.body ?? new Uint8Array();
  const [from, to] = mode === "stream" ? await firstContent(judged, fixture, body) : [0, body.length];
  const other = modesOf(fixture).includes("generate") ? exchangesFor(fixture, "generate").at(-1)?.body : undefined;
  return {
    status: exchange?.status ?? 200,
    headers: exchange?.responseHeaders ?? {},
    body,
    other,
    head: body.subarray(0, from),
    delta: body.subarray(from, to),
    spelling: spellingOf(judged.wire(fixture)),
    elsewhere,
    arrived,
  };
}

/** Where the first event that brings content begins and ends. */
async function firstContent(judged: Judged, fixture: Fixture, body: Uint8Array<ArrayBuffer>): Promise<[number, number]> {
  const exchanges = exchangesFor(fixture, "stream");
  let from = 0;
  for (const edge of eventEdges(body)) {
    const prefix = body.subarray(0, edge);
    const [turn] = await play(judged, fixture, "stream", { fetch: memoryFetch(exchanges, () => [prefix]) });
    if (
      turn?.events.some(
        (event) => event.type === "text" || event.type === "reasoning" || event.type === "tool-call-delta" || event.type === "part",
      )
    )
      return [from, edge];
    from = edge;
  }
  return [0, body.length];
}

export function leak(error: unknown): boolean {
  if (error === undefined) return false;
  const told =
    error instanceof Error
      ? [error.message, error.stack, JSON.stringify(error), JSON.stringify(error, Object.getOwnPropertyNames(error)), String(error)]
      : [JSON.stringify(error)];
  return told.some((text) => text?.includes(CANARY) === true);
}
