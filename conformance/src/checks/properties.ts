/** Properties that hold for every input. fast-check generates the input from a seed, so failures repeat, and shrinks it, so failures are readable. */

import { type ChatResponse, isLumiverseError, type Message, type Unsupported, type Usage } from "@lumiverse/core/provider";
import fc from "fast-check";
import { readStreamEvents, writeStreamEvents } from "../disguises/stream-events.ts";
import { usageFirst } from "../disguises/usage.ts";
import { exchangesFor, type Fixture } from "../fixture/fixture.ts";
import { firstDifference } from "../play/compare.ts";
import { crashOf } from "../play/crash.ts";
import { eventEdges } from "../play/framing.ts";
import { memoryFetch } from "../play/memory-fetch.ts";
import { cutAt } from "../play/packets.ts";
import { comparableTurn, describeEnd, errorOf, type Mode, play, type Turn } from "../play/play.ts";
import { requestOf, type TestedSubject } from "../play/subject.ts";
import { chatRequests } from "./chat-requests.ts";

/** How often a property runs, and from which seed. */
export interface Effort {
  seed: number;
  runs: number;
}

/** Any packets of an answer give the same events and the same response. */
export async function chunkingHolds(subject: TestedSubject, fixture: Fixture, mode: Mode, { seed, runs }: Effort): Promise<void> {
  const exchanges = exchangesFor(fixture, mode);
  const body = exchanges.at(-1)?.body ?? new Uint8Array();
  const anywhere = fc.integer({ min: 1, max: Math.max(1, body.length - 1) });
  const risky = riskyOffsets(body);
  const offset = risky.length === 0 ? anywhere : fc.oneof(anywhere, fc.constantFrom(...risky));
  const whole = (await play(subject, fixture, mode, { fetch: memoryFetch(exchanges) }))
    .map((turn) => comparableTurn(turn, mode === "stream"))
    .join("\n");
  await fc.assert(
    fc.asyncProperty(fc.array(offset, { maxLength: 60 }), async (offsets) => {
      const cuts = [...offsets].sort((a, b) => a - b);
      const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchanges, (body) => cutAt(body, cuts)) });
      const cut = turns.map((turn) => comparableTurn(turn, mode === "stream")).join("\n");
      if (cut !== whole) throw new Error(`when cut at ${cuts.join(", ")} the answer differs ${firstDifference(cut, whole)}`);
    }),
    { seed, numRuns: runs },
  );
}

/** Offsets where a wrong reader most likely fails: inside a character, inside a line end, and at event boundaries. */
function riskyOffsets(body: Uint8Array): number[] {
  const offsets = eventEdges(body);
  for (let at = 1; at < body.length; at++)
    if (((body[at] ?? 0) & 0xc0) === 0x80 || (body[at] === 10 && body[at - 1] === 13)) offsets.push(at);
  return offsets;
}

const callsOf = ({ toolCalls }: ChatResponse): string => JSON.stringify(toolCalls.map((call) => [call.name, call.arguments]));

/** Names a call of a cut stream that looks complete although its arguments were cut. An application that runs a tool when its call ends would run it with them. */
function halfCalls(turn: Turn, whole: ChatResponse): string | undefined {
  const complete = new Set(whole.toolCalls.map((call) => `${call.name} ${JSON.stringify(call.input)}`));
  const partial = isLumiverseError(turn.error) ? (turn.error.partial?.toolCalls ?? []) : [];
  const ended = turn.events.flatMap((event) => (event.type === "part-end" && event.part.type === "tool-call" ? [event.part] : []));
  for (const { name, input } of [...ended, ...partial])
    if (input !== undefined && !complete.has(`${name} ${JSON.stringify(input)}`))
      return `the call ${name} looks complete, with the arguments ${JSON.stringify(input)}`;
  return undefined;
}

/** Usage before the content is a preview, so a stream that is cut after it is an error too. */
export async function cutsAfterPreviewAreErrors(subject: TestedSubject, fixture: Fixture): Promise<void> {
  const exchanges = exchangesFor(fixture, "stream");
  const body = exchanges.at(-1)?.body ?? new Uint8Array();
  const events = readStreamEvents(new TextDecoder().decode(body));
  const previewed = events === undefined ? undefined : usageFirst(events, subject.protocol(fixture));
  const whole = (await play(subject, fixture, "stream", { fetch: memoryFetch(exchanges) })).at(-1)?.response;
  if (previewed === undefined || whole === undefined || whole.text.length < 2) return;
  // The first event with content, and nothing after it.
  for (let count = 1; count < previewed.length; count++) {
    const cut = new TextEncoder().encode(writeStreamEvents(previewed.slice(0, count)));
    const turn = (await play(subject, fixture, "stream", { fetch: memoryFetch(exchanges, () => [cut]) })).at(-1);
    if (turn === undefined) return;
    if (turn.error === undefined && turn.response?.text !== whole.text)
      throw new Error(`with usage first and cut after ${count} events it looks like a complete answer: ${describeEnd(turn)}`);
  }
}

