/** Names the cause of a failed chat, from the error and everything that was seen on the way. Sends nothing. */
import type { LumiverseError, Provider } from "@lumiverse/core";
import { ownValue } from "@lumiverse/core/provider";
import { nearestNames } from "../models/nearest.ts";
import type { CauseDetails, CauseId } from "./causes.ts";
import type { Evidence, Finding, Found } from "./evidence.ts";
import { intermediaryCause, isLoginPage } from "./intermediary-cause.ts";
import { isLocal } from "./network.ts";
import { networkCause } from "./network-cause.ts";
import { versionsIn } from "./other-addresses.ts";
import { isHtml, type RecordedRequest } from "./recorder.ts";

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
    intermediaryCause(error, request, evidence) ??
    vendorCause(error, evidence) ??
    signingCause(error, request, evidence) ??
    wordsCause(error, request) ??
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
  // A model that the free tier does not include has a quota of 0 there.
  google: [[/\blimit: 0\b/, "plan-without-model"]],
  // Users report this refusal from countries that Anthropic does not serve, and behind VPNs.
  anthropic: [[/^anthropic: request not allowed/i, "access-refused"]],
  nanogpt: [[/subscription (?:is )?(?:required|inactive|expired)|no active subscription/i, "plan-inactive"]],
};

function vendorCause(error: LumiverseError, { provider, verdict, account }: Evidence): Found {
  // The host chooses the code, and a third party chooses the provider's id: neither may reach a name such as `constructor`.
  const byCode = ownValue(ownValue(VENDOR_CODES, provider.id) ?? {}, error.vendorCode ?? "");
  if (byCode !== undefined) return { cause: byCode };
  for (const [pattern, cause] of ownValue(VENDOR_WORDS, provider.id) ?? []) if (pattern.test(error.message)) return { cause };
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
  if (API_DISABLED.test(text)) return { cause: "api-disabled" };
  if (/aiplatform\.[a-z.]+|IAM_PERMISSION_DENIED/i.test(text) && error.status === 403) return { cause: "role-missing" };
  return undefined;
}

const API_DISABLED = /SERVICE_DISABLED|has not been used in project|API has not been enabled/i;

/** Words that mean the same at every vendor and server. */
const WORDS: readonly (readonly [RegExp, CauseId])[] = [
  [API_DISABLED, "api-disabled"],
  [
    /unsupported_country|(?:country|region|location|territory)\b[^.]{0,40}\bnot (?:supported|available|allowed)|not (?:supported|available) in your (?:country|region|location)/i,
    "country-not-served",
  ],
  [/\baccount\b[^.]{0,40}\b(?:suspended|deactivated|banned|terminated)/i, "account-suspended"],
  [/organization must be verified|verify your organization/i, "organization-unverified"],
  // LiteLLM says this with status 400 of a virtual key.
  [/\bbudget_exceeded\b|budget has been exceeded/i, "key-limit-reached"],
  [/terms acceptance|accept (?:the|its|their) (?:terms|licen[cs]e)|terms_required|gated (?:repo|model)/i, "terms-not-accepted"],
  [
    /out of memory|requires more (?:system )?memory|(?:not enough|insufficient) (?:gpu |system )?memory|failed to allocate/i,
    "out-of-memory",
  ],
];

function wordsCause(error: LumiverseError, request: RecordedRequest | undefined): Found {
  if (request?.status === undefined || request.status < 400 || isHtml(request)) return undefined;
  const text = `${error.vendorCode ?? ""} ${error.message} ${request.start}`;
  for (const [pattern, cause] of WORDS) if (pattern.test(text)) return { cause };
  return undefined;
}

const LOADING = /loading model|model is (?:still )?loading|currently loading|is not ready yet|warming up/i;
const NOT_LOADED =
  /no models? (?:is |are )?(?:currently )?loaded|not loaded|try pulling it|model .*not found, try|please load a model|has no model loaded/i;
const NOT_CHAT =
  /does not support chat|not a chat model|is not supported in the v1\/chat|does not support generate|embedding model|only supports? embeddings?|not support (?:chat )?completions|chat template is no longer allowed|chat_template is not set/i;
