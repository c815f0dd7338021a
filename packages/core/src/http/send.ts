import type { Timeouts } from "../chat/request.ts";
import type { HttpRequest } from "../contract/http.ts";
import { requestError } from "./network-error.ts";
import { isRedirect, redirectTarget } from "./redirect.ts";
import { type RequestLifetime, timedOut } from "./request-lifetime.ts";
import type { Redact } from "./secrets.ts";
import { startTimer } from "./timer.ts";

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

/** Sends a request, follows redirects within the origin, and returns the response once its headers are there. */
export async function send(call: HttpCall, lifetime: RequestLifetime): Promise<Response> {
  let { url } = call.request;
  const ms = call.timeouts.response;
  const stopTimer = startTimer(ms, () => lifetime.end(timedOut("response", ms)));
  try {
    for (let hop = 0; ; hop++) {
      if (lifetime.ended !== undefined) throw lifetime.ended;
      const response = await call.fetch(url.href, {
        method: call.request.method,
        headers: call.headers,
        ...(call.body === undefined ? {} : { body: call.body }),
        // A redirect that fetch follows would carry headers such as x-api-key to another origin.
        redirect: "manual",
        signal: lifetime.controller.signal,
      });
      if (!isRedirect(response)) return response;
      url = redirectTarget(response, url, call.request.method, hop);
    }
  } catch (cause) {
    throw requestError(cause, lifetime, url, call.redact);
  } finally {
    stopTimer();
  }
}
