import { LumiverseError } from "../chat/errors.ts";

/** Endpoint paths that people paste with the base URL, longest first. */
const ENDPOINT = /\/(?:chat\/completions|completions|responses|messages(?:\/count_tokens)?|embeddings|models(?:\/[^/]*)?)$/;
/** Hosts of the local machine, the local network and containers: a name without a dot, `.local`, and private addresses. */
const LOCAL = /^(?:127\.|0\.0\.0\.0|\[|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|[^/:]+\.local\b|[^/:.]+(?:[:/]|$))/i;

/**
 * Reads a base URL as people write it: with an endpoint's path, `/v1/v1`, a missing `/v1`, trailing slashes, or without a scheme. A bare host, or the
 * beginning of the provider's own path, is completed by that path (`/v1` where the provider has none).
 * @throws LumiverseError `configuration`
 */
export function normalizeBaseURL(input: string | URL, own?: string): URL {
  const text = String(input)
    .trim()
    .replace(/^["'<]+|["'>]+$/g, "")
    .replace(/^(https?):[\\/]*/i, "$1://");
  const url = parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `${LOCAL.test(text) ? "http" : "https"}://${text}`);
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw invalid(`baseURL has the scheme ${url.protocol}; only https: and http: are supported`);
  if (url.username !== "" || url.password !== "")
    throw invalid("baseURL contains a user name or password", "Pass the key as apiKey, or a header in headers");
  url.hash = "";
  url.pathname = normalizePath(url.pathname, own);
  return url;
}

function parse(text: string): URL {
  try {
    return new URL(text);
  } catch {
    // The cause is not kept: it quotes the input, which may be a key in the wrong field.
    throw invalid("baseURL is not a URL", "Write it like https://host.example/v1");
  }
}

function invalid(message: string, hint?: string): LumiverseError {
  return new LumiverseError({ code: "configuration", field: "baseURL", message, ...(hint === undefined ? {} : { hint }) });
}

function normalizePath(given: string, own: string | undefined): string {
  let path = given.replace(/\/{2,}/g, "/").replace(/\/+$/, "");
  for (let before = ""; before !== path; ) {
    before = path;
    path = path.replace(ENDPOINT, "").replace(/\/+$/, "");
  }
  path = path.replace(/(\/v\d+[a-z0-9]*)(?:\1)+$/, "$1");
  const whole = own === undefined ? "/v1" : new URL(own).pathname.replace(/\/+$/, "");
  return path === "" || whole.startsWith(`${path}/`) ? whole : path;
}

/** An endpoint below a base URL. A query of the base (`?api-version=…`) is kept. */
export function endpoint(base: URL, path: string): URL {
  const url = new URL(base);
  const [pathname = "", query] = path.split("?");
  url.pathname = url.pathname.replace(/\/+$/, "") + pathname;
  for (const [key, value] of new URLSearchParams(query)) url.searchParams.set(key, value);
  return url;
}

/** True for `localhost` and loopback addresses. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}
