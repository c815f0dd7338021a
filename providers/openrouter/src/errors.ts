/** What OpenRouter's refusals mean: https://openrouter.ai/docs/api/reference/errors-and-debugging (read 2026-10). */
import { type ErrorCode, type ErrorFacts, isObject, type JsonObject } from "@lumiverse/core";
import { errorMessage, isOverflow } from "@lumiverse/core/wire";
import type { ErrorRule } from "@lumiverse/protocols/chat-completions";

const CREDITS = "Add credits at https://openrouter.ai/settings/credits, or lower maxOutputTokens: the most a call may cost must be covered";

/** By `metadata.error_type`, status and text. */
export const errors: readonly ErrorRule[] = [
  { code: ["context_length_exceeded", "token_limit_exceeded"], is: "context-overflow" },
  { code: "max_tokens_exceeded", is: "invalid-request", hint: "Lower maxOutputTokens" },
  { code: ["content_policy_violation", "refusal"], is: "content-filter" },
  { code: "payment_required", is: "insufficient-balance", hint: CREDITS },
  { status: 402, is: "insufficient-balance", hint: CREDITS },
  { status: 403, text: "management key", is: "permission", hint: "An ordinary key calls models; this page is for management keys" },
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
    hint: "No upstream of this model takes what the call asks for",
  },
  {
    status: 404,
    text: ["no endpoints found", "no allowed providers"],
    is: "model-not-found",
    hint: "Loosen the routing settings, or choose another model",
  },
  { status: [400, 404], text: "is not a valid model", is: "model-not-found", hint: "models() lists the ids" },
  {
    status: 429,
    text: "free-models-per-day",
    is: "rate-limit",
    retryable: false,
    hint: "Free models: 50 calls a day, 1000 for those who have bought 10 credits",
  },
  { status: 524, is: "timeout" },
];

/** By `error.availability.code`: why there is nobody to serve the call. */
const AVAILABILITY: Readonly<Record<string, readonly [ErrorCode, string?]>> = {
  model_not_found: ["model-not-found", "models() lists the ids"],
  wrong_endpoint: ["invalid-request", "This model is no chat model"],
  no_endpoints: ["model-not-found"],
  model_deprecated: ["model-not-found"],
  model_unavailable_upstream: ["model-not-found"],
  free_variant_ended: ["model-not-found", "Leave out :free"],
  privacy_restricted: ["permission", "Your privacy settings exclude every endpoint: https://openrouter.ai/settings/privacy"],
  constraint_filtered: ["unsupported", "The routing settings, or what the call asks for, exclude every endpoint"],
  region_restricted: ["permission"],
  capacity_exhausted: ["rate-limit"],
  temporarily_unavailable: ["overloaded"],
};

/** An upstream's own words, moderation's reasons, and why no endpoint was found stand in places of their own. */
export function explainError(facts: ErrorFacts, json: unknown): void {
  const error = isObject(json) && isObject(json["error"]) ? json["error"] : undefined;
  if (error === undefined) return;
  const metadata = isObject(error["metadata"]) ? error["metadata"] : {};
  const said = upstream(metadata);
  if (said !== undefined) {
    const name = metadata["provider_name"];
    facts.message = typeof name === "string" ? `${name}: ${said}` : said;
    if (isOverflow(said, [])) facts.code = "context-overflow";
    else if (/usage guidelines|content policy|content management policy/i.test(said)) facts.code = "content-filter"; // xAI says it as 403, Azure as 400
  }
  if (Array.isArray(metadata["reasons"])) {
    facts.code = "content-filter";
    facts.message += ` (${metadata["reasons"].join(", ")})`;
  } else if (Array.isArray(metadata["patterns"])) {
    facts.code = "content-filter";
    facts.hint = "A guardrail of the account stopped this prompt";
  }
  if (metadata["limit_source"] === "openrouter_in_flight_budget") {
    // The money is there, and bound by calls that still run.
    facts.code = "rate-limit";
    facts.retryable = true;
    facts.hint = "Calls in flight hold the rest of the credit: wait for them, or lower maxOutputTokens";
  }
  if (isObject(error["availability"])) available(facts, error["availability"]);
}

/** `raw` is the upstream's body: JSON in a string, or plain text. */
function upstream({ raw }: JsonObject): string | undefined {
  if (typeof raw !== "string" || raw.trim() === "") return isObject(raw) ? errorMessage(raw) : undefined;
  try {
    return errorMessage(JSON.parse(raw)) ?? raw.slice(0, 500);
  } catch {
    return raw.slice(0, 500);
  }
}

function available(facts: ErrorFacts, availability: JsonObject): void {
  const { code, retryable, retry_after: after, constraint, fallback_models: models } = availability;
  if (typeof code !== "string") return;
  const [meaning, hint] = Object.hasOwn(AVAILABILITY, code) ? (AVAILABILITY[code] ?? []) : [];
  if (meaning !== undefined) facts.code = meaning;
  facts.vendorCode = code;
  if (typeof retryable === "boolean") facts.retryable = retryable;
  if (typeof after === "number") facts.retryAfterMs = after * 1000;
  const detail = isObject(constraint) && typeof constraint["detail"] === "string" ? constraint["detail"] : undefined;
  const others = Array.isArray(models) && models.length > 0 ? `Available instead: ${models.join(", ")}` : undefined;
  const told = [hint, detail, others].filter((one) => one !== undefined).join(". ");
  if (told !== "") facts.hint = told;
}
