import type { ErrorRule } from "@lumiverse/protocols/chat-completions";

/** What the vendor's refusals mean, on both of its APIs. */
export const errors: readonly ErrorRule[] = [
  { text: "incorrect api key", is: "authentication", hint: "Get a key at https://console.x.ai" }, // told as 400
  {
    status: [403, 429],
    text: ["used all available credits", "have any credits", "spending limit"],
    is: "insufficient-balance",
    retryable: false,
    hint: "Buy credits or raise the spending limit at https://console.x.ai",
  },
  {
    status: 404,
    text: ["the model", "model was"],
    is: "model-not-found",
    hint: "Models are switched off at times: https://docs.x.ai/docs/models",
  },
  {
    status: 410,
    is: "unsupported",
    hint: "Live Search (search_parameters) is gone: set webSearch.enabled or xSearch.enabled, or give the tool { hosted: { type: 'web_search' } }",
  },
  {
    status: 400,
    text: "does not support parameter",
    is: "unsupported",
    hint: "Leave the parameter out: some are refused even with their default",
  },
];
