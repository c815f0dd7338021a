/** Keeps a worker alive after it has answered. https://developers.cloudflare.com/workers/runtime-apis/context/ */
export interface FetchContext {
  waitUntil(work: Promise<unknown>): void;
}

/** What the server knows about a client. */
export interface ClientContext {
  /** Its IP address: that of the socket, or the one that a trusted proxy states. */
  readonly clientAddress?: string | undefined;
}
