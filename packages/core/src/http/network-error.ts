import { isLumiverseError, LumiverseError } from "../chat/errors.ts";
import { definedFields } from "../chat/json.ts";
import { wordOf } from "../chat/text.ts";
import type { RequestLifetime } from "./request-lifetime.ts";
import type { Redact } from "./secrets.ts";

/** What a rejected fetch or read means: the reason for which the request ended, where there is one; otherwise a network error. */
export function requestError(cause: unknown, lifetime: RequestLifetime, url: URL, redact: Redact, midAnswer = false): LumiverseError {
  if (lifetime.ended !== undefined) return lifetime.ended;
  if (isLumiverseError(cause)) return cause;
  const error = networkError(cause, url, redact);
  if (!midAnswer || error.code !== "network") return error;
  return new LumiverseError({ code: "network", message: `the connection broke in mid-answer: ${error.message}`, cause: error });
}

/** An error of the network below HTTP, with a hint about its usual cause. */
export function networkError(cause: unknown, url: URL, redact: Redact): LumiverseError {
  const { messages, code } = causeChain(cause);
  const raw = messages.join(": ") || wordOf(cause);
  const message = redact(raw);
  // Fetch quotes a header that it refuses. Such a cause would reveal the secret, so it is not kept.
  const kept = message === raw ? { cause } : {};
  if (/HEADERS_TIMEOUT|BODY_TIMEOUT/.test(code))
    return new LumiverseError({
      code: "timeout",
      message: `fetch gave up after its own time limit (${code})`,
      hint: "Node's fetch ends after 300 s of silence: pass a fetch whose dispatcher has longer headersTimeout and bodyTimeout",
      ...kept,
    });
  if (code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED")
    return new LumiverseError({
      code: "configuration",
      field: "headers",
      message: `fetch refused the request before it was sent: ${message}`,
      hint: "Leave out headers that fetch writes itself, such as content-length and connection",
      ...kept,
    });
  const hint = hintFor(code, url);
  return new LumiverseError({
    code: "network",
    message: `cannot reach ${url.host}: ${message}`,
    ...definedFields({ hint }),
    ...kept,
  });
}

function causeChain(cause: unknown): { messages: string[]; code: string } {
  const messages = new Set<string>();
  let code = "";
  for (let at: unknown = cause, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth++) {
    messages.add(at.message);
    if ("code" in at && typeof at.code === "string") code = at.code;
  }
  return { messages: [...messages], code };
}

function hintFor(code: string, url: URL): string | undefined {
  if (code === "ECONNREFUSED") return `Nothing listens at ${url.host}: is the server running?`;
  if (code === "ENOTFOUND") return `The name ${url.hostname} has no address: check the base URL, and whether this machine has a network`;
  return "document" in globalThis ? "In a browser the usual cause is CORS: the host may not allow requests from pages" : undefined;
}