/** A stream that is cut off is a typed error, never a short answer. If the cut loses nothing, the answer is complete. */
export async function cutsAreErrors(subject: TestedSubject, fixture: Fixture, { seed, runs }: Effort): Promise<void> {
  const exchanges = exchangesFor(fixture, "stream");
  const body = exchanges.at(-1)?.body ?? new Uint8Array();
  const text = (await play(subject, fixture, "stream", { fetch: memoryFetch(exchanges) })).at(-1)?.response;
  if (text === undefined) return;
  // At an event boundary, only the missing end shows the cut. Such offsets are as likely as all others together.
  const edges = eventEdges(body).filter((edge) => edge < body.length);
  const anywhere = fc.integer({ min: 0, max: body.length - 1 });
  const offsets = edges.length === 0 ? anywhere : fc.oneof(anywhere, fc.constantFrom(...edges));
  await fc.assert(
    fc.asyncProperty(offsets, async (at) => {
      const turn = (await play(subject, fixture, "stream", { fetch: memoryFetch(exchanges, (all) => [all.subarray(0, at)]) })).at(-1);
      if (turn === undefined) return;
      if (turn.error !== undefined) {
        if (!isLumiverseError(turn.error))
          throw new Error(`when cut at byte ${at} it throws an untyped error: ${errorOf(turn.error).message}`);
        const ended = halfCalls(turn, text);
        if (ended !== undefined) throw new Error(`when cut at byte ${at} of ${body.length} ${ended}`);
        return;
      }
      const { response } = turn;
      if (response?.text !== text.text || callsOf(response) !== callsOf(text) || response.finishReason !== text.finishReason)
        throw new Error(`when cut at byte ${at} of ${body.length} it looks like a complete answer: ${describeEnd(turn)}`);
    }),
    { seed, numRuns: runs },
  );
}

