/** Keeps the connections of a shared console away from addresses that only this machine or its network should reach. */
import { lookup as lookupAddress } from "node:dns/promises";
import { isIP, type LookupFunction, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { LumiverseError } from "@lumiverse/core";
import type { Agent, buildConnector } from "undici";
import { ADDRESS_NOT_ALLOWED, type Network } from "../doctor/network.ts";
import { nodeNetwork, socketCode } from "../doctor/node-network.ts";
import { hostOf, portOf } from "../socket-address.ts";
import { type AllowedAddresses, allowedAddresses } from "./allowed-addresses.ts";

export interface OutboundGuardOptions {
  /**
   * What may be reached although it is not public: addresses, ranges, names or URLs of servers, with or without a port, such as `10.0.0.0/8`,
   * `ollama.internal` or `localhost:11434`. Default: nothing.
   */
  allow?: readonly string[];
  /** What the operator does to allow an address, for the hint of a refusal. Default: `Add it to "allow" of createOutboundGuard`. */
  hint?: string;
  /** All addresses of a name. Default: the resolver of the operating system. */
  lookup?: (host: string) => Promise<readonly ResolvedAddress[]>;
}

/** An address of a name. */
export interface ResolvedAddress {
  address: string;
  /** 4 or 6. */
  family: number;
}

/** Requests that reach public addresses, and those that the operator allows. */
export interface OutboundGuard {
  /**
   * For `connect.fetch` of `createProfiles`, which every call, model list, key check, balance, sign-in and diagnosis uses. The address is checked when a socket is
   * opened, after the name was resolved, so neither a name that changes its address nor a redirect gets past it. Requests go straight to their host: a proxy of
   * the environment is not used. There is no time limit. Rejects with LumiverseError `configuration` for an address that is not allowed.
   */
  fetch: typeof fetch;
  /** For the doctor. An address that is not allowed fails with the code `ERR_ADDRESS_NOT_ALLOWED`. */
  network: Network;
  /** Ends open requests and sockets. */
  close(): Promise<void>;
}

/** The error for an address that is not allowed. The message names the host of the URL, not the address that it resolved to. */
class AddressNotAllowedError extends Error {
  readonly code = ADDRESS_NOT_ALLOWED;

  constructor(host: string) {
    super(`${host} is an address of this machine or of a private network, which connections of this server may not reach`);
    this.name = "AddressNotAllowedError";
  }
}

/** @throws ConnectionsError `invalid` for an entry of `allow` that cannot be read */
export function createOutboundGuard({ allow, hint, lookup = systemLookup }: OutboundGuardOptions = {}): OutboundGuard {
  const allowed = allowedAddresses(allow);
  let opened: Promise<Client> | undefined;
  const client = (): Promise<Client> => (opened ??= openClient(allowed, lookup));
  return {
    fetch: guardedFetch(client, hint),
    network: guardedNetwork(client),
    close: async () => void (await (await opened)?.agent.destroy()),
  };
}

function guardedFetch(client: () => Promise<Client>, hint = 'Add it to "allow" of createOutboundGuard'): typeof fetch {
  return async (input, init) => {
    try {
      return await send(input, init, await client());
    } catch (cause) {
      const refusal = addressNotAllowedIn(cause);
      if (refusal === undefined) throw cause;
      throw new LumiverseError({ code: "configuration", field: "baseURL", message: refusal.message, hint, cause: refusal });
    }
  };
}

function guardedNetwork(client: () => Promise<Client>): Network {
  const connect = async (hostname: string, port: number, protocol: "http:" | "https:"): Promise<Socket> => {
    const { connector } = await client();
    return new Promise((resolve, reject) => {
      connector({ hostname, host: hostname, protocol, port: String(port) }, (...[failure, socket]) =>
        failure === null ? resolve(socket) : reject(failure),
      );
    });
  };
  return {
    lookup: nodeNetwork.lookup,
    isContainer: nodeNetwork.isContainer,
    reach: (host, port) => failureOf(connect(host, port, "http:")),
    handshake: (host, port) => failureOf(connect(host, port, "https:")),
    status: async (url) => {
      try {
        const { undici, agent } = await client();
        const { statusCode, body } = await undici.request(url, { dispatcher: agent, signal: AbortSignal.timeout(TIMEOUT_MS) });
        await body.dump();
        return statusCode;
      } catch {
        return undefined;
      }
    },
  };
}

/** Milliseconds for a question of the doctor and for opening a socket. */
const TIMEOUT_MS = 5000;

interface Client {
  undici: typeof import("undici");
  connector: buildConnector.connector;
  agent: Agent;
}

/** Loads undici for the first request: it has over a hundred modules, and most programs that load this file have no guard. */
async function openClient(allowed: AllowedAddresses, lookup: NonNullable<OutboundGuardOptions["lookup"]>): Promise<Client> {
  const undici = await import("undici");
  const connector = guardedConnector(undici, allowed, lookup);
  return { undici, connector, agent: new undici.Agent({ connect: connector, headersTimeout: 0, bodyTimeout: 0 }) };
}

/** Resolves a name once, leaves out what is not allowed, and connects to what is left. */
function guardedConnector(
  undici: Client["undici"],
  allowed: AllowedAddresses,
  lookup: NonNullable<OutboundGuardOptions["lookup"]>,
): buildConnector.connector {
  const addressesOf = async (host: string, port: number): Promise<readonly ResolvedAddress[]> => {
    const family = isIP(host);
    const all = family === 0 ? await lookup(host) : [{ address: host, family }];
    const own = ownAddresses();
    const usable = all.filter(({ address }) => allowed.allows(host, address, port, own));
    if (usable.length === 0) throw new AddressNotAllowedError(host);
    return usable;
  };
  return (options, callback) => {
    addressesOf(hostOf(options), portOf(options)).then(
      (addresses) => undici.buildConnector({ timeout: TIMEOUT_MS, lookup: pinned(addresses) })(options, callback),
      (cause: Error) => callback(cause, null),
    );
  };
}

/** A lookup whose answer was decided beforehand. */
function pinned(addresses: readonly ResolvedAddress[]): LookupFunction {
  return (_host, { all = false }, callback) => {
    const [first] = addresses;
    if (all || first === undefined) callback(null, [...addresses]);
    else callback(null, first.address, first.family);
  };
}

async function systemLookup(host: string): Promise<readonly ResolvedAddress[]> {
  return lookupAddress(host, { all: true });
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}

/** Through undici's own `fetch`, because that of Node takes a dispatcher of its own version only. */
async function send(input: Parameters<typeof fetch>[0], init: RequestInit | undefined, { undici, agent }: Client): Promise<Response> {
  const request = input instanceof Request ? new Request(input, init) : undefined;
  const url = request?.url ?? String(input);
  const options =
    request === undefined
      ? init
      : {
          ...init,
          method: request.method,
          headers: [...request.headers],
          body: request.body,
          redirect: request.redirect,
          signal: request.signal,
          duplex: "half",
        };
  // Both sides declare the same standard, with types of their own.
  return (await undici.fetch(url, { ...(options as Parameters<typeof undici.fetch>[1]), dispatcher: agent })) as unknown as Response;
}

function addressNotAllowedIn(cause: unknown): AddressNotAllowedError | undefined {
  for (let at = cause, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++)
    if (at instanceof AddressNotAllowedError) return at;
  return undefined;
}

async function failureOf(opening: Promise<Socket>): Promise<string | undefined> {
  try {
    (await opening).destroy();
    return undefined;
  } catch (cause) {
    return socketCode(cause);
  }
}
