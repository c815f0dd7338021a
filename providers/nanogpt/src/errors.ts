/** Errors in four shapes of body: https://docs.nano-gpt.com/api-reference/miscellaneous/error-handling (read 2026-11) */
import type { ErrorRule } from "@lumiverse/protocols/chat-completions";

const TOP_UP = "Top up at https://nano-gpt.com/balance, or set `subscription` to use the endpoint of a subscription";

export const errors: readonly ErrorRule[] = [
  // Caps that the owner set on the key. They end at midnight UTC, so a retry does not help.
  {
    code: ["daily_rpd_limit_exceeded", "daily_usd_limit_exceeded"],
    is: "rate-limit",
    retryable: false,
    hint: "The daily cap of this key is reached: raise it or wait until 00:00 UTC",
  },
  { code: ["rate_limited", "rate_limit_exceeded"], is: "rate-limit" },
  {
    code: ["insufficient_balance", "insufficient_quota", "memory_balance_required", "websearch_balance_required", "both_balance_required"],
    is: "insufficient-balance",
    hint: TOP_UP,
  },
  { status: 402, is: "insufficient-balance", hint: TOP_UP },
  {
    code: "model_not_allowed",
    is: "permission",
    hint: "The key or the subscription endpoint excludes this model: choose one that models() lists",
  },
  { code: ["model_not_found", "model_not_available", "model_not_supported"], is: "model-not-found" },
  { code: ["image_input_not_supported", "tool_choice_unsupported"], is: "unsupported" },
  {
    code: ["tool_spec_too_large", "invalid_tool_spec", "invalid_tool_spec_parse"],
    is: "invalid-request",
    hint: "All tools together may have 200 kB: send fewer or shorter tools",
  },
  { code: ["all_fallbacks_failed", "no_fallback_available", "service_unavailable"], is: "overloaded" },
  {
    code: "fallback_blocked_for_cache_consistency",
    is: "overloaded",
    hint: "The sticky provider is down: try again later or unset promptCache.stickyProvider",
  },
  { code: "empty_response", is: "server" },
  {
    code: "api_key_origin_not_allowed",
    is: "permission",
    hint: "The key is restricted to other origins: change its restrictions at https://nano-gpt.com/api",
  },
];
