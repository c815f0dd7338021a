/** What holds for every input, shown by fast-check: seeded, so that a failure comes back, and shrunk, so that it can be read. */

import { type ChatResponse, isLumiverseError, type Usage } from "@lumiverse/core";
import fc from "fast-check";
import { type ChatMessage, chatRequests } from "./arbitrary.ts";
import { cutAt } from "./chunks.ts";
import { parting } from "./compare.ts";
import { eventEdges } from "./disguises.ts";
import { exchangesFor, type Fixture } from "./fixture.ts";
import { memoryFetch } from "./memory.ts";
import { ending, errorOf, type Mode, meaning, play } from "./play.ts";
import { type Judged, requestOf } from "./subject.ts";

export interface Effort {
  seed: number;
  runs: number;
}

/** Any chunking of an answer gives the same events and the same response. */
export async function chunkingHolds(judged: Judged, fixture: Fixture, mode: Mode, { seed, runs }: Effort): Promise<void> {
  const exchanges = exchangesFor(fixture, mode);
  const body = exchanges.at(-1)?.body ?? new Uint8Array();
  const anywhere = fc.integer({ min: 1, max: Math.max(1, body.length - 1) });
  const tender = tenderPlaces(body);
  const place = tender.length === 0 ? anywhere : fc.oneof(anywhere, fc.constantFrom(...tender));
  const whole = (await play(judged, fixture, mode, { fetch: memoryFetch(exchanges) }))
    .map((turn) => meaning(turn, mode === "stream"))
    .join("\n");
  await fc.assert(
    fc.asyncProperty(fc.array(place, { maxLength: 60 }), async (places) => {
      const cuts = [...places].sort((a, b) => a - b);
      const turns = await play(judged, fixture, mode, { fetch: memoryFetch(exchanges, (body) => cutAt(body, cuts)) });
      const cut = turns.map((turn) => meaning(turn, mode === "stream")).join("\n");
      if (cut !== whole) throw new Error(`cut at ${cuts.join(", ")} the answer is another ${parting(cut, whole)}`);
    }),
    { seed, numRuns: runs },
  );
}

/** Where a cut hurts a careless reader most: inside a character, inside a line end, and at the edges of events. */
function tenderPlaces(body: Uint8Array): number[] {
  const places = eventEdges(body);
  for (let at = 1; at < body.length; at++)
    if (((body[at] ?? 0) & 0xc0) === 0x80 || (body[at] === 10 && body[at - 1] === 13)) places.push(at);
  return places;
}

const callsOf = ({ toolCalls }: ChatResponse): string => JSON.stringify(toolCalls.map((call) => [call.name, call.arguments]));

/** A cut stream is an error, never a short answer: whatever the place, the whole answer comes or a typed error. */
export async function cutsAreErrors(judged: Judged, fixture: Fixture, { seed, runs }: Effort): Promise<void> {
  const exchanges = exchangesFor(fixture, "stream");
  const body = exchanges.at(-1)?.body ?? new Uint8Array();
  const text = (await play(judged, fixture, "stream", { fetch: memoryFetch(exchanges) })).at(-1)?.response;
  if (text === undefined) return;
  // Between two events nothing is torn, so only the missing end can tell: such places are as likely as all others.
  const edges = eventEdges(body).filter((edge) => edge < body.length);
  const anywhere = fc.integer({ min: 0, max: body.length - 1 });
  const places = edges.length === 0 ? anywhere : fc.oneof(anywhere, fc.constantFrom(...edges));
  await fc.assert(
    fc.asyncProperty(places, async (at) => {
      const turn = (await play(judged, fixture, "stream", { fetch: memoryFetch(exchanges, (all) => [all.subarray(0, at)]) })).at(-1);
      if (turn === undefined) return;
      if (turn.error !== undefined) {
        if (!isLumiverseError(turn.error)) throw new Error(`cut at byte ${at} it throws an untyped error: ${errorOf(turn.error).message}`);
        return;
      }
      const { response } = turn;
      if (response?.text !== text.text || callsOf(response) !== callsOf(text) || response.finishReason !== text.finishReason)
        throw new Error(`cut at byte ${at} of ${body.length} it passes for an answer: ${ending(turn)}`);
    }),
    { seed, numRuns: runs },
  );
}

/** A transcript is plain JSON: what is stored and read again is sent to the same bytes. */
export async function transcriptSurvives(judged: Judged, fixture: Fixture, mode: Mode): Promise<void> {
  const turns = await play(judged, fixture, mode, { fetch: memoryFetch(exchangesFor(fixture, mode)) });
  for (const { response } of turns) {
    if (response === undefined) continue;
    const { message } = response;
    const odd = unstorable(message);
    if (odd !== undefined) throw new Error(`the message holds what JSON does not keep: ${odd}`);
    const again: unknown = JSON.parse(JSON.stringify(message));
    if (JSON.stringify(again) !== JSON.stringify(message)) throw new Error("the message changes when it is stored");
    const connection = judged.connection(fixture);
    if (connection === undefined) continue;
    const request = requestOf(fixture);
    const results = response.toolCalls.map((call) => ({ type: "tool-result" as const, id: call.id, name: call.name, content: "done" }));
    const next = (answer: ChatMessage) => ({
      ...request,
      messages: [
        ...request.messages,
        answer,
        results.length > 0 ? { role: "tool" as const, content: results } : { role: "user" as const, content: "Go on." },
      ],
    });
    const sent = async (answer: ChatMessage): Promise<string> => {
      try {
        return JSON.stringify((await connection.explain(next(answer))).body);
      } catch (error) {
        if (isLumiverseError(error)) return `${error.code}: ${error.message}`;
        throw error;
      }
    };
    const [live, stored] = [await sent(message), await sent(again as ChatMessage)]; // JSON of a message
    if (live !== stored) throw new Error(`the next request differs after storing ${parting(stored, live)}`);
  }
}

