import type { ChatRequest } from "../chat/request.ts";
import type { Route } from "../contract/call.ts";
import type { HttpRequest } from "../contract/http.ts";
import type { Provider } from "../contract/provider.ts";
import type { ConnectionState } from "./connection-state.ts";
import { noKeyError } from "./key-hints.ts";
import { authorizationFor } from "./token-cache.ts";

type Headers = Record<string, string>;

/** All headers of a request: the route's, the protocol's, the connection's, the call's, and the key unless the caller passed a credential header. */
export function headersFor(
  state: ConnectionState,
  route: Pick<Route, "headers" | "credential">,
  request: HttpRequest,
  ofCall: ChatRequest["headers"],
): Headers | Promise<Headers> {
  const headers: Headers = request.body === undefined ? {} : { "content-type": "application/json" };
  for (const group of [route.headers, request.headers, state.options.headers, ofCall]) setHeaders(headers, group);
  if (route.credential === "never" || hasOwnCredential(state, ofCall)) return headers;
  const credential = credentialHeaders(state);
  return credential instanceof Promise ? credential.then((later) => ({ ...headers, ...later })) : { ...headers, ...credential };
}

function setHeaders(headers: Headers, group: Readonly<Headers> | undefined): void {
  for (const [given, value] of Object.entries<string | undefined>(group ?? {})) {
    const name = given.toLowerCase();
    // fetch would send the text "undefined". It counts the body itself, and never returns when another length was given.
    if (value !== undefined && name !== "content-length") headers[name] = value;
  }
}

/** True when the caller passed a header that takes the key's place. Other secrets (a gateway's token, a cookie) are sent in addition to the key. */
export function hasOwnCredential({ provider, options }: ConnectionState, ofCall: ChatRequest["headers"]): boolean {
  return [options.headers, ofCall].some((group) => Object.keys(group ?? {}).some((name) => isCredentialHeader(provider, name)));
}

function isCredentialHeader({ credential }: Provider, name: string): boolean {
  return /^authorization$/i.test(name) || (credential.kind === "api-key" && credential.header?.toLowerCase() === name.toLowerCase());
}

function credentialHeaders(state: ConnectionState): Headers | Promise<Headers> {
  const { provider, key, isVendorOrigin } = state;
  const { credential } = provider;
  if (key === undefined) {
    if (credential.kind === "none" || !credential.required || !isVendorOrigin) return {};
    throw noKeyError(state);
  }
  if (credential.kind === "service-account") return tokenHeaders(state, key);
  if (credential.kind === "none") return {};
  const { name, prefix } = keyHeader(credential);
  return { [name]: prefix + key };
}

/** The header that carries an API key, and the text before the key. */
export function keyHeader({ header = "authorization", prefix }: { header?: string; prefix?: string }): { name: string; prefix: string } {
  return { name: header, prefix: prefix ?? (header === "authorization" ? "Bearer " : "") };
}

async function tokenHeaders(state: ConnectionState, key: string): Promise<Headers> {
  return (await authorizationFor(state, key)).headers;
}
