import type { ChatRequest } from "./chat.ts";
import { isSecretHeader, type State } from "./connect.ts";
import type { Prepared } from "./prepare.ts";
import type { WireRequest } from "./provider.ts";

/** Headers of a call: the route's, the wire's, the connection's, the call's, and the key unless the caller brought an own credential. */
export function headersFor(
  state: State,
  prepared: { route: Pick<Prepared["route"], "headers" | "credential">; rendered: { request: WireRequest } },
  request: Pick<ChatRequest, "headers">,
): Record<string, string> | Promise<Record<string, string>> {
  const { route, rendered } = prepared;
  const headers: Record<string, string> = rendered.request.body === undefined ? {} : { "content-type": "application/json" };
  let own = false;
  for (const [group, theirs] of [
    [route.headers],
    [rendered.request.headers],
    [state.options.headers, true],
    [request.headers, true],
  ] as const) {
    for (const name of Object.keys(group ?? {})) {
      headers[name.toLowerCase()] = group?.[name] ?? "";
      if (theirs === true && isSecretHeader(name)) {
        own ||= isCredential(state.provider, name);
        state.addSecret(group?.[name]?.replace(/^bearer\s+/i, ""));
      }
    }
  }
  if (own || route.credential === "never") return headers;
  const credential = credentialHeaders(state);
  return credential instanceof Promise ? credential.then((late) => ({ ...headers, ...late })) : { ...headers, ...credential };
}

/** A header that takes the key's place. Another secret (a gateway's token, a cookie) goes beside the key. */
export function isCredential({ credential }: State["provider"], name: string): boolean {
  return /^authorization$/i.test(name) || (credential.kind === "api-key" && credential.header?.toLowerCase() === name.toLowerCase());
}

function credentialHeaders(state: State): Record<string, string> | Promise<Record<string, string>> {
  const { provider, key } = state;
  const { credential } = provider;
  if (key === undefined) {
    if (credential.kind === "none" || !credential.required || !state.own) return {};
    return import("./failure.ts").then(({ noKey }) => Promise.reject(noKey(state)));
  }
  if (credential.kind === "service-account") return tokenHeaders(state, key);
  if (credential.kind === "none") return {};
  const header = credential.header ?? "authorization";
  return { [header]: `${credential.prefix ?? (header === "authorization" ? "Bearer " : "")}${key}` };
}

async function tokenHeaders(state: State, key: string): Promise<Record<string, string>> {
  const { tokenOf } = await import("./authorize.ts");
  const { headers } = await tokenOf(state, key);
  for (const value of Object.values(headers)) state.addSecret(value.replace(/^bearer\s+/i, ""));
  return headers;
}
