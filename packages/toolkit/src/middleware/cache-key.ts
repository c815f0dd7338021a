import type { ChatRequest, Connection } from "@lumiverse/core";
import { canonicalJson } from "../shared/canonical-json.ts";

/**
 * The key of a request: SHA-256 over everything that is sent, and over the request's own fields, because core drops fields that the model does not accept. A
 * request that streams has the same key as one that does not.
 */
export async function cacheKey(connection: Connection, request: ChatRequest, scope: string): Promise<string> {
  const { url, method, headers, body } = await connection.explain(request, { streaming: true });
  // Messages, tools and the output schema are in the body, as they are sent. The signal and the timeouts do not change the answer.
  const { messages: _messages, tools: _tools, output: _output, signal: _signal, timeouts: _timeouts, ...fields } = request;
  const text = canonicalJson([scope, connection.provider.id, method, url, headers, body, fields]);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
