import { LumiverseError } from "../chat/errors.ts";
import { definedFields } from "../chat/json.ts";
import type { Timeouts } from "../chat/request.ts";
import type { HttpRequest } from "../contract/http.ts";
import { requestError } from "./network-error.ts";
import { isRedirect, redirectTarget } from "./redirect.ts";
import { ignore, type RequestLifetime, timedOut } from "./request-lifetime.ts";
import type { Redact } from "./secrets.ts";

/** Largest sizes that are read, in characters. */
export interface Limits {
  event: number;
  body: number;
}

/** Everything that sending a request and reading its answer needs. */
export interface HttpCall {
  fetch: typeof fetch;
  request: HttpRequest;
  headers: Record<string, string>;
  body: string | undefined;
  timeouts: Required<Omit<Timeouts, "total">>;
  limits: Limits;
  redact: Redact;
}

/**
 * Sends a request, follows redirects within the origin, and returns the response once its headers are there. The deadline for the headers is still set then, so
 * the caller must set the next one or clear it.
 */
export async function send(call: HttpCall, lifetime: RequestLifetime): Promise<Response> {
  let { url } = call.request;
  const ms = call.timeouts.response;
  lifetime.deadline.set(ms, () => lifetime.end(timedOut("response", ms)));
  try {
    for (let hop = 0; ; hop++) {
      if (lifetime.ended !== undefined) throw lifetime.ended;
      const sent = call.fetch(url.href, {
        method: call.request.method,
        headers: call.headers,
        ...definedFields({ body: call.body }),
        // A redirect that fetch follows would carry headers such as x-api-key to another origin.
        redirect: "manual",
        signal: lifetime.controller.signal,
      });
      // A caller's fetch may ignore its signal.
      const response = await lifetime.until(sent, (late) => void late.body?.cancel().catch(ignore));
      if (!isRedirect(response)) return response;
      url = redirectTarget(response, url, call.request.method, hop);
    }
  } catch (cause) {
    throw invalidHeader(call.headers) ?? requestError(cause, lifetime, url, call.redact);
  }
}

/** The error for a header that fetch refuses before it sends anything. Its value is not shown. */
function invalidHeader(headers: Readonly<Record<string, string>>): LumiverseError | undefined {
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch {
      return new LumiverseError({
        code: "configuration",
        field: `headers.${name}`,
        message: `the header ${JSON.stringify(name)} has a name or value that HTTP cannot carry`,
        hint: "Header values are single lines of Latin-1 text",
      });
    }
  }
  return undefined;
}
