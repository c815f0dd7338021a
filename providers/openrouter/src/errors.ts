/** Rules for OpenRouter's errors: https://openrouter.ai/docs/api/reference/errors-and-debugging (read 2026-10). */
import {
  type ErrorCode,
  errorMessage,
  isObject,
  isOverflow,
  type JsonObject,
  type LumiverseErrorOptions,
  ownValue,
  wordOf,
} from "@lumiverse/core/provider";
import type { ErrorRule } from "@lumiverse/protocols/chat-completions";

const CREDITS_HINT =
  "Add credits at https://openrouter.ai/settings/credits, or lower maxOutputTokens: the credits must cover the highest possible cost of the call";

/** Rules by `metadata.error_type`, status and text. */
export const errors: readonly ErrorRule[] = [
  { code: ["context_length_exceeded", "token_limit_exceeded"], is: "context-overflow" },
  { code: "max_tokens_exceeded", is: "invalid-request", hint: "Lower maxOutputTokens" },
  { code: ["content_policy_violation", "refusal"], is: "content-filter" },
  { code: "payment_required", is: "insufficient-balance", hint: CREDITS_HINT },
  { status: 402, is: "insufficient-balance", hint: CREDITS_HINT },
  {
    status: 403,
    text: "key limit exceeded",
    is: "insufficient-balance",
    hint: "The key has used up its own limit, whatever the credits are: raise it at https://openrouter.ai/settings/keys",
  },
  { status: 403, text: "management key", is: "permission", hint: "Only management keys may read this page" },
  { code: "provider_overloaded", is: "overloaded" },
  {
    status: 404,
    text: "data policy",
    is: "permission",
    hint: "Your privacy settings exclude every endpoint: https://openrouter.ai/settings/privacy",
  },
  {
    status: 404,
    text: "no endpoints found that support",
    is: "unsupported",
    hint: "No upstream of this model accepts a field of the request: remove it or choose another model",
  },
  {
    status: 404,
    text: ["no endpoints found", "no allowed providers"],
    is: "model-not-found",
    hint: "Relax the routing settings, or choose another model",
  },
  { status: [400, 404], text: "is not a valid model", is: "model-not-found", hint: "connection.models() lists the valid ids" },
  {
    status: 429,
    text: "free-models-per-day",
    is: "rate-limit",
    retryable: false,
    hint: "Free models allow 50 calls per day, or 1,000 for accounts that have bought 10 credits",
  },
  { status: 524, is: "timeout" },
];

/** Codes and hints by `error.availability.code`, which states why no endpoint can serve the call. */
const AVAILABILITY: Readonly<Record<string, readonly [ErrorCode, string?]>> = {
  model_not_found: ["model-not-found", "connection.models() lists the valid ids"],
  wrong_endpoint: ["invalid-request", "This is not a chat model: choose another"],
  no_endpoints: ["model-not-found"],
  model_deprecated: ["model-not-found"],
  model_unavailable_upstream: ["model-not-found"],
  free_variant_ended: ["model-not-found", "Remove :free from the model id"],
  privacy_restricted: ["permission", "Your privacy settings exclude every endpoint: https://openrouter.ai/settings/privacy"],
  constraint_filtered: ["unsupported", "The routing settings or the fields of the request exclude every endpoint: relax them"],
  region_restricted: ["permission"],
  capacity_exhausted: ["rate-limit"],
  temporarily_unavailable: ["overloaded"],
};

/** Reads the upstream's message, the reasons of moderation, and why no endpoint was found. */
export function explainError({ error: options, json }: { error: LumiverseErrorOptions; json: unknown }): void {
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : undefined;
  if (error === undefined) return;
  const metadata = isObject(error["metadata"]) ? error["metadata"] : {};
  const message = upstreamMessage(metadata);
  if (message !== undefined) {
    const name = metadata["provider_name"];
    options.message = typeof name === "string" ? `${name}: ${message}` : message;
    if (isOverflow(message, [])) options.code = "context-overflow";
    else if (/usage guidelines|content policy|content management policy/i.test(message)) options.code = "content-filter"; // xAI answers 403, Azure 400
  }
  if (Array.isArray(metadata["reasons"])) {
    options.code = "content-filter";
    options.message += ` (${metadata["reasons"].map(wordOf).join(", ")})`;
  } else if (Array.isArray(metadata["patterns"])) {
    options.code = "content-filter";
    options.hint = "A guardrail of the account blocked this prompt: see the account's guardrail settings";
  }
  if (metadata["limit_source"] === "openrouter_in_flight_budget") {
    // The account has enough credit, but calls that are still running reserve it.
    options.code = "rate-limit";
    options.retryable = true;
    options.hint = "Calls in flight reserve the remaining credit: wait for them, or lower maxOutputTokens";
  }
  if (isObject(error["availability"])) readAvailability(options, error["availability"]);
}

/** The message in `raw`, the upstream's body: an object, JSON in a string, or text. */
function upstreamMessage({ raw }: JsonObject): string | undefined {
  if (typeof raw !== "string" || raw.trim() === "") return isObject(raw) ? errorMessage(raw) : undefined;
  try {
    return errorMessage(JSON.parse(raw)) ?? raw.slice(0, 500);
  } catch {
    return raw.slice(0, 500);
  }
}

function readAvailability(options: LumiverseErrorOptions, availability: JsonObject): void {
  const { code, retryable, retry_after: after, constraint, fallback_models: models } = availability;
  if (typeof code !== "string") return;
  const [meaning, hint] = ownValue(AVAILABILITY, code) ?? [];
  if (meaning !== undefined) options.code = meaning;
  options.vendorCode = code;
  if (typeof retryable === "boolean") options.retryable = retryable;
  if (typeof after === "number") options.retryAfterMs = after * 1000;
  const detail = isObject(constraint) && typeof constraint["detail"] === "string" ? constraint["detail"] : undefined;
  const others = Array.isArray(models) && models.length > 0 ? `Available instead: ${models.map(wordOf).join(", ")}` : undefined;
  const parts = [hint, detail, others].filter((one) => one !== undefined).join(". ");
  if (parts !== "") options.hint = parts;
}
