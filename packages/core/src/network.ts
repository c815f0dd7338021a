/** What goes wrong below HTTP and around it: a host that can't be reached, a redirect that a key must not follow. */
import { LumiverseError } from "./errors.ts";
import type { Scrub } from "./secrets.ts";
import { ignore } from "./transport.ts";

export function networkError(cause: unknown, url: URL, scrub: Scrub): LumiverseError {
  const chain: string[] = [];
  let code = "";
  for (let at: unknown = cause, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    chain.push(at.message);
    if ("code" in at && typeof at.code === "string") code = at.code;
  }
  const said = [...new Set(chain)].join(": ") || String(cause);
  const message = scrub(said);
  // Fetch quotes a header that it refuses: such a cause would carry the secret on.
  const kept = message === said ? { cause } : {};
  if (/HEADERS_TIMEOUT|BODY_TIMEOUT/.test(code))
    return new LumiverseError({
      code: "timeout",
      message: `fetch itself gave up after its own limit (${code})`,
      hint: "Node's fetch ends after 300 s of silence: pass a fetch whose dispatcher has longer headersTimeout and bodyTimeout",
      ...kept,
    });
  const hint =
    code === "ECONNREFUSED"
      ? `Nothing listens at ${url.host}: is the server running?`
      : code === "ENOTFOUND"
        ? `The host ${url.host} does not exist: check the base URL`
        : "document" in globalThis
          ? "In a page this is often CORS: the host may not answer pages at all"
          : undefined;
  return new LumiverseError({
    code: "network",
    message: `can't reach ${url.host}: ${message}`,
    ...(hint === undefined ? {} : { hint }),
    ...kept,
  });
}

/** The next address within the origin. A followed redirect would carry `x-api-key` and its like to another one. */
export function redirected(response: Response, url: URL, method: string, hop: number): URL {
  void response.body?.cancel().catch(ignore);
  const location = response.headers.get("location");
  const next = location === null ? undefined : new URL(location, url);
  const repeats = method === "GET" || response.status === 307 || response.status === 308;
  if (next !== undefined && next.origin === url.origin && repeats && hop < 3) return next;
  throw new LumiverseError({
    code: "network",
    status: response.status,
    retryable: false,
    message:
      next?.origin === url.origin
        ? `${url.host} redirects to ${next.pathname} (HTTP ${response.status}), which loses the request's body`
        : `${url.host} redirects${next === undefined ? "" : ` to ${next.origin}`}; the key belongs to ${url.host} and was not carried on`,
    hint:
      next === undefined || next.origin === url.origin
        ? "Set baseURL to the final address"
        : `If you trust it, set baseURL to ${next.origin}`,
  });
}
