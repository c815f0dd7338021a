/** What it means when a session with an MCP server cannot be started, or when one of its requests fails. */
import { type ErrorCode, LumiverseError } from "@lumiverse/core";
import { statusCode } from "@lumiverse/core/provider";
import { messageOf } from "../shared/errors.ts";

/** The message of an error and of its cause. `fetch` itself says only that it failed. */
export function fullMessageOf(cause: unknown): string {
  const inner = cause instanceof Error ? cause.cause : undefined;
  // Where a name has several addresses, Node's error has a code and no message.
  return inner === undefined ? messageOf(cause) : `${messageOf(cause)}: ${messageOf(inner) || Object(inner).code}`;
}

/** True for an answer that is no JSON, JSON of another kind, or of another content type. */
export function isUnreadable(cause: unknown): boolean {
  return cause instanceof Error && (/^(?:Zod|Syntax)E/.test(cause.name) || codeOf(cause) === -1);
}

/**
 * The error of a session that could not be started.
 * @param server Its name, and its host where it has one
 * @param cause What the SDK threw
 * @param failure The error to keep as the cause. Its message holds no secret
 */
export function sessionError(server: string, cause: unknown, failure: Error): LumiverseError {
  const status = codeOf(cause) ?? 0;
  const isStatus = status >= 100;
  const [code, problem, hint]: [ErrorCode, string, string] = isUnreadable(cause)
    ? ["malformed-response", "does not speak MCP", URL_HINT]
    : isStatus
      ? [statusCode(status), `answered with HTTP ${status}`, URL_HINT]
      : isAnswered(cause)
        ? ["server", "refused the session", URL_HINT]
        : ["network", "cannot be reached", "Check the address, and that the server runs"];
  const message = `the MCP server ${server} ${problem}: ${failure.message || "no reason"}`;
  return new LumiverseError({ code, message, hint, cause: failure, ...(isStatus && { status }) });
}

const URL_HINT = "Check the URL, which often ends in /mcp, and the headers";

/** True when the server answered, with an error of JSON-RPC. The SDK itself raises -32000 for a closed connection, and -32001 for a timeout. */
export function isAnswered(cause: unknown): boolean {
  return cause instanceof Error && cause.name === "McpError" && ![-32000, -32001, undefined].includes(codeOf(cause));
}

/** The JSON-RPC code of the SDK's `McpError`, or the HTTP status of its `StreamableHTTPError`, which is -1 for a content type that is not MCP's. */
export function codeOf(cause: unknown): number | undefined {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  return typeof code === "number" ? code : undefined;
}
