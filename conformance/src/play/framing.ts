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

/**
 * Ways to cut an answer into packets: one packet, one byte each, then every offset of a small answer, seeded offsets and event boundaries of a large one. The
 * offsets where a line ends or a character has several bytes are also cut alone, so that whole events stand before and after the cut.
 */
export function* splits(body: Uint8Array<ArrayBuffer>): Generator<{ title: string; packets: Uint8Array<ArrayBuffer>[] }> {
  yield { title: "one packet", packets: [body] };
  if (body.length <= SMALL) {
    yield { title: "a packet for every byte", packets: pieces(body, 1) };
    for (let first = 1; first <= STRIDE; first++)
      yield { title: `packets of ${STRIDE} bytes from byte ${first} on`, packets: cutAt(body, offsetsFrom(first, body.length)) };
    for (const at of delicateOffsets(body)) yield { title: `cut at byte ${at}`, packets: cutAt(body, [at]) };
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
  for (let seed = 1; seed <= 100; seed++) yield { title: `seeded cuts ${seed}`, packets: cutAt(body, seededCuts(body.length, seed, 40)) };
}
const SMALL = 4096;
/** Bytes between two cuts of a small answer. So many answers together are cut at every offset. */
const STRIDE = 31;
/** Offsets of a small answer that are cut alone, at most. */
const MOST_ALONE = 120;

function offsetsFrom(first: number, length: number): number[] {
  const offsets: number[] = [];
  for (let at = first; at < length; at += STRIDE) offsets.push(at);
  return offsets;
}

/** Offsets next to line ends and inside characters of several bytes. Of very many, about `MOST_ALONE` that are evenly spaced, and always the last ones. */
function delicateOffsets(body: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let at = 1; at < body.length; at++) {
    const isLineEnd = isNewline(body[at]) || isNewline(body[at - 1]);
    const isInsideCharacter = ((body[at] ?? 0) & 0xc0) === 0x80;
    if (isLineEnd || isInsideCharacter) offsets.push(at);
  }
  const step = Math.ceil(offsets.length / MOST_ALONE);
  return offsets.filter((_, index) => index % step === 0 || index >= offsets.length - 8);
}

function isNewline(byte: number | undefined): boolean {
  return byte === 10 || byte === 13;
}

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
