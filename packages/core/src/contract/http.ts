/** An HTTP request before transport adds the credential. */
export interface HttpRequest {
  method: "GET" | "POST" | "DELETE";
  url: URL;
  headers?: Record<string, string>;
  /** Sent as JSON, serialised once, in this key order. */
  body?: Record<string, unknown>;
}

/** A response that reports a failure, as `Protocol.parseError` receives it. */
export interface Failure {
  status: number;
  headers: Headers;
  /** The body's text, at most 1,000,000 characters. */
  text: string;
  /** The body as JSON, if it is JSON. */
  json?: unknown;
}

export interface SseMessage {
  event?: string | undefined;
  data: string;
}
