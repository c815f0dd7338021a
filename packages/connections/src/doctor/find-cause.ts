/** Names the cause of a failed chat, from the error and everything that was seen on the way. Sends nothing. */
import type { Account, Catalogue, KeyVerdict, LumiverseError, ModelInfo, Provider } from "@lumiverse/core";
import { nearestNames } from "../models/nearest.ts";
import type { CauseDetails, CauseId } from "./causes.ts";
import { ADDRESS_NOT_ALLOWED, isLocal, type NetworkEvidence } from "./network.ts";
import type { RecordedRequest } from "./recorder.ts";

/** Everything that was seen before the cause is named. */
export interface Evidence {
  provider: Provider;
  model: string;
  host: URL;
  isVendor: boolean;
  hasKey: boolean;
  /** The beginning of the key, for its shape. Never shown. */
  keyStart: string;
  /** True in a page. */
  isBrowser: boolean;
  network?: NetworkEvidence;
  verdict?: KeyVerdict;
  account?: Account;
  /** The live model list, where it could be read. */
  models?: readonly ModelInfo[];
  catalogue?: Catalogue;
  /** A base URL at the same host under which a model list answers. */
  betterBase?: string;
  /** Protocols that the server does speak, by the setting's value. */
  otherProtocols?: readonly string[];
  /** Seconds that the server's clock is ahead of this machine's. */
  skewSeconds?: number;
}

export interface Finding {
  cause: CauseId;
  details: Partial<CauseDetails>;
}

/** The cause of a chat that failed with this error. The first rule that applies decides, so the order is from the certain to the general. */
export function findCause(error: LumiverseError, request: RecordedRequest | undefined, evidence: Evidence): Finding {
  const details: Partial<CauseDetails> = {
    said: said(error, evidence.provider),
    hint: error.hint,
    ...(error.field === undefined ? {} : { field: error.field }),
  };
  const finding = (cause: CauseId, more: Partial<CauseDetails> = {}): Finding => ({ cause, details: { ...details, ...more } });
  const answered = request?.status !== undefined;
  const found =
    (!answered ? networkCause(request, evidence) : undefined) ??
    proxyCause(error, request, evidence) ??
    vendorCause(error, evidence) ??
    signingCause(error, request, evidence) ??
    modelCause(error, request, evidence) ??
    addressCause(error, request, evidence) ??
    keyCause(error, evidence) ??
    moneyCause(error, evidence);
  if (found !== undefined) return finding(found.cause, found.details);
  return finding(GENERAL[error.code] ?? "unknown", error.retryAfterMs === undefined ? {} : { seconds: error.retryAfterMs / 1000 });
}

/** What an error means when nothing more specific is known. */
const GENERAL: Readonly<Partial<Record<LumiverseError["code"], CauseId>>> = {
  authentication: "key-wrong",
  permission: "key-restricted",
  "insufficient-balance": "balance-empty",
  "rate-limit": "rate-limited",
  overloaded: "overloaded",
  "context-overflow": "context-too-small",
  "content-filter": "prompt-refused",
  "invalid-request": "setting-refused",
  unsupported: "setting-refused",
  "model-not-found": "model-not-found",
  "not-found": "wrong-path",
  timeout: "chat-timeout",
  truncated: "stream-cut",
  "malformed-response": "answer-unreadable",
  server: "server-error",
  configuration: "settings-invalid",
};

type Found = { cause: CauseId; details?: Partial<CauseDetails> } | undefined;

