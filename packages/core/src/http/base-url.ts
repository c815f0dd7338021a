import { LumiverseError } from "../chat/errors.ts";
import { definedFields } from "../chat/json.ts";

/** Endpoint paths that people paste with the base URL, longest first. */
const ENDPOINT = /\/(?:chat\/completions|completions|responses|messages(?:\/count_tokens)?|embeddings|models(?:\/[^/]*)?)$/;
/**
 * Reads a base URL as people write it: with an endpoint's path, `/v1/v1`, a missing `/v1`, trailing slashes, or without a scheme. A bare host, or the
 * beginning of the provider's own path, is completed by that path (`/v1` where the provider has none). Plain http is for the local machine and private
 * networks, because a key would cross the internet readable; `allowHttp` permits it elsewhere.
 * @throws LumiverseError `configuration`
 */
export function normalizeBaseURL(input: string | URL, own?: string, allowHttp = false): URL {
  const text = String(input)
    .trim()
    .replace(/^["'<]+|["'>]+$/g, "")
    .replace(/^(https?)(?::[\\/]*|[\\/]{2,})/i, "$1://");
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
  const url = parse(hasScheme ? text : `https://${text}`);
  if (!hasScheme && isPrivateHost(url.hostname)) url.protocol = "http:";
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw invalid(`baseURL has the scheme ${url.protocol}; only https: and http: are supported`);
  if (url.protocol === "http:" && !allowHttp && !isPrivateHost(url.hostname))
    throw invalid(
      `baseURL uses plain http for the public host ${url.hostname}, so the key could be read on the way`,
      "Use https, or set allowHttp: true on the connection",
    );
  if (url.username !== "" || url.password !== "")
    throw invalid("baseURL contains a user name or password", "Pass the key as apiKey, or a header in headers");
  url.hash = "";
  url.pathname = normalizePath(url, own);
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
  return new LumiverseError({ code: "configuration", field: "baseURL", message, ...definedFields({ hint }) });
}

function normalizePath({ pathname, search }: URL, own: string | undefined): string {
  let path = pathname.replace(/\/{2,}/g, "/").replace(/\/+$/, "");
  for (let before = ""; before !== path; ) {
    before = path;
    // `/models/chat/completions?api-version=…` is an address that Azure prints.
    path = path.replace(ENDPOINT, (found) => (found === "/models" && search.includes("api-version") ? found : "")).replace(/\/+$/, "");
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
  if (query !== undefined) for (const [key, value] of new URLSearchParams(query)) url.searchParams.set(key, value);
  return url;
}

/** True for `localhost` and loopback addresses. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127(?:\.\d{1,3}){3}$/.test(hostname);
}

/** True for loopback, private addresses, and names that only a local network resolves: without a dot, or under a reserved domain. */
export function isPrivateHost(hostname: string): boolean {
  if (isLoopback(hostname)) return true;
  if (hostname.startsWith("[")) return isPrivateIPv6(hostname);
  const octets = /^(\d{1,3})\.(\d{1,3})\.\d{1,3}\.\d{1,3}$/.exec(hostname);
  if (octets !== null) return isPrivateIPv4(Number(octets[1]), Number(octets[2]));
  return !hostname.includes(".") || /\.(?:local|localhost|internal|intranet|lan|home|corp|test|home\.arpa)$/i.test(hostname);
}

/** By the first two numbers of the address. */
function isPrivateIPv4(first: number, second: number): boolean {
  return (
    first === 127 ||
    first === 10 ||
    first === 0 ||
    (first === 192 && second === 168) ||
    (first === 172 && second >= 16 && second <= 31) ||
    (first === 169 && second === 254) ||
    // Shared address space (RFC 6598), which private overlay networks use.
    (first === 100 && second >= 64 && second <= 127)
  );
}

/** Unique local, link-local, and IPv4 addresses in IPv6 that are private themselves. The URL parser has normalised the address. */
function isPrivateIPv6(hostname: string): boolean {
  const mapped = /^\[::ffff:([0-9a-f]{1,4}):[0-9a-f]{1,4}\]$/i.exec(hostname)?.[1];
  if (mapped === undefined) return hostname === "[::]" || /^\[(?:f[cd][0-9a-f]{2}|fe[89ab][0-9a-f]):/i.test(hostname);
  const high = Number.parseInt(mapped, 16);
  return isPrivateIPv4(high >> 8, high & 0xff);
}
