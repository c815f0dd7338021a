import { LumiverseError } from "../chat/errors.ts";
import { ignore } from "./request-lifetime.ts";

/** Redirects that are followed. */
const LONGEST_CHAIN = 3;

export function isRedirect({ type, status, headers }: Response): boolean {
  return type === "opaqueredirect" || (status >= 301 && status <= 308 && status !== 304 && headers.has("location"));
}

/** The next address of a redirect within the origin. @throws LumiverseError for another origin, because its host must not receive the key */
export function redirectTarget(response: Response, url: URL, method: string, hop: number): URL {
  void response.body?.cancel().catch(ignore);
  const location = response.headers.get("location") ?? "";
  const next = location === "" ? undefined : (URL.parse(location, url) ?? undefined);
  const sameOrigin = next?.origin === url.origin;
  const keepsBody = method === "GET" || response.status === 307 || response.status === 308;
  if (next !== undefined && sameOrigin && keepsBody && hop < LONGEST_CHAIN) return next;
  // Quoted as the host wrote it: parsing a URL changes the spelling of a secret in it, so redaction would miss it.
  const to = next === undefined ? "" : ` to ${sameOrigin ? location.replace(/[?#].*/s, "") : next.origin}`;
  throw new LumiverseError({
    code: "network",
    status: response.status,
    retryable: false,
    message: sameOrigin
      ? `${url.host} redirects${to} (HTTP ${response.status}), which would lose the request's body`
      : `${url.host} redirects${to}. The key belongs to ${url.host}, so the redirect was not followed`,
    hint: next === undefined || sameOrigin ? "Set baseURL to the final address" : `If you trust that host, set baseURL to ${next.origin}`,
  });
}