const RETIRED =
  /deprecated|retired|decommissioned|no longer (?:available|supported|served)|has been (?:removed|shut ?down|sunset)|end of life|discontinued/i;

function modelCause(error: LumiverseError, request: RecordedRequest | undefined, evidence: Evidence): Found {
  if (isHtml(request)) return undefined;
  const { model, catalogue, host, otherProtocols = [] } = evidence;
  // The model answers, by another protocol.
  if (otherProtocols.length > 0) return undefined;
  const text = `${error.message} ${request?.status !== undefined && request.status >= 400 ? request.start : ""}`;
  if (LOADING.test(text)) return { cause: "model-loading" };
  if (NOT_CHAT.test(text)) return { cause: "not-a-chat-model" };
  const listed = (evidence.models ?? catalogue?.models ?? []).filter(({ state }) => state !== "retired" && state !== "deprecated");
  const near = nearestNames(
    model,
    listed.map(({ id }) => id).filter((id) => id !== model),
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
  const isListed = evidence.models?.some(({ id }) => id === model);
  if (error.code === "model-not-found" && isListed === true)
    return { cause: evidence.hasKey ? "model-not-allowed" : "model-not-loaded", details: instead };
  if (error.code === "model-not-found") return { cause: "model-not-found", details: instead };
  // When the model list answers and lacks the model, a 404 is about the model.
  const namesModel = model !== "" && error.message.includes(model);
  if (
    error.code === "not-found" &&
    (namesModel || (isListed === false && !isLocal(host.hostname) && evidence.otherProtocols === undefined))
  )
    return { cause: "model-not-found", details: instead };
  return undefined;
}

function addressCause(error: LumiverseError, request: RecordedRequest | undefined, evidence: Evidence): Found {
  const { status, start = "" } = request ?? {};
  if (status === undefined) return undefined;
  const { betterBase, otherProtocols, host, isVendor } = evidence;
  const isMissing = status === 404 || status === 405 || error.code === "not-found" || /unexpected endpoint or method/i.test(start);
  const isStrange = error.code === "malformed-response" && status < 300;
  // A page with another status is the error page of a server or proxy.
  const isPage = isHtml(request) && (isMissing || status < 400);
  if (!isPage && !isMissing && !isStrange) return undefined;
  const instead = betterBase === undefined ? {} : { instead: [betterBase] };
  if (betterBase !== undefined && (isMissing || isPage)) {
    const [before, after] = [versionsIn(host.pathname), versionsIn(new URL(betterBase).pathname)];
    if (after > before) return { cause: "version-missing", details: instead };
    if (after < before && before > 1) return { cause: "version-doubled", details: instead };
  }
  if (isPage) {
    const isLogin = status < 300 && betterBase === undefined && (isVendor || isLoginPage(start));
    return { cause: isLogin ? "login-page" : "html-page", details: instead };
  }
  if (otherProtocols !== undefined && otherProtocols.length > 0)
    return {
      cause: "wrong-protocol",
      details: {
        instead: otherProtocols,
        field: apiOf(evidence),
      },
    };
  if (isMissing && evidence.hasChatCompletions === true) return { cause: "wrong-protocol", details: { field: apiOf(evidence) } };
  if (isMissing)
    return { cause: evidence.models === undefined || betterBase !== undefined ? "wrong-path" : "no-chat-api", details: instead };
  return /^\s*[{[]/.test(start) && evidence.models === undefined ? { cause: "not-a-model-server" } : undefined;
}

function apiOf({ provider }: Evidence): string {
  return provider.id === "custom" ? "this API" : `the API of ${provider.name}`;
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

function keyCause(error: LumiverseError, { provider, hasKey, isVendor, keyStart, keyDoubt }: Evidence): Found {
  if (error.code !== "authentication") return undefined;
  if (!hasKey) return { cause: isVendor ? "key-missing" : "server-wants-key" };
  // A server of one's own may have been started with such a key.
  if (isVendor && keyDoubt !== undefined) return { cause: "key-malformed", details: { said: `it ${keyDoubt}`, hint: undefined } };
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
