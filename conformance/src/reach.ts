/** Brings a subject's calls to a local server: by base URL, or, where another base would make the provider speak another wire, by a fetch that changes the host. */
import type { Fixture, LoadedExchange } from "./fixture.ts";
import type { Judged, OpenOptions } from "./subject.ts";

export interface Reached {
  options: OpenOptions;
  /** The base URL was overridden. */
  overridden: boolean;
  /** Calls that went to the vendor's host and were brought here by the fetch. */
  moved: string[];
  /** URLs that were called and belong to neither the server nor the case. */
  strayed: string[];
}

export function reach(judged: Judged, fixture: Fixture, origin: string): Reached {
  const last = fixture.exchanges.at(-1);
  const host = last === undefined ? undefined : new URL(last.url).origin;
  const base = fixture.case.options?.baseURL ?? judged.base ?? (judged.provider === undefined ? undefined : last?.url);
  const local = `${origin}${base === undefined ? "" : new URL(base).pathname.replace(/\/+$/, "")}`;
  const wires = judged.provider === undefined || judged.route(fixture, new URL(local))?.protocol.id === judged.route(fixture)?.protocol.id;
  // The base must be a part of the call's URL, or the path under another host is anybody's guess.
  const plain = wires && base !== undefined && last?.url.startsWith(base) === true;
  const strayed: string[] = [];
  const moved: string[] = [];
  const guarded: typeof fetch = (input, init) => {
    const url = new URL(typeof input === "string" ? input : input instanceof URL ? input.href : input.url);
    if (url.origin === origin) return fetch(url, init);
    if (url.origin === host) moved.push(url.href);
    if (url.origin === host) return fetch(`${origin}${url.pathname}${url.search}`, init);
    const own = sideExchange(fixture, url);
    if (own !== undefined) return Promise.resolve(new Response(own.body, { status: own.status, headers: own.responseHeaders }));
    strayed.push(url.origin);
    return Promise.reject(new TypeError(`fetch failed: the call strayed to ${url.origin}`));
  };
  return {
    overridden: plain,
    moved,
    strayed,
    options: { fetch: guarded, ...(plain ? { baseURL: local, replayScope: "vendor" as const } : {}) },
  };
}

/** An exchange of the case at another host than its answer: a token that is fetched first. */
function sideExchange(fixture: Fixture, url: URL): LoadedExchange | undefined {
  return fixture.exchanges.slice(0, -1).find((exchange) => new URL(exchange.url).origin === url.origin);
}
