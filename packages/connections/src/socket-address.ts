/** The host and the port of a URL as sockets expect them. */

/** The port. 443 or 80 when the URL states none. */
export function portOf({ port, protocol }: { port: string; protocol: string }): number {
  return port === "" ? (protocol === "https:" ? 443 : 80) : Number(port);
}

/** The name or address, without the brackets of an IPv6 address. */
export function hostOf({ hostname }: { hostname: string }): string {
  return hostname.replace(/^\[|\]$/g, "");
}
