/** A fetch that answers from memory, packet by packet exactly as cut: sockets join packets, so places of cuts are judged here. */
import type { LoadedExchange } from "./fixture.ts";

export interface Answered {
  status: number;
  headers?: Readonly<Record<string, string>>;
  packets: readonly Uint8Array<ArrayBuffer>[];
}
export interface Sent {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** What an injected fetch was asked to send. */
export function sentOf(input: string | URL | Request, init: RequestInit | undefined): Sent {
  return {
    method: init?.method ?? "GET",
    url: typeof input === "string" ? input : input instanceof URL ? input.href : input.url,
    headers: Object.fromEntries(new Headers(init?.headers)),
    body: typeof init?.body === "string" ? init.body : init?.body == null ? undefined : new TextDecoder().decode(init.body as Uint8Array), // core sends text; a foreign package may send bytes
  };
}

export function responseOf(answer: Answered): Response {
  let next = 0;
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const packet = answer.packets[next++];
      if (packet === undefined) controller.close();
      else controller.enqueue(packet);
    },
  });
  const empty = answer.status === 204 || answer.status === 304;
  return new Response(empty ? null : body, { status: answer.status, headers: { ...answer.headers } });
}

/** Answers with the exchanges in order; `cut` decides the packets of the last one. What was sent is kept in `sent`. */
export function memoryFetch(
  exchanges: readonly LoadedExchange[],
  cut: (body: Uint8Array<ArrayBuffer>) => readonly Uint8Array<ArrayBuffer>[] = (body) => [body],
  sent: Sent[] = [],
): typeof fetch {
  let next = 0;
  return async (input, init) => {
    init?.signal?.throwIfAborted();
    sent.push(sentOf(input, init));
    const last = next >= exchanges.length - 1;
    const exchange = exchanges[Math.min(next++, exchanges.length - 1)];
    if (exchange === undefined || next > exchanges.length) throw new TypeError("fetch failed: the case has no further exchange");
    return responseOf({ status: exchange.status, headers: exchange.responseHeaders, packets: last ? cut(exchange.body) : [exchange.body] });
  };
}
