import { costOf } from "../capabilities/cost.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { Cost } from "../chat/usage.ts";
import type { PrefixDiff } from "../contract/call.ts";
import { isSecretHeader } from "../http/secrets.ts";
import { diffPrefix } from "../request/prefix-diff.ts";
import { type PreparedCall, prepareCall } from "../request/prepare.ts";
import type { ExplainOptions } from "./connection.ts";
import { type ConnectionState, callFor } from "./connection-state.ts";
import { hasOwnCredential, keyHeader } from "./credentials.ts";
import type { Explanation } from "./explanation.ts";

/** Prepares a request as `stream` would and returns it unsent. */
export async function explain(
  state: ConnectionState,
  request: ChatRequest,
  { streaming = true, previous }: ExplainOptions = {},
): Promise<Explanation> {
  const prepare = async (one: ChatRequest): Promise<PreparedCall> =>
    prepareCall(state.provider, await callFor(state, one, { streaming, degradations: state.knownDegradations }));
  const prepared = await prepare(request);
  const { route, rendered, notes, checked } = prepared;
  const body = rendered.request.body ?? {};
  const inputTokens = Math.ceil(JSON.stringify(body).length / 4);
  const cost = await estimateCost(state, request, inputTokens);
  const diff = previous === undefined ? {} : comparePrefix(await prepare(previous), prepared);
  return {
    url: state.redact(rendered.request.url.href),
    method: rendered.request.method,
    headers: maskedHeaders(state, request, prepared),
    body,
    protocol: route.protocol.id,
    capabilities: route.capabilities,
    notes,
    estimate: { inputTokens, ...(cost === undefined ? {} : { cost }) },
    ...(rendered.cache === undefined ? {} : { cache: rendered.cache }),
    ...(diff.at === undefined ? {} : { prefixBreak: { at: diff.at, because: diff.because ?? "it differs" } }),
    ...(diff.reasons === undefined ? {} : { cacheReasons: diff.reasons }),
    ...(checked.server === undefined ? {} : { server: checked.server }),
  };
}

/** The headers with every secret replaced. No token is exchanged for this. */
function maskedHeaders(state: ConnectionState, request: ChatRequest, { route, rendered }: PreparedCall): Record<string, string> {
  const headers: Record<string, string> = rendered.request.body === undefined ? {} : { "content-type": "application/json" };
  for (const group of [route.headers, rendered.request.headers, state.options.headers, request.headers])
    for (const [name, value] of Object.entries(group ?? {}))
      headers[name.toLowerCase()] = isSecretHeader(name) ? "(given in headers)" : state.redact(value);
  const { credential } = state.provider;
  if (state.key === undefined || route.credential === "never" || hasOwnCredential(state, request.headers)) return headers;
  if (credential.kind === "service-account") headers["authorization"] = "Bearer (signed token of the service account)";
  else if (credential.kind === "api-key") {
    const { name, prefix } = keyHeader(credential);
    headers[name] = `${prefix}(key)`;
  }
  return headers;
}

async function estimateCost(state: ConnectionState, request: ChatRequest, inputTokens: number): Promise<Cost | undefined> {
  if (!state.isVendorOrigin) return undefined;
  return costOf(await state.catalogue(), request.model, {
    input: inputTokens,
    output: request.maxOutputTokens ?? 0,
    completeness: "unknown",
  });
}

/** Compares by the protocol's own cache rules where it has them, otherwise by the bodies. */
function comparePrefix(previous: PreparedCall, next: PreparedCall): PrefixDiff {
  const { protocol } = next.route;
  if (protocol.diffPrefix === undefined || previous.route.protocol.id !== protocol.id)
    return diffPrefix(previous.rendered.request.body ?? {}, next.rendered.request.body ?? {});
  return protocol.diffPrefix({ previous: previous.rendered, next: next.rendered });
}
