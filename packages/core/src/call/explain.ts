import { isLumiverseError } from "../chat/errors.ts";
import { definedFields, type JsonObject } from "../chat/json.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { Usage } from "../chat/usage.ts";
import type { PrefixDiff } from "../contract/call.ts";
import { completeError } from "../http/complete-error.ts";
import { isShownHeader, shownURL } from "../http/secrets.ts";
import { diffPrefix } from "../request/prefix-diff.ts";
import { type PreparedCall, prepareCall } from "../request/prepare.ts";
import { validateFields } from "../request/validate.ts";
import type { ExplainOptions, Explanation } from "./connection.ts";
import { costOnConnection } from "./connection-cost.ts";
import { type ConnectionState, callFor } from "./connection-state.ts";
import { hasOwnCredential, keyHeader } from "./credentials.ts";
import { unpreparable } from "./read-failure.ts";

/** Prepares a request as `stream` would and returns it unsent. @throws LumiverseError */
export async function explain(state: ConnectionState, request: ChatRequest, options: ExplainOptions = {}): Promise<Explanation> {
  try {
    validateFields(request);
    if (options.previous !== undefined) validateFields(options.previous);
    return await prepareExplanation(state, request, options);
  } catch (cause) {
    const error = isLumiverseError(cause) ? cause : unpreparable(cause, request);
    throw completeError(error, state.provider.id, state.redact);
  }
}

async function prepareExplanation(
  state: ConnectionState,
  request: ChatRequest,
  { streaming = true, previous }: ExplainOptions,
): Promise<Explanation> {
  const prepare = async (one: ChatRequest): Promise<PreparedCall> =>
    prepareCall(state.provider, await callFor(state, one, { streaming, server: state.knownServer }), state.liveCapabilities);
  const prepared = await prepare(request);
  const { route, rendered, notes, checked } = prepared;
  const body = rendered.request.body ?? {};
  const inputTokens = Math.ceil(jsonLength(body) / 4);
  const usage: Usage = { input: inputTokens, output: request.maxOutputTokens ?? 0, completeness: "unknown" };
  const cost = await costOnConnection(state, prepared, { usage });
  const cache = typeof rendered.cache === "function" ? await rendered.cache() : rendered.cache;
  const diff = previous === undefined ? {} : await comparePrefix(await prepare(previous), prepared);
  return {
    url: shownURL(rendered.request.url, state.redact),
    method: rendered.request.method,
    headers: maskedHeaders(state, request, prepared),
    body,
    protocol: route.protocol.id,
    capabilities: route.capabilities,
    notes,
    estimate: { inputTokens, ...definedFields({ cost }) },
    ...definedFields({ cache }),
    ...(diff.at === undefined ? {} : { prefixBreak: { at: diff.at, because: diff.because ?? "it differs" } }),
    ...definedFields({ cacheReasons: diff.reasons, server: checked.server }),
  };
}

/** A text of at least this length is counted without its JSON: it is an image, of which the JSON would be a copy. */
const LONG_TEXT = 10_000;

/** Characters of the body as JSON. */
function jsonLength(body: JsonObject): number {
  let long = 0;
  const rest = JSON.stringify(body, (_, value: unknown) => {
    if (typeof value !== "string" || value.length < LONG_TEXT) return value;
    long += value.length;
    return "";
  });
  return rest.length + long;
}

/** The headers, with every value replaced that may be a secret. No token is exchanged for this. */
function maskedHeaders(state: ConnectionState, request: ChatRequest, { route, rendered }: PreparedCall): Record<string, string> {
  const headers: Record<string, string> = rendered.request.body === undefined ? {} : { "content-type": "application/json" };
  for (const group of [route.headers, rendered.request.headers, state.options.headers, request.headers])
    for (const [name, value = ""] of Object.entries<string | undefined>(group ?? {}))
      headers[name.toLowerCase()] = isShownHeader(name) ? state.redact(value) : "(given in headers)";
  const { credential } = state.provider;
  if (state.key === undefined || route.credential === "never" || hasOwnCredential(state, request.headers)) return headers;
  if (credential.kind === "service-account") headers["authorization"] = "Bearer (signed token of the service account)";
  else if (credential.kind === "api-key") {
    const { name, prefix } = keyHeader(credential);
    headers[name] = `${prefix}(key)`;
  }
  return headers;
}

/** Compares by the protocol's own cache rules where it has them, otherwise by the bodies. */
async function comparePrefix(previous: PreparedCall, next: PreparedCall): Promise<PrefixDiff> {
  const { protocol } = next.route;
  if (protocol.diffPrefix === undefined || previous.route.protocol.id !== protocol.id)
    return diffPrefix(previous.rendered.request.body ?? {}, next.rendered.request.body ?? {});
  return protocol.diffPrefix({ previous: previous.rendered, next: next.rendered });
}
