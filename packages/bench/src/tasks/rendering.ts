/** Sends and explains a large request, with a `fetch` that answers at once. The limit writes the caller's own request as JSON, which nobody can avoid. */
import { largeRequest } from "../large-request.ts";
import type { Protocol } from "../streams.ts";
import type { Subject } from "../subject.ts";
import { liveHeap } from "./heap.ts";

/** Milliseconds of CPU time. */
export interface RenderingFigures {
  limit: number;
  /** A call on a new connection. */
  first: number;
  /** A later call of this connection with the same tools. */
  later: number;
  explain: number;
  /** Bytes of heap that an explanation keeps, per character of the images in it. */
  heldPerImageCharacter: number;
}

export async function rendering(subject: Subject, { protocol, share }: { protocol: Protocol; share: number }): Promise<RenderingFigures> {
  const { large } = subject;
  if (large === undefined) throw new Error("renders nothing");
  const request = largeRequest(share);
  const text = JSON.stringify(request);
  const connection = large(protocol);
  const limit = await cpuOf(() => JSON.stringify(request));
  const first = await cpuOf(() => connection.send(request));
  const later = await cpuOf(() => connection.send(request));
  const explain = await cpuOf(() => connection.explain(request));
  const images = [...text.matchAll(/"data":"[^"]*"/g)].reduce((sum, [found]) => sum + found.length, 0);
  const before = liveHeap();
  const explanation = await connection.explain(request);
  const held = liveHeap() - before;
  if (explanation === undefined) throw new Error("there is no explanation");
  return { limit, first, later, explain, heldPerImageCharacter: held / images };
}

async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
