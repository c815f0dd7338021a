/** The error formats of the protocols, in which faults are written. */
/** How one protocol reports a failure. */
export interface ErrorFormat {
  /** A failure inside the stream, as one event. */
  frame: string;
  /** A failure as a whole body. */
  body(status: number, message: string): string;
}

const MESSAGE = "planted failure: the upstream went away";
const openai = (status: number, message: string): string =>
  JSON.stringify({ error: { message, type: status >= 500 ? "server_error" : "invalid_request_error", param: null, code: null } });

const FORMATS: Readonly<Record<string, ErrorFormat>> = {
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
/** Error types by status, from the vendors' documentation. */
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

/** The error format of a protocol. Unknown protocols get that of Chat Completions, which most hosts copy. */
export function errorFormatOf(protocol: string): ErrorFormat {
  return FORMATS[protocol] ?? (FORMATS["chat-completions"] as ErrorFormat); // defined above
}
