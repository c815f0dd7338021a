/** The address of a client, also behind proxies. */
import type { IncomingMessage } from "node:http";
import { BlockList, isIP } from "node:net";
import type { ClientContext } from "../server/fetch-context.ts";

/**
 * Reads addresses: that of the socket or, where it is a trusted proxy's, the last one in `X-Forwarded-For` that is not a trusted proxy's. What a client itself
 * writes into that header stands before it, and is never believed.
 * @param trustedProxies Addresses, and ranges such as `10.0.0.0/8`
 * @throws RangeError for an entry that is neither
 */
export function clientAddresses(trustedProxies: readonly string[]): (request: IncomingMessage) => ClientContext {
  const trusted = new BlockList();
  for (const entry of trustedProxies) addTo(trusted, entry);
  const isTrusted = (address: string): boolean => trusted.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
  const read = ({ socket, headers }: IncomingMessage): string | undefined => {
    let address = plain(socket.remoteAddress ?? "");
    const stated = [headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
    while (address !== undefined && isTrusted(address)) {
      const before = plain(stated.pop()?.trim() ?? "");
      if (before === undefined) return address;
      address = before;
    }
    return address;
  };
  return (request) => new RequestClient(request, read);
}

/** Reads the address when it is asked for: calls of models do not need it. */
class RequestClient implements ClientContext {
  readonly #request: IncomingMessage;
  readonly #read: (request: IncomingMessage) => string | undefined;

  constructor(request: IncomingMessage, read: (request: IncomingMessage) => string | undefined) {
    this.#request = request;
    this.#read = read;
  }

  get clientAddress(): string | undefined {
    return this.#read(this.#request);
  }
}

/** An address without a port, brackets and the form of IPv4 in IPv6. Undefined for what is none. */
function plain(text: string): string | undefined {
  const withoutPort = /^\[(.*)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text;
  const address = withoutPort.replace(/^::ffff:(?=[\d.]+$)/i, "");
  return isIP(address) === 0 ? undefined : address;
}

function addTo(list: BlockList, entry: string): void {
  const [address = "", prefix] = entry.split("/");
  const version = isIP(address);
  const bits = Number(prefix);
  if (version === 0 || (prefix !== undefined && !(/^\d+$/.test(prefix) && bits <= (version === 6 ? 128 : 32))))
    throw new RangeError(`"${entry}" is no address of a proxy, and no range such as 10.0.0.0/8`);
  const family = version === 6 ? "ipv6" : "ipv4";
  if (prefix === undefined) list.addAddress(address, family);
  else list.addSubnet(address, bits, family);
}