/** A transcript is plain JSON: after it is stored and read again, the next request has the same bytes. */
export async function transcriptSurvives(subject: TestedSubject, fixture: Fixture, mode: Mode): Promise<void> {
  const turns = await play(subject, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
  for (const { response } of turns) {
    if (response === undefined) continue;
    const { message } = response;
    const odd = unstorable(message);
    if (odd !== undefined) throw new Error(`the message has a value that JSON cannot keep: ${odd}`);
    const again: unknown = JSON.parse(JSON.stringify(message));
    if (JSON.stringify(again) !== JSON.stringify(message)) throw new Error("the message changes when it is stored");
    const connection = subject.connection(fixture);
    if (connection === undefined) continue;
    const request = requestOf(fixture);
    const results = response.toolCalls.map((call) => ({ type: "tool-result" as const, id: call.id, name: call.name, content: "done" }));
    const next = (answer: Message) => ({
      ...request,
      messages: [
        ...request.messages,
        answer,
        results.length > 0 ? { role: "tool" as const, content: results } : { role: "user" as const, content: "Go on." },
      ],
    });
    const sent = async (answer: Message): Promise<string> => {
      try {
        return JSON.stringify((await connection.explain(next(answer))).body);
      } catch (error) {
        if (isLumiverseError(error)) return `${error.code}: ${error.message}`;
        throw error;
      }
    };
    const [live, stored] = [await sent(message), await sent(again as Message)]; // a message that went through JSON
    if (live !== stored) throw new Error(`the next request differs after storing ${firstDifference(stored, live, ["stored", "unstored"])}`);
  }
}

/** Any request is rendered or refused with a typed error, under every `unsupported` policy. */
export async function requestsRender(subject: TestedSubject, fixture: Fixture, { seed, runs }: Effort): Promise<void> {
  let rendered = 0;
  await fc.assert(
    fc.asyncProperty(chatRequests(fixture.case.model), fc.constantFrom<Unsupported[]>("drop", "send", {}), async (request, unsupported) => {
      try {
        const explained = await subject.connection(fixture, { unsupported })?.explain(request);
        JSON.parse(JSON.stringify(explained?.body ?? null));
        rendered++;
      } catch (error) {
        // A crash of the package reaches callers as a typed error, too.
        if (!isLumiverseError(error) || crashOf(error) !== undefined) throw error;
      }
    }),
    { seed, numRuns: runs },
  );
  if (rendered === 0) throw new Error(`all ${runs} random requests were refused, so no rendered request was tested`);
}

/** The path and kind of the first value that JSON would lose or change. Absent and undefined fields are equal. */
function unstorable(value: unknown, but: readonly string[] = [], at = "message"): string | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean" || Number.isFinite(value)) return undefined;
  if (typeof value !== "object") return `${at} is ${typeof value === "number" ? value : `a ${typeof value}`}`;
  const list = Array.isArray(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!list && prototype !== Object.prototype && prototype !== null) return `${at} is a ${value.constructor.name}`;
  for (const [key, inner] of Object.entries(value)) {
    if ((inner === undefined && !list) || but.includes(key)) continue;
    const found = unstorable(inner, but, `${at}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Usage counts are whole numbers in disjoint buckets. If the vendor states a total, they add up to it. */
export async function usageAddsUp(subject: TestedSubject, fixture: Fixture, mode: Mode): Promise<string[]> {
  const faults: string[] = [];
  const exchanges = exchangesFor(fixture, mode);
  const turn = (await play(subject, fixture, mode, { fetch: memoryFetch(exchanges) })).at(-1);
  const usage = turn?.response?.usage;
  if (usage === undefined) return [];
  faults.push(...countFaults(usage));
  if ((usage.reasoning ?? 0) > (usage.output ?? Number.POSITIVE_INFINITY))
    faults.push(`usage.reasoning ${usage.reasoning} is more than usage.output ${usage.output}, which includes it`);
  const total = statedTotal(new TextDecoder().decode(exchanges.at(-1)?.body));
  const sum = sumOf(usage);
  if (total !== undefined && sum !== undefined && sum !== total)
    faults.push(`the buckets add up to ${sum}, the vendor's total is ${total}: ${JSON.stringify(usage)}`);
  return faults;
}
function countFaults(usage: Usage): string[] {
  return (["input", "cacheRead", "cacheWrite", "output", "reasoning"] as const).flatMap((bucket) => {
    const count = usage[bucket];
    return count === undefined || (Number.isInteger(count) && count >= 0) ? [] : [`usage.${bucket} is ${count}`];
  });
}
function sumOf({ input, cacheRead, cacheWrite, output }: Usage): number | undefined {
  return input === undefined || output === undefined ? undefined : input + (cacheRead ?? 0) + (cacheWrite ?? 0) + output;
}
/** The last total in the body. */
function statedTotal(body: string): number | undefined {
  const found = [...body.matchAll(/"(?:total_tokens|totalTokenCount)"\s*:\s*(\d+)/g)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** Hostile JSON in place of any value gives an answer or a typed error, and changes nothing outside. */
export async function hostileJsonIsHarmless(subject: TestedSubject, fixture: Fixture, mode: Mode, { seed, runs }: Effort): Promise<void> {
  const exchanges = exchangesFor(fixture, mode);
  const body = new TextDecoder().decode(exchanges.at(-1)?.body);
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom(...HOSTILE), async (position, hostile) => {
      const bytes = new TextEncoder().encode(injectJson(body, position, hostile));
      const turns = await play(subject, fixture, mode, {
        fetch: memoryFetch(exchanges, () => [bytes]),
        limits: { event: 4_000_000, body: 4_000_000 },
      });
      const error = turns.at(-1)?.error;
      if (error !== undefined && !isLumiverseError(error))
        throw new Error(`${hostile.slice(0, 60)} causes an untyped error: ${errorOf(error).message}`);
      const probe: Record<string, unknown> = {};
      if (probe["polluted"] !== undefined) {
        delete (Object.prototype as Record<string, unknown>)["polluted"]; // later checks must not be affected
        throw new Error("Object.prototype was written to");
      }
      for (const { response } of turns) {
        if (response === undefined) continue;
        // Replay payloads are the host's own values and may be anything.
        const odd = unstorable(response.message, ["replay"]) ?? countFaults(response.usage)[0];
        if (odd !== undefined) throw new Error(`with ${hostile.slice(0, 60)} the answer is invalid: ${odd}`);
      }
    }),
    { seed, numRuns: runs },
  );
}

const HOSTILE: readonly string[] = [
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '[{"__proto__":{"polluted":true},"type":"text","text":"x","index":-1}]',
  "1e999",
  "-0",
  "9007199254740993",
  '"\\ud800 alone"',
  '""',
  "null",
  "true",
  "[]",
  "{}",
  "[null]",
  '[{"index":4294967295,"id":null,"function":{"name":null,"arguments":{"a":1}}}]',
  `${"[".repeat(5000)}${"]".repeat(5000)}`,
  `"${"x".repeat(1_000_000)}"`,
];

/** Replaces a value of the body with hostile JSON. */
function injectJson(body: string, position: number, hostile: string): string {
  const values = [...body.matchAll(/"[A-Za-z_]+"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\[\]|\{\}|[[{])/g)];
  const chosen = values[position % Math.max(1, values.length)];
  if (chosen?.[1] === undefined) return body;
  const value = chosen[1];
  const at = chosen.index + chosen[0].length - value.length;
  // Keep an opening bracket and insert into the object or array.
  if (value === "{")
    return `${body.slice(0, at + 1)}"__proto__":${hostile},"extra":${hostile},${body.slice(at + 1)}`.replace(/,\s*\}/, "}");
  if (value === "[") return `${body.slice(0, at + 1)}${hostile},${body.slice(at + 1)}`.replace(/,\s*\]/, "]");
  return body.slice(0, at) + hostile + body.slice(at + value.length);
}
