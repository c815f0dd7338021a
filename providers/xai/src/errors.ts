import type { ErrorRule } from "@lumiverse/protocols/chat-completions";

/** Rules for the vendor's errors, on both of its APIs. */
export const errors: readonly ErrorRule[] = [
  { text: "incorrect api key", is: "authentication", hint: "Create a key at https://console.x.ai" }, // answered as 400 (fixtures/key-refused)
  {
    status: [403, 429],
    text: ["used all available credits", "have any credits", "spending limit"],
    is: "insufficient-balance",
    retryable: false,
    hint: "Buy credits or raise the spending limit at https://console.x.ai",
  },
  { status: 403, text: "violates usage guidelines", is: "content-filter" },
  {
    status: 404,
    text: ["the model", "model was"],
    is: "model-not-found",
    hint: "The vendor may have retired the model: see https://docs.x.ai/docs/models",
  },
  {
    status: 410,
    is: "unsupported",
    hint: "The vendor removed Live Search (search_parameters): set webSearch.enabled or xSearch.enabled, or give the tool { hosted: { type: 'web_search' } }",
  },
  {
    status: 400,
    text: "does not support parameter",
    is: "unsupported",
    hint: "Remove the parameter: the vendor refuses some parameters even with their default value",
  },
];
