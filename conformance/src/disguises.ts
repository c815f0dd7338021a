/** The same answer in other clothes: what the grammar of event streams allows, some host does. The meaning, event for event, must stay the same. */
import { cutAt, pieces, seededCuts } from "./chunks.ts";

export interface Disguise {
  id: string;
  /** What it looks like, in a sentence. */
  title: string;
  dress(body: string): string;
}

/** Of event streams; bodies in JSON have only the splits. */
export const disguises: readonly Disguise[] = [
  { id: "no-space", title: "there is no space after the colon", dress: (body) => body.replace(/^(data|event|id): /gm, "$1:") },
  { id: "crlf", title: "lines end in CRLF", dress: (body) => lf(body).replaceAll("\n", "\r\n") },
  { id: "cr", title: "lines end in a lone CR", dress: (body) => lf(body).replaceAll("\n", "\r") },
  { id: "lf", title: "lines end in LF", dress: lf },
  { id: "bom", title: "a byte order mark comes first", dress: (body) => `\uFEFF${body}` },
  {
    id: "comments",
    title: "comments stand between all events",
    dress: (body) => lf(body).replace(/\n\n(?=.)/gs, "\n\n: still working\n\n:\n\n"),
  },
  { id: "comment-inside", title: "a comment stands inside each event", dress: (body) => lf(body).replace(/^data:/gm, ": note\ndata:") },
  {
    id: "ids",
    title: "every event has an id and a retry time",
    dress: (body) => lf(body).replace(/^data:/gm, "id: 7\nretry: 3000\ndata:"),
  },
  { id: "empty-id", title: "every event has an empty id", dress: (body) => lf(body).replace(/^data:/gm, "id:\ndata:") },
  { id: "no-final-newline", title: "the last line has no end", dress: (body) => body.replace(/[\r\n]+$/, "") },
  { id: "one-final-newline", title: "the last event has no blank line", dress: (body) => `${lf(body).replace(/\n+$/, "")}\n` },
  { id: "blank-first", title: "blank lines come first", dress: (body) => `\n\n\n${body}` },
  { id: "blank-lines", title: "many blank lines stand between events", dress: (body) => lf(body).replaceAll("\n\n", "\n\n\n\n") },
];

function lf(body: string): string {
  return body.replace(/\r\n|\r/g, "\n");
}

export function isEventStream(body: string): boolean {
  return /^(?:data|event|id|retry)?:/m.test(body) && !/^\s*[[{<"]/.test(body.replace(/^\uFEFF/, ""));
}

/** Ways to cut an answer into packets: every place of a small one, seeded places of a large one, the edges of its events, one packet, one byte each. */
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
      title: `cut ${shift === 0 ? "at" : shift < 0 ? "before" : "after"} the edge of every event`,
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
