/** Keeps a worker alive after it has answered. https://developers.cloudflare.com/workers/runtime-apis/context/ */
export interface FetchContext {
  waitUntil(work: Promise<unknown>): void;
}
