import { hostOf, portOf } from "../socket-address.ts";

/** The error code for an address that a connection may not reach. Used like Node's codes for failed connections. */
export const ADDRESS_NOT_ALLOWED = "ERR_ADDRESS_NOT_ALLOWED";

/** The checks of the doctor below HTTP. Browsers cannot make them; `nodeNetwork` of `@lumiverse/connections/node` can. */
export interface Network {
  /** The addresses of a name, or the code of the failure, such as `ENOTFOUND`. */
  lookup(host: string): Promise<{ addresses: readonly string[]; code?: undefined } | { code: string; addresses?: undefined }>;
  /** Opens and closes a TCP connection. The code of the failure, such as `ECONNREFUSED`, or undefined. */
  reach(host: string, port: number): Promise<string | undefined>;
  /** Makes a TLS handshake. The code of the failure, such as `CERT_HAS_EXPIRED`, or undefined. */
  handshake(host: string, port: number): Promise<string | undefined>;
  /** The status of a GET without a key. Unlike `fetch`, it sees the 407 of a proxy. Undefined: no answer. */
  status(url: URL): Promise<number | undefined>;
  /** True when the port of an http address speaks HTTP/2 without TLS. Absent: not examined. */
  speaksHttp2?(url: URL): Promise<boolean>;
  /** True when this process runs in a container. */
  isContainer(): Promise<boolean>;
  /** The TLS alert with which the server ends a connection after the handshake, such as `ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED`, or undefined. */
  lateAlert?(host: string, port: number): Promise<string | undefined>;
  /** Opens and closes a tunnel to the address through the proxy that `proxy` names. Undefined: it cannot be tried, because that is no HTTP proxy. */
  tunnel?(url: URL): Promise<Tunnel | undefined>;
  /** The environment variable that names a proxy for this address, and whether this process sends its requests through it. */
  proxy?(url: URL): UsedProxy | undefined;
}

export interface UsedProxy {
  /** Such as `HTTPS_PROXY`. */
  variable: string;
  isUsed: boolean;
}

export interface Tunnel {
  /** True when the proxy itself accepted the connection. */
  isProxyReached: boolean;
  /** Why the tunnel was not opened: `HTTP 403`, or the code of a socket. Absent: it was opened. */
  failure?: string;
}

/** What the checks of an address showed. */
export interface NetworkEvidence {
  isContainer: boolean;
  lookupFailure?: string;
  reachFailure?: string;
  tlsFailure?: string;
  /** The status of a request that `fetch` reported as failed without a reason. */
  hiddenStatus?: number;
  /** True when the port makes no TLS handshake and answers plain http. */
  isPlain?: boolean;
  /** True when the port of an http address makes a TLS handshake. */
  isSecure?: boolean;
  /** True when the port of an http address speaks HTTP/2 without TLS, which `fetch` does not. */
  isHttp2?: boolean;
  /** The addresses of the name. */
  addresses?: readonly string[];
  /** True for a name without an IPv4 address. */
  isIPv6Only?: boolean;
  /** How the server ended a connection after the TLS handshake. */
  lateAlert?: string;
  proxy?: UsedProxy;
  /** Whether the proxy leads to the address. Only examined when that decides the cause. */
  tunnel?: Tunnel;
  /** Addresses of this machine at which the same port does answer. */
  answersAt: readonly string[];
}

/** Names of this machine and, from inside a container, of its host. */
const LOOPBACK = ["127.0.0.1", "[::1]"];
const CONTAINER_HOSTS = ["host.docker.internal", "host.containers.internal"];