/** By the codes of Node's and undici's errors: https://nodejs.org/api/errors.html, https://undici.nodejs.org */
const NETWORK_CODES: readonly (readonly [RegExp, CauseId])[] = [
  [new RegExp(`^${ADDRESS_NOT_ALLOWED}$`), "address-not-allowed"],
  [/^ENOTFOUND$/, "host-not-found"],
  [/^EAI_AGAIN$/, "dns-unavailable"],
  [/^CERT_HAS_EXPIRED$/, "certificate-expired"],
  [/^CERT_NOT_YET_VALID$/, "clock-off"],
  [
    /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(?:_LOCALLY)?)|CERT_UNTRUSTED)$/,
    "certificate-untrusted",
  ],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, "certificate-name"],
  [
    /^ERR_SSL_(?:WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST)$|wrong version number|packet length too long|http request/i,
    "plain-server",
  ],
  [/^(?:ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|UND_ERR_CONNECT_TIMEOUT)$/, "unreachable"],
  [/^(?:HPE_INVALID_CONSTANT|HPE_INVALID_\w+)$/, "secure-server"],
  [/^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|ECONNABORTED)$/, "connection-closed"],
];

function networkCause(request: RecordedRequest | undefined, { network, isBrowser }: Evidence): Found {
  if (request === undefined) return undefined;
  // The request itself comes first: what was asked beforehand may have gone another way, such as around a proxy.
  const codes = [
    ...(request.failure ?? []),
    ...[network?.lookupFailure, network?.reachFailure, network?.tlsFailure].filter((code) => code !== undefined),
  ];
  if (network?.hiddenStatus === 407) return { cause: "proxy-login" };
  if (network?.isPlain === true) return { cause: "plain-server" };
  if (codes.includes("ECONNREFUSED")) return refusedCause(network);
  for (const [pattern, cause] of NETWORK_CODES) if (codes.some((code) => pattern.test(code))) return { cause };
  // A page is told nothing about why a request failed.
  return isBrowser && request.failure !== undefined ? { cause: "cors" } : undefined;
}

function refusedCause(network: NetworkEvidence | undefined): Found {
  const answersAt = network?.answersAt ?? [];
  if (network?.isContainer === true && (answersAt.length === 0 || answersAt.every((url) => !isLocal(new URL(url).hostname))))
    return { cause: "container-localhost", details: answersAt.length === 0 ? {} : { instead: answersAt } };
  return answersAt.length === 0 ? { cause: "nothing-listens" } : { cause: "other-address", details: { instead: answersAt } };
}

