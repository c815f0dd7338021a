/** Sends a subject's calls to a local server: by base URL or, if another base URL would change the provider's protocol, by a fetch that changes the host. */
import type { Fixture, LoadedExchange } from "../fixture/fixture.ts";
import type { OpenOptions, TestedSubject } from "./subject.ts";

/** Connection options that redirect calls, and what was redirected. */
export interface RedirectedCalls {
  /** The options to open a connection with. */
  options: OpenOptions;
  /** True if the base URL was overridden. */
  overridden: boolean;
  /** URLs at the vendor's host that the fetch redirected. */
  moved: string[];
  /** Origins that were called but belong neither to the server nor to the case. The fetch refuses them. */
  foreign: string[];
}

/** Options with which the calls of a case go to the server at `origin`. */
export function redirectCalls(subject: TestedSubject, fixture: Fixture, origin: string): RedirectedCalls {
  const last = fixture.exchanges.at(-1);
  const host = last === undefined ? undefined : new URL(last.url).origin;
  const base = fixture.case.options?.baseURL ?? subject.base ?? (subject.provider === undefined ? undefined : last?.url);
  const local = `${origin}${base === undefined ? "" : new URL(base).pathname.replace(/\/+$/, "")}`;
  const sameProtocol =
    subject.provider === undefined || subject.route(fixture, new URL(local))?.protocol.id === subject.route(fixture)?.protocol.id;
  // If the base is not a prefix of the call's URL, the path under another host is unknown.
  const plain = sameProtocol && base !== undefined && last?.url.startsWith(base) === true;
  const foreign: string[] = [];
  const moved: string[] = [];
  const guarded: typeof fetch = (input, init) => {
    const url = new URL(typeof input === "string" ? input : input instanceof URL ? input.href : input.url);
    if (url.origin === origin) return fetch(url, init);
    if (url.origin === host) moved.push(url.href);
    if (url.origin === host) return fetch(`${origin}${url.pathname}${url.search}`, init);
    const own = sideExchange(fixture, url);
    if (own !== undefined) return Promise.resolve(new Response(own.body, { status: own.status, headers: own.responseHeaders }));
    foreign.push(url.origin);
    return Promise.reject(new TypeError(`fetch failed: the call went to the foreign origin ${url.origin}`));
  };
  return {
    overridden: plain,
    moved,
    foreign,
    options: { fetch: guarded, ...(plain ? { baseURL: local, replayScope: "vendor" as const } : {}) },
  };
}

/** An exchange of the case with another host than the chat's, such as a token exchange. */
function sideExchange(fixture: Fixture, url: URL): LoadedExchange | undefined {
  return fixture.exchanges.slice(0, -1).find((exchange) => new URL(exchange.url).origin === url.origin);
}