export async function examineNetwork(network: Network, url: URL): Promise<NetworkEvidence> {
  const isContainer = await network.isContainer();
  const named = network.proxy?.(url);
  // Node sends even requests to this machine through a proxy. One that is not used leads nowhere near them.
  const proxy = named?.isUsed === false && isLocal(url.hostname) ? undefined : named;
  const common = { isContainer, answersAt: [], ...(proxy === undefined ? {} : { proxy }) };
  // A proxy looks up names and opens ports itself.
  if (proxy?.isUsed === true) return common;
  /** Whether the proxy that is not used would help. */
  const unused = async (): Promise<Pick<NetworkEvidence, "tunnel">> => (proxy === undefined ? {} : tunnelOf(network, url));
  const [host, port] = [hostOf(url), portOf(url)];
  const found = await network.lookup(host);
  if (found.code !== undefined) return { ...common, lookupFailure: found.code, ...(await unused()) };
  const seen = { ...common, addresses: found.addresses, isIPv6Only: found.addresses.every((address) => address.includes(":")) };
  const reachFailure = await network.reach(host, port);
  if (reachFailure !== undefined)
    return { ...seen, reachFailure, answersAt: await otherAddresses(network, url, port, isContainer), ...(await unused()) };
  const tlsFailure = url.protocol === "https:" ? await network.handshake(host, port) : undefined;
  if (tlsFailure === undefined) return seen;
  // A server of plain HTTP may not answer a handshake. A port that shows a certificate does not speak plain HTTP.
  const isPlain = !showsCertificate(tlsFailure) && (await network.status(plainly(url, port))) !== undefined;
  return { ...seen, tlsFailure, isPlain };
}

/** The evidence of `tunnel`. None where the tunnel cannot be examined. */
export async function tunnelOf(network: Network, url: URL): Promise<Pick<NetworkEvidence, "tunnel">> {
  const tunnel = await orNothing(async () => network.tunnel?.(url));
  return tunnel === undefined ? {} : { tunnel };
}

/** A check of the network that fails says nothing, and the examination goes on without it. */
export async function orNothing<T>(check: () => Promise<T>): Promise<T | undefined> {
  try {
    return await check();
  } catch {
    return undefined;
  }
}

type SilenceEvidence = Pick<NetworkEvidence, "hiddenStatus" | "isHttp2" | "isSecure" | "lateAlert">;

/** Examines an address that accepts connections and gave no answer. */
export async function examineSilence(network: Network, url: URL, proxy?: UsedProxy): Promise<SilenceEvidence> {
  return (await orNothing(() => silenceOf(network, url, proxy))) ?? {};
}

async function silenceOf(network: Network, url: URL, proxy: UsedProxy | undefined): Promise<SilenceEvidence> {
  const hiddenStatus = await network.status(url);
  if (hiddenStatus !== undefined) return { hiddenStatus };
  // The checks below connect without the proxy.
  if (proxy?.isUsed === true) return {};
  const [host, port] = [hostOf(url), portOf(url)];
  if (url.protocol === "https:") {
    const lateAlert = await network.lateAlert?.(host, port);
    return lateAlert === undefined ? {} : { lateAlert };
  }
  if ((await network.speaksHttp2?.(url)) === true) return { isHttp2: true };
  const failure = await network.handshake(host, port);
  return { isSecure: failure === undefined || showsCertificate(failure) };
}

function showsCertificate(tlsFailure: string): boolean {
  return /CERT|SIGNED|SIGNATURE/.test(tlsFailure);
}

async function otherAddresses(network: Network, url: URL, port: number, isContainer: boolean): Promise<string[]> {
  if (!isLocal(url.hostname)) return [];
  const candidates = [...LOOPBACK.filter((one) => one !== url.hostname), ...(isContainer ? CONTAINER_HOSTS : [])];
  const answers = await Promise.all(
    candidates.map(async (host) => ((await network.reach(hostOf({ hostname: host }), port)) === undefined ? host : undefined)),
  );
  return answers.flatMap((host) => (host === undefined ? [] : [withHost(url, host)]));
}

function plainly(url: URL, port: number): URL {
  const plain = new URL(url);
  plain.protocol = "http:";
  plain.port = String(port);
  return plain;
}

function withHost(url: URL, host: string): string {
  const other = new URL(url);
  other.hostname = host;
  return other.href.replace(/\/$/, "");
}

/** True for names and addresses of this machine. */
export function isLocal(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || hostname === "[::]" || hostname === "0.0.0.0" || /^127\./.test(hostname);
}
