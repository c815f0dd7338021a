/** A fetch that answers from memory, with exactly the given packets. Sockets join packets, so checks about packets use this fetch. */
import type { LoadedExchange } from "../fixture/fixture.ts";

/** An answer and the packets of its body. */
export interface PacketedResponse {
  status: number;
  headers?: Readonly<Record<string, string>>;
  packets: readonly Uint8Array<ArrayBuffer>[];
}
/** A request that a subject sent. */
export interface SentRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** The request that an injected fetch received. */
export function sentRequest(input: string | URL | Request, init: RequestInit | undefined): SentRequest {
  return {
    method: init?.method ?? "GET",
    url: typeof input === "string" ? input : input instanceof URL ? input.href : input.url,
    headers: Object.fromEntries(new Headers(init?.headers)),
    body: typeof init?.body === "string" ? init.body : init?.body == null ? undefined : new TextDecoder().decode(init.body as Uint8Array), // core sends text, another library may send bytes
  };
}

/** A response whose body arrives in the given packets. */
export function packetedResponse(answer: PacketedResponse): Response {
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

/** Answers with the exchanges in order. `cut` splits the body of the last one into packets. The requests are appended to `sent`. */
export function memoryFetch(
  exchanges: readonly LoadedExchange[],
  cut: (body: Uint8Array<ArrayBuffer>) => readonly Uint8Array<ArrayBuffer>[] = (body) => [body],
  sent: SentRequest[] = [],
): typeof fetch {
  let next = 0;
  return async (input, init) => {
    init?.signal?.throwIfAborted();
    sent.push(sentRequest(input, init));
    const last = next >= exchanges.length - 1;
    const exchange = exchanges[Math.min(next++, exchanges.length - 1)];
    if (exchange === undefined || next > exchanges.length) throw new TypeError("fetch failed: the case has no more exchanges");
    return packetedResponse({
      status: exchange.status,
      headers: exchange.responseHeaders,
      packets: last ? cut(exchange.body) : [exchange.body],
    });
  };
}
