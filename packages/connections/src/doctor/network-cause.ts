/** Why a request got no answer. */
import type { CauseId } from "./causes.ts";
import type { Evidence, Finding, Found } from "./evidence.ts";
import { ADDRESS_NOT_ALLOWED, isLocal, type NetworkEvidence, type UsedProxy } from "./network.ts";
import type { RecordedRequest } from "./recorder.ts";

/** By the codes of Node's and undici's errors: https://nodejs.org/api/errors.html, https://undici.nodejs.org */
const NETWORK_CODES: readonly (readonly [RegExp, CauseId])[] = [
  [new RegExp(`^${ADDRESS_NOT_ALLOWED}$`), "address-not-allowed"],
  [/^(?:ENOTFOUND|ENODATA)$/, "host-not-found"],
  [/^(?:EAI_AGAIN|EAI_FAIL)$/, "dns-unavailable"],
  [/^CERT_HAS_EXPIRED$/, "certificate-expired"],
  [/^CERT_NOT_YET_VALID$/, "certificate-not-yet-valid"],
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?)|CERT_UNTRUSTED)$/,
    "certificate-untrusted",
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "certificate-name"],
  [
    /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$|wrong version number|packet length too long|http request/i,
    "plain-server",
  ],
  [/no[ _]application[ _]protocol/i, "http2-only"],
  [/certificate[ _]required|bad[ _]certificate\b/i, "client-certificate"],
  [
    /alert[ _](?:protocol[ _]version|handshake[ _]failure|insufficient[ _]security)|unsupported[ _]protocol|no[ _]protocols[ _]available|key[ _]too[ _]small|unsafe[ _]legacy/i,
    "tls-incompatible",
  ],
  [/^ERR_SSL_/, "tls-refused"],
  [/^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|UND_ERR_CONNECT_TIMEOUT)$/, "unreachable"],
  // https://fetch.spec.whatwg.org/#port-blocking
  [/^bad port$/, "port-blocked"],
  [/^HPE_|does not match the HTTP\/1\.1 protocol/, "not-http"],
  [/^UND_ERR_HEADERS_OVERFLOW$/, "answer-unreadable"],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED)$/, "connection-closed"],
];

export function networkCause(request: RecordedRequest | undefined, evidence: Evidence): Found {
  if (request === undefined) return undefined;
  const { network, isBrowser, isVendor } = evidence;
  // The request's own codes come first: the checks before it may have taken another way, such as one without a proxy.
  const codes = [
    ...(request.failure ?? []),
    ...[network?.lookupFailure, network?.reachFailure, network?.tlsFailure, network?.lateAlert].filter((code) => code !== undefined),
  ];
  if (network?.hiddenStatus === 407) return { cause: "proxy-login" };
  const refusal = proxyRefusal(codes, network);
  if (refusal !== undefined) return refusal;
  if (network?.isHttp2 === true) return { cause: "http2-only" };
  if (network?.isPlain === true) return { cause: "plain-server" };
  if (network?.isSecure === true) return { cause: "secure-server" };
  const unreached = unreachedCause(codes, evidence);
  if (unreached !== undefined) return unreached;
  for (const [pattern, cause] of NETWORK_CODES) {
    if (!codes.some((code) => pattern.test(code))) continue;
    // A vendor's own host exists, so the lookup itself failed.
    return { cause: cause === "host-not-found" && isVendor ? "dns-unavailable" : cause };
  }
  // Browsers do not tell a page why a request failed.
  return isBrowser && request.failure !== undefined ? { cause: "cors" } : undefined;
}

const UNREACHED =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EAI_FAIL|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|UND_ERR_CONNECT_TIMEOUT)$/;

/** What undici says when the proxy refuses CONNECT, or the port belongs to no SOCKS proxy. */
const PROXY_REFUSAL = /Proxy response \((\d+)\)|SOCKS/;

function proxyRefusal(codes: readonly string[], network: NetworkEvidence | undefined): Found {
  if (network?.proxy?.isUsed !== true) return undefined;
  const refusal = codes.map((code) => PROXY_REFUSAL.exec(code)).find((match) => match !== null);
  if (refusal === undefined) return undefined;
  const [said, status] = refusal;
  return tunnelCause(network.proxy, status === undefined ? `it is no ${said} proxy` : `HTTP ${status}`);
}

/** Why the proxy opened no tunnel. `failure`: as in `Tunnel`. */
export function tunnelCause({ variable }: UsedProxy, failure: string): Finding {
  if (failure === "HTTP 407") return { cause: "proxy-login", details: {} };
  // The proxy has tried: https://www.rfc-editor.org/rfc/rfc9110#section-15.6
  const hasTried = /^HTTP 5/.test(failure);
  return { cause: hasTried ? "unreachable" : "proxy-refused", details: { field: variable, said: failure } };
}

function unreachedCause(codes: readonly string[], evidence: Evidence): Found {
  if (!codes.some((code) => UNREACHED.test(code))) return undefined;
  const { network } = evidence;
  if (network?.proxy?.isUsed === true) return { cause: "proxy-unreachable", details: { field: network.proxy.variable } };
  if (network?.proxy !== undefined && wouldProxyHelp(codes, evidence))
    return { cause: "proxy-unused", details: { field: network.proxy.variable } };
  if (network?.isIPv6Only === true && codes.some((code) => /^(?:ENETUNREACH|EHOSTUNREACH|EADDRNOTAVAIL)$/.test(code)))
    return { cause: "ipv6-only" };
  return codes.includes("ECONNREFUSED") ? refusedCause(evidence) : undefined;
}

/** Whether the proxy that is not used leads to the host. Where that could not be tried: whether something else than the host itself refuses. */
function wouldProxyHelp(codes: readonly string[], { network, isVendor }: Evidence): boolean {
  if (network?.tunnel !== undefined) return network.tunnel.failure === undefined;
  return isVendor || !codes.includes("ECONNREFUSED");
}

/** Addresses of no host, with which filters for names answer. */
const NO_HOST: readonly string[] = ["0.0.0.0", "::"];

function refusedCause({ network, host: { hostname }, isVendor }: Evidence): Found {
  if (!isLocal(hostname)) {
    const isOwn = (address: string): boolean => isLocal(address.includes(":") ? `[${address}]` : address);
    const blocked = (network?.addresses ?? []).filter((address) => (isVendor ? isOwn(address) : NO_HOST.includes(address)));
    return blocked.length === 0 ? { cause: "nothing-listens" } : { cause: "name-blocked", details: { instead: blocked } };
  }
  const answersAt = network?.answersAt ?? [];
  if (network?.isContainer === true && (answersAt.length === 0 || answersAt.every((url) => !isLocal(new URL(url).hostname))))
    return { cause: "container-localhost", details: answersAt.length === 0 ? {} : { instead: answersAt } };
  return answersAt.length === 0 ? { cause: "nothing-listens" } : { cause: "other-address", details: { instead: answersAt } };
}