/** Any request is rendered, or refused with a typed error, whatever is to become of what the model does not take. */
export async function requestsRender(judged: Judged, fixture: Fixture, { seed, runs }: Effort): Promise<void> {
  let rendered = 0;
  await fc.assert(
    fc.asyncProperty(chatRequests(fixture.case.model), fc.constantFrom("warn", "send", "default"), async (request, unsupported) => {
      try {
        const explained = await judged.connection(fixture, { unsupported })?.explain(request);
        JSON.parse(JSON.stringify(explained?.body ?? null));
        rendered++;
      } catch (error) {
        if (!isLumiverseError(error)) throw error;
      }
    }),
    { seed, numRuns: runs },
  );
  if (rendered === 0) throw new Error(`all of ${runs} requests were refused: nothing is shown of how they are rendered`);
}

/** Where a value holds anything that JSON would lose or change: its path and kind. Absent and undefined fields are the same. */
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

/** Usage is counts in disjoint buckets; where the vendor says a total, they add up to it. */
export async function usageAddsUp(judged: Judged, fixture: Fixture, mode: Mode): Promise<string[]> {
  const faults: string[] = [];
  const exchanges = exchangesFor(fixture, mode);
  const turn = (await play(judged, fixture, mode, { fetch: memoryFetch(exchanges) })).at(-1);
  const usage = turn?.response?.usage;
  if (usage === undefined) return [];
  faults.push(...countFaults(usage));
  if ((usage.reasoning ?? 0) > (usage.output ?? Number.POSITIVE_INFINITY))
    faults.push(`usage.reasoning ${usage.reasoning} is more than usage.output ${usage.output}, of which it is a part`);
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
/** The last total that the wire states. */
function statedTotal(body: string): number | undefined {
  const found = [...body.matchAll(/"(?:total_tokens|totalTokenCount)"\s*:\s*(\d+)/g)].at(-1)?.[1];
  return found === undefined ? undefined : Number(found);
}

/** JSON made to hurt, in place of what the host says somewhere: an answer or a typed error, and nothing outside is touched. */
export async function hostileIsHarmless(judged: Judged, fixture: Fixture, mode: Mode, { seed, runs }: Effort): Promise<void> {
  const exchanges = exchangesFor(fixture, mode);
  const body = new TextDecoder().decode(exchanges.at(-1)?.body);
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom(...HOSTILE), async (place, hostile) => {
      const bytes = new TextEncoder().encode(poison(body, place, hostile));
      const turns = await play(judged, fixture, mode, {
        fetch: memoryFetch(exchanges, () => [bytes]),
        limits: { event: 4_000_000, body: 4_000_000 },
      });
      const error = turns.at(-1)?.error;
      if (error !== undefined && !isLumiverseError(error))
        throw new Error(`${hostile.slice(0, 60)} makes it throw an untyped error: ${errorOf(error).message}`);
      const probe: Record<string, unknown> = {};
      if (probe["polluted"] !== undefined) {
        delete (Object.prototype as Record<string, unknown>)["polluted"]; // what comes after must not suffer from it
        throw new Error("Object.prototype was written to");
      }
      for (const { response } of turns) {
        if (response === undefined) continue;
        // What is to be replayed is the host's own, whatever it is.
        const odd = unstorable(response.message, ["replay"]) ?? countFaults(response.usage)[0];
        if (odd !== undefined) throw new Error(`with ${hostile.slice(0, 60)} somewhere the answer is no good: ${odd}`);
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

/** Puts hostile JSON in place of some value of some object of the body. */
function poison(body: string, place: number, hostile: string): string {
  const values = [...body.matchAll(/"[A-Za-z_]+"\s*:\s*("(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|true|false|null|\[\]|\{\}|[[{])/g)];
  const chosen = values[place % Math.max(1, values.length)];
  if (chosen?.[1] === undefined) return body;
  const value = chosen[1];
  const at = chosen.index + chosen[0].length - value.length;
  // An opening bracket stays, and something foreign comes into the object behind it.
  if (value === "{")
    return `${body.slice(0, at + 1)}"__proto__":${hostile},"extra":${hostile},${body.slice(at + 1)}`.replace(/,\s*\}/, "}");
  if (value === "[") return `${body.slice(0, at + 1)}${hostile},${body.slice(at + 1)}`.replace(/,\s*\]/, "]");
  return body.slice(0, at) + hostile + body.slice(at + value.length);
}
