/** Which addresses the connections of a shared console may reach. */
import ipaddr from "ipaddr.js";
import { type FieldIssue, invalidFields } from "../error.ts";
import { portOf } from "../socket-address.ts";

/** An address of IPv4 or IPv6, as the library reads it. */
type IP = ReturnType<typeof ipaddr.process>;

/** An entry of the operator's list. */
interface Allowed {
  /** A name, in lower case. Absent: a range of addresses. */
  host?: string;
  range?: [IP, number];
  /** Absent: every port. */
  port?: number;
}

/** Azure's metadata service. Its address is in a public range: https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16 */
const AZURE_METADATA = "168.63.129.16";
/** Prefixes whose last 32 bits are an IPv4 address: that of networks without IPv4 (RFC 6052), and "IPv4-compatible" addresses (RFC 4291, 2.5.5.1). */
const IPV4_PREFIXES = [ipaddr.parseCIDR("64:ff9b::/96"), ipaddr.parseCIDR("::/96")];

/** Decides by the address that a name resolved to. */
export interface AllowedAddresses {
  /**
   * @param host The host of the URL
   * @param address What it resolved to, or the same text where the URL has an address
   * @param ownAddresses Addresses of this machine. Even a public one is refused, because a server here may be meant for this machine alone
   */
  allows(host: string, address: string, port: number, ownAddresses?: readonly string[]): boolean;
}

/**
 * Reads the operator's list. Without an entry only public addresses are allowed.
 * @param entries Each is an address, a range, a name or the URL of a server, with or without a port: `10.1.2.3`, `10.0.0.0/8`, `[fd00::1]:8080`,
 *   `ollama.internal`, `localhost:11434`, `http://localhost:1234/v1`. A name is allowed whatever it resolves to.
 * @throws ConnectionsError `invalid` for an entry that is none of these
 */
export function allowedAddresses(entries: readonly string[] = []): AllowedAddresses {
  const issues: FieldIssue[] = [];
  const allowed = entries.flatMap((entry) => {
    const read = readEntry(entry.trim());
    if (read === undefined)
      issues.push({
        path: "allow",
        message: `"${entry}" is no address, range, name or URL: write it as 10.0.0.0/8, ollama.internal:11434 or http://localhost:1234`,
      });
    return read === undefined ? [] : [read];
  });
  if (issues.length > 0) throw invalidFields(issues);
  return {
    allows(host, address, port, ownAddresses = []) {
      const ip = readAddress(address);
      if (ip === undefined) return false;
      const isListed = allowed.some(
        (one) =>
          (one.port === undefined || one.port === port) &&
          (one.host === undefined ? isWithin(ip, one.range) : one.host === normalizedName(host)),
      );
      return isListed || (isPublic(ip) && !ownAddresses.some((own) => readAddress(own)?.toString() === ip.toString()));
    },
  };
}

function readEntry(entry: string): Allowed | undefined {
  const range = ipaddr.isValidCIDR(entry) ? ipaddr.parseCIDR(entry) : undefined;
  if (range !== undefined) return { range: [ipaddr.process(range[0].toString()), mappedLength(range)] };
  const whole = readAddress(entry);
  if (whole !== undefined) return { range: single(whole) };
  const isURL = /^https?:\/\//i.test(entry);
  const url = URL.parse(isURL ? entry : `http://${entry}`);
  if (url === null || url.username !== "" || url.password !== "" || url.hostname === "") return undefined;
  // Without a scheme nothing may follow the port.
  if (!isURL && (url.pathname !== "/" || url.search !== "" || url.hash !== "" || /[/?#*]/.test(entry))) return undefined;
  // The parser leaves out the usual port, which the text may state.
  const stated = isURL || /:\d+$/.test(entry);
  const port = stated ? portOf(url) : undefined;
  const ip = readAddress(url.hostname);
  return {
    ...(ip === undefined ? { host: normalizedName(url.hostname) } : { range: single(ip) }),
    ...(port === undefined ? {} : { port }),
  };
}

function single(ip: IP): [IP, number] {
  return [ip, ip.kind() === "ipv4" ? 32 : 128];
}

/** The length of a prefix whose address is read as IPv4. */
function mappedLength([address, bits]: [IP, number]): number {
  return address.kind() === "ipv6" && ipaddr.process(address.toString()).kind() === "ipv4" ? Math.max(0, bits - 96) : bits;
}

function normalizedName(host: string): string {
  return host.toLowerCase().replace(/\.$/, "");
}

/** In the shortest form: an IPv4 address that IPv6 carries is one of IPv4. Undefined: a name. */
function readAddress(text: string): IP | undefined {
  const bare = text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
  // The library also reads `127.1` and `0x7f000001`, which URLs have in their usual form already.
  if (!/^(?:\d+\.\d+\.\d+\.\d+|[\da-f:.]*:[\da-f:.]*)$/i.test(bare) || !ipaddr.isValid(bare)) return undefined;
  const ip = ipaddr.process(bare);
  // `::` and `::1` are in the second prefix, too, and have a meaning of their own.
  const isSpecial = ip.range() === "unspecified" || ip.range() === "loopback";
  const hasIPv4 = ip.kind() === "ipv6" && !isSpecial && IPV4_PREFIXES.some((prefix) => ip.match(prefix));
  return hasIPv4 ? new ipaddr.IPv4(ip.toByteArray().slice(12)) : ip;
}

function isPublic(ip: IP): boolean {
  return ip.range() === "unicast" && ip.toString() !== AZURE_METADATA;
}

function isWithin(ip: IP, range: [IP, number] | undefined): boolean {
  return range !== undefined && range[0].kind() === ip.kind() && ip.match(range);
}
