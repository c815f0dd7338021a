/** What may talk to the gateway: pages of other sites may not, and neither may a foreign name that resolves to this machine (DNS rebinding). */

export interface GuardOptions {
  /** Values of `Host` that are served, without a port or with one. Absent: all. */
  hosts?: readonly string[] | undefined;
  /** Origins of web pages that may call the gateway, in addition to its own. */
  origins: readonly string[];
}

/** Why a request is refused, or undefined. */
export function refusalOf(request: Request, { hosts, origins }: GuardOptions): string | undefined {
  const host = (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();
  if (hosts !== undefined && !isServed(host, hosts)) return `the host name "${printable(host)}" is not served`;
  if (request.headers.get("upgrade") !== null) return "connections are not upgraded";
  const origin = request.headers.get("origin");
  if (origin !== null && !origins.includes(origin) && !isOwn(origin, host))
    return `pages of "${printable(origin)}" may not call this gateway`;
  // Browsers send this where they send no Origin: links, images and forms of another site.
  const site = request.headers.get("sec-fetch-site");
  if (origin === null && site === "cross-site") return "pages of other sites may not call this gateway";
  return undefined;
}

/**
 * Why a request that can change something is refused for its content type, or undefined. A page of another site can send a form or a text without the browser's
 * permission, but no JSON.
 */
export function contentTypeRefusal({ method, headers }: Request): { message: string; hint: string } | undefined {
  if (method === "GET" || method === "HEAD") return undefined;
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "application/json" || (type.startsWith("application/") && type.endsWith("+json"))) return undefined;
  const sent = type === "" ? "the request was sent without a content type" : `the request was sent as "${printable(type)}"`;
  return { message: `${sent}, and only JSON is accepted`, hint: "Send the header content-type: application/json" };
}

function isServed(host: string, hosts: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, "");
  return hosts.includes(host) || hosts.includes(name);
}

function isOwn(origin: string, host: string): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}

/** A header that a stranger sent, for a message. */
function printable(text: string): string {
  return text.slice(0, 100).replace(/[^\x20-\x7e]/g, "?");
}

/** The names by which a machine reaches itself. */
export const LOOPBACK_HOSTS: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];
