/** How each wire spells a failure, for faults that have to be planted in its own words. */
export interface Spelling {
  /** A failure inside the stream, as one event. */
  frame: string;
  /** A failure as a whole body. */
  body(status: number, message: string): string;
}

const MESSAGE = "planted failure: the upstream went away";
const openai = (status: number, message: string): string =>
  JSON.stringify({ error: { message, type: status >= 500 ? "server_error" : "invalid_request_error", param: null, code: null } });

const SPELLINGS: Readonly<Record<string, Spelling>> = {
  "chat-completions": { frame: `data: ${openai(500, MESSAGE)}\n\n`, body: openai },
  responses: {
    frame: `event: error\ndata: ${JSON.stringify({ type: "error", sequence_number: 99, code: "server_error", message: MESSAGE, param: null })}\n\n`,
    body: openai,
  },
  messages: {
    frame: `event: error\ndata: ${JSON.stringify({ type: "error", error: { type: "api_error", message: MESSAGE } })}\n\n`,
    body: (status, message) =>
      JSON.stringify({
        type: "error",
        error: { type: ANTHROPIC[status] ?? (status >= 500 ? "api_error" : "invalid_request_error"), message },
      }),
  },
  "generate-content": {
    frame: `data: ${JSON.stringify({ error: { code: 500, message: MESSAGE, status: "INTERNAL" } })}\n\n`,
    body: (status, message) =>
      JSON.stringify({ error: { code: status, message, status: GOOGLE[status] ?? (status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT") } }),
  },
};
/** Words by status, from the vendors' error tables. */
const ANTHROPIC: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  408: "timeout_error",
  413: "request_too_large",
  429: "rate_limit_error",
  504: "timeout_error",
  529: "overloaded_error",
};
const GOOGLE: Readonly<Record<number, string>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** A wire of one's own is spelled like Chat Completions, as most are. */
export function spellingOf(wire: string): Spelling {
  return SPELLINGS[wire] ?? (SPELLINGS["chat-completions"] as Spelling); // stands three lines above
}
