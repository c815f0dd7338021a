/** Variants of an answer's framing and packets. The grammar of event streams allows each of them, and some host sends each of them. The events must stay the same. */
import { cutAt, pieces, seededCuts } from "./packets.ts";

/** One variant of the framing of an event stream. */
export interface FramingVariant {
  id: string;
  /** Describes the variant in a sentence. */
  title: string;
  apply(body: string): string;
}

/** The variants of event streams. JSON bodies have none. */
export const framingVariants: readonly FramingVariant[] = [
  { id: "no-space", title: "no space follows the colon", apply: (body) => body.replace(/^(data|event|id): /gm, "$1:") },
  { id: "crlf", title: "lines end in CRLF", apply: (body) => lf(body).replaceAll("\n", "\r\n") },
  { id: "cr", title: "lines end in a lone CR", apply: (body) => lf(body).replaceAll("\n", "\r") },
  { id: "lf", title: "lines end in LF", apply: lf },
  { id: "bom", title: "a byte order mark comes first", apply: (body) => `\uFEFF${body}` },
  {
    id: "comments",
    title: "a comment precedes every event",
    apply: (body) => lf(body).replace(/\n\n(?=.)/gs, "\n\n: still working\n\n:\n\n"),
  },
  { id: "comment-inside", title: "every event contains a comment", apply: (body) => lf(body).replace(/^data:/gm, ": note\ndata:") },
  {
    id: "ids",
    title: "every event has an id and a retry time",
    apply: (body) => lf(body).replace(/^data:/gm, "id: 7\nretry: 3000\ndata:"),
  },
  { id: "empty-id", title: "every event has an empty id", apply: (body) => lf(body).replace(/^data:/gm, "id:\ndata:") },
  { id: "no-final-newline", title: "the last line has no line end", apply: (body) => body.replace(/[\r\n]+$/, "") },
  { id: "one-final-newline", title: "no blank line follows the last event", apply: (body) => `${lf(body).replace(/\n+$/, "")}\n` },
  { id: "blank-first", title: "blank lines come first", apply: (body) => `\n\n\n${body}` },
  { id: "blank-lines", title: "several blank lines separate the events", apply: (body) => lf(body).replaceAll("\n\n", "\n\n\n\n") },
];

function lf(body: string): string {
  return body.replace(/\r\n|\r/g, "\n");
}

/** True if a body is an event stream and not JSON or HTML. */
export function isEventStream(body: string): boolean {
  return /^(?:data|event|id|retry)?:/m.test(body) && !/^\s*[[{<"]/.test(body.replace(/^\uFEFF/, ""));
}

/** Ways to cut an answer into packets: one packet, one byte each, every offset of a small answer, seeded offsets and event boundaries of a large one. */
export function* splits(body: Uint8Array<ArrayBuffer>): Generator<{ title: string; packets: Uint8Array<ArrayBuffer>[] }> {
  yield { title: "one packet", packets: [body] };
  if (body.length <= SMALL) {
    yield { title: "a packet for every byte", packets: pieces(body, 1) };
    for (let at = 1; at < body.length; at++) yield { title: `cut at byte ${at}`, packets: cutAt(body, [at]) };
    return;
  }
  for (const size of [7, 61, 1021]) yield { title: `packets of ${size} bytes`, packets: pieces(body, size) };
  const edges = eventEdges(body);
  for (const shift of [-1, 0, 1])
    yield {
      title: `cut ${shift === 0 ? "at" : shift < 0 ? "one byte before" : "one byte after"} every event boundary`,
      packets: cutAt(
        body,
        edges.map((edge) => edge + shift),
      ),
    };
  for (let seed = 1; seed <= 200; seed++) yield { title: `seeded cuts ${seed}`, packets: cutAt(body, seededCuts(body.length, seed, 40)) };
}
const SMALL = 4096;

/** Offsets after the blank line that ends each event. */
export function eventEdges(body: Uint8Array): number[] {
  const edges: number[] = [];
  for (let at = 0; at < body.length; at++) {
    if (body[at] !== 10) continue;
    if (body[at + 1] === 10) edges.push(at + 2);
    else if (body[at + 1] === 13 && body[at + 2] === 10) edges.push(at + 3);
  }
  return edges;
}
