import type { ErrorRule } from "./errors.ts";
import { templateErrors } from "./template-errors.ts";

const OWN_ERRORS: readonly ErrorRule[] = [
  {
    code: ["insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached", "billing_not_active"],
    is: "insufficient-balance",
    retryable: false,
    hint: "The account has no credit left or has reached its monthly limit: see https://platform.openai.com/settings/organization/billing",
  },
  { code: ["invalid_api_key", "account_deactivated", "organization_deactivated"], is: "authentication" },
  { text: "incorrect api key", is: "authentication" }, // xAI answers a bad key with 400 and no code
  { code: "model_not_found", is: "model-not-found", hint: "The model does not exist, or the key's project has no access to it" },
  { code: ["rate_limit_exceeded", "slow_down"], is: "rate-limit" },
  // `resource_unavailable`: the flex tier has no capacity at the moment.
  { code: ["server_is_overloaded", "resource_unavailable", "overloaded", "overloaded_error"], is: "overloaded" },
  {
    code: ["content_filter", "content_policy_violation", "bio_policy", "cyber_policy", "moderation_blocked"],
    is: "content-filter",
    retryable: false,
  },
  { code: "invalid_prompt", text: ["flagged", "policy", "violat"], is: "content-filter", retryable: false },
  { status: [503, 529], is: "overloaded" }, // the type is server_error for these too, so the status decides
  { code: ["server_error", "vector_store_timeout", "internal_error"], is: "server" },
  {
    code: "unsupported_country_region_territory",
    is: "permission",
    hint: "The vendor does not serve the country that the request came from",
  },
  {
    code: "data_residency_mismatch",
    is: "configuration",
    hint: "The project is bound to a region: set baseURL to that region's host, such as https://eu.api.openai.com/v1",
  },
  {
    text: ["without its required following item", "without its required 'reasoning' item", "items are not persisted"],
    is: "invalid-request",
    hint: "The history has half of a bound pair of items: start again from the last user message",
  },
  {
    text: "function tools with reasoning_effort are not supported",
    is: "unsupported",
    hint: "This model accepts tools with reasoning on the Responses API only: set api to responses, or reasoning to off",
  },
  {
    text: "must be verified",
    is: "permission",
    hint: "The vendor requires a verified organization: https://platform.openai.com/settings/organization/general",
  },
  {
    code: [
      "unsupported_parameter",
      "unsupported_value",
      "invalid_value",
      "invalid_json_schema",
      "invalid_prompt",
      "missing_required_parameter",
    ],
    is: "invalid-request",
  },
];

/**
 * OpenAI's own error codes, on Responses and on Chat Completions. They say more than the status: an empty balance and a short burst are both 429.
 * https://platform.openai.com/docs/guides/error-codes
 */
// Without the mark, bundles keep a table that is joined from others even where nothing uses it.
export const openaiErrors: readonly ErrorRule[] = /* @__PURE__ */ [
  templateErrors, // servers behind another base URL report them with the type server_error
  OWN_ERRORS,
].flat();