function proxyCause(error: LumiverseError, request: RecordedRequest | undefined, { host }: Evidence): Found {
  const { status, start = "" } = request ?? {};
  if (status === 407) return { cause: "proxy-login" };
  if (error.code === "network" && status !== undefined && status >= 300 && status < 400) return { cause: "redirected" };
  // nginx and Go's server answer a plain request on a TLS port in words.
  if (
    host.protocol === "http:" &&
    status === 400 &&
    /plain http request was sent to https port|http request to an https server/i.test(start)
  )
    return { cause: "secure-server" };
  if (status === 502 || status === 504) return /^\s*[{[]/.test(start) ? undefined : { cause: "gateway-error" };
  return undefined;
}

/** Codes that mean one thing at one vendor. */
const VENDOR_CODES: Readonly<Record<string, Readonly<Record<string, CauseId>>>> = {
  // https://docs.z.ai/api-reference/api-code
  zai: {
    "1309": "plan-inactive",
    "1311": "plan-without-model",
    "1308": "plan-window-used",
    "1310": "plan-window-used",
    "1316": "plan-window-used",
    "1317": "plan-window-used",
    "1318": "plan-window-used",
    "1319": "plan-window-used",
    "1320": "plan-window-used",
    "1321": "plan-window-used",
  },
  // https://openrouter.ai/docs/api/reference/errors-and-debugging
  openrouter: {
    privacy_restricted: "data-policy",
    constraint_filtered: "routing-excludes",
    model_deprecated: "model-retired",
    wrong_endpoint: "not-a-chat-model",
  },
};

/** Words that mean one thing at one vendor. */
const VENDOR_WORDS: Readonly<Record<string, readonly (readonly [RegExp, CauseId])[]>> = {
  openrouter: [
    [/data policy/i, "data-policy"],
    [/no allowed providers|all providers have been ignored/i, "routing-excludes"],
    [/no endpoints found that support|no endpoints found that can handle/i, "parameters-unsupported"],
    [/management key|provisioning key/i, "management-key"],
  ],
  nanogpt: [[/subscription (?:is )?(?:required|inactive|expired)|no active subscription/i, "plan-inactive"]],
};

function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function vendorCause(error: LumiverseError, { provider, verdict, account }: Evidence): Found {
  // The host chooses its code, and a third party the id of its provider.
  const codes = own(VENDOR_CODES, provider.id);
  const byCode = codes === undefined ? undefined : own(codes, error.vendorCode ?? "");
  if (byCode !== undefined) return { cause: byCode };
  for (const [pattern, cause] of own(VENDOR_WORDS, provider.id) ?? []) if (pattern.test(error.message)) return { cause };
  // Such keys answer questions about the account and call no models.
  if (
    /management key/i.test(`${verdict?.hint ?? ""} ${account?.state ?? ""}`) &&
    (error.code === "authentication" || error.code === "permission")
  )
    return { cause: "management-key" };
  return undefined;
}

/** Seconds by which clocks may differ before a signed token is refused. Google accepts a few minutes. */
const SKEW = 240;

function signingCause(error: LumiverseError, request: RecordedRequest | undefined, { provider, skewSeconds }: Evidence): Found {
  if (provider.credential.kind !== "service-account") return undefined;
  const text = `${error.message} ${request?.start ?? ""}`;
  const isSkewed = skewSeconds !== undefined && Math.abs(skewSeconds) > SKEW;
  if (/short-lived token|reasonable timeframe|check your iat and exp/i.test(text) || (isSkewed && error.code === "authentication"))
    return { cause: "clock-off", details: skewSeconds === undefined ? {} : { seconds: skewSeconds } };
  if (/account not found|ACCOUNT_STATE_INVALID|invalid_grant.*account|service account[^.]*(?:disabled|deleted)/is.test(text))
    return { cause: "service-account-gone" };
  if (/SERVICE_DISABLED|has not been used in project|API has not been enabled/i.test(text)) return { cause: "api-disabled" };
  if (/aiplatform\.[a-z.]+|IAM_PERMISSION_DENIED/i.test(text) && error.status === 403) return { cause: "role-missing" };
  return undefined;
}

const LOADING = /loading model|model is (?:still )?loading|currently loading|is not ready yet|warming up/i;
const NOT_LOADED =
  /no models? (?:is |are )?(?:currently )?loaded|not loaded|try pulling it|model .*not found, try|please load a model|has no model loaded/i;
const NOT_CHAT =
  /does not support chat|not a chat model|is not supported in the v1\/chat|does not support generate|embedding model|only supports? embeddings?|not support chat completions/i;
const RETIRED =
  /deprecated|retired|decommissioned|no longer (?:available|supported|served)|has been (?:removed|shut ?down|sunset)|end of life|discontinued/i;

function modelCause(error: LumiverseError, request: RecordedRequest | undefined, evidence: Evidence): Found {
  if (isHtml(request)) return undefined;
  const { model, catalogue, host } = evidence;
  const text = `${error.message} ${request?.status !== undefined && request.status >= 400 ? request.start : ""}`;
  if (LOADING.test(text)) return { cause: "model-loading" };
  if (NOT_CHAT.test(text)) return { cause: "not-a-chat-model" };
  const listed = (evidence.models ?? catalogue?.models ?? []).filter(({ state }) => state !== "retired" && state !== "deprecated");
  const near = nearestNames(
    model,
    listed.map(({ id }) => id),
  );
  const instead = near.length === 0 ? {} : { instead: near };
  if (NOT_LOADED.test(text)) return { cause: "model-not-loaded", details: instead };
  const isAbout =
    error.code === "model-not-found" || error.code === "not-found" || error.code === "invalid-request" || error.code === "permission";
  const known = catalogue?.models.find(({ id, aliases }) => id === model || aliases?.includes(model) === true);
  if (
    isAbout &&
    (RETIRED.test(error.message) ||
      (error.code !== "invalid-request" && known !== undefined && (known.state === "retired" || known.state === "deprecated")))
  )
    return { cause: "model-retired", details: instead };
  if (error.code === "model-not-found") return { cause: "model-not-found", details: instead };
  // A 404 at an address whose model list answers, and which lacks the model, is about the model.
  const isListed = evidence.models === undefined || evidence.models.some(({ id }) => id === model);
  const namesModel = model !== "" && error.message.includes(model);
  if (error.code === "not-found" && (namesModel || (!isListed && !isLocal(host.hostname) && evidence.otherProtocols === undefined)))
    return { cause: "model-not-found", details: instead };
  return undefined;
}

function addressCause(error: LumiverseError, request: RecordedRequest | undefined, evidence: Evidence): Found {
  const { status, start = "" } = request ?? {};
  if (status === undefined) return undefined;
  const { betterBase, otherProtocols, host } = evidence;
  const isMissing = status === 404 || status === 405 || error.code === "not-found" || /unexpected endpoint or method/i.test(start);
  const isStrange = error.code === "malformed-response" && status < 300;
  const isPage = isHtml(request);
  if (!isPage && !isMissing && !isStrange) return undefined;
  const instead = betterBase === undefined ? {} : { instead: [betterBase] };
  if (betterBase !== undefined && (isMissing || isPage)) {
    const [before, after] = [versions(host.pathname), versions(new URL(betterBase).pathname)];
    if (after > before) return { cause: "version-missing", details: instead };
    if (after < before && before > 1) return { cause: "version-doubled", details: instead };
  }
  if (isPage) return { cause: "html-page", details: instead };
  if (otherProtocols !== undefined && otherProtocols.length > 0)
    return {
      cause: "wrong-protocol",
      details: {
        instead: otherProtocols,
        field: evidence.provider.name === "Custom" ? "this API" : `the API of ${evidence.provider.name}`,
      },
    };
  if (isMissing) return { cause: "wrong-path", details: instead };
  return /^\s*[{[]/.test(start) && evidence.models === undefined ? { cause: "not-a-model-server" } : undefined;
}

function isHtml(request: RecordedRequest | undefined): boolean {
  if (request?.status === undefined) return false;
  return /^\s*<(?:!doctype|html|head|body)/i.test(request.start) || /^text\/html/i.test(request.headers?.get("content-type") ?? "");
}

function versions(path: string): number {
  return path.match(/\/v\d+[a-z0-9]*(?=\/|$)/g)?.length ?? 0;
}

/** The beginnings of vendors' keys. https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns and the vendors' pages. */
const KEY_STARTS: readonly (readonly [string, string, string])[] = [
  ["sk-ant-", "anthropic", "Anthropic"],
  ["sk-or-", "openrouter", "OpenRouter"],
  ["sk-proj-", "openai", "OpenAI"],
  ["gsk_", "groq", "Groq"],
  ["xai-", "xai", "xAI"],
  ["AIza", "google", "Google"],
  ["pplx-", "perplexity", "Perplexity"],
  ["cpk_", "chutes", "Chutes"],
  ["fw_", "fireworks", "Fireworks"],
];

function keyCause(error: LumiverseError, { provider, hasKey, isVendor, keyStart }: Evidence): Found {
  if (error.code !== "authentication") return undefined;
  if (!hasKey) return { cause: isVendor ? "key-missing" : "server-wants-key" };
  const other = KEY_STARTS.find(([start]) => keyStart.startsWith(start));
  if (isVendor && other !== undefined && other[1] !== provider.id)
    return { cause: "key-of-other-vendor", details: { instead: [other[2]] } };
  return undefined;
}

function moneyCause(error: LumiverseError, { account }: Evidence): Found {
  if (error.code !== "insufficient-balance" && error.code !== "permission" && error.code !== "rate-limit") return undefined;
  const remaining = account?.keyLimit?.remaining;
  if (typeof remaining === "number" && remaining <= 0) return { cause: "key-limit-reached" };
  return undefined;
}

/** The vendor's words, short, without the provider's prefix. */
function said(error: LumiverseError, provider: Provider): string {
  const text = error.message.replace(`${provider.id}: `, "").replace(/\s+/g, " ").trim();
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}
