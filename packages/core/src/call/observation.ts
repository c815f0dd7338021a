import { definedFields, isObject } from "../chat/json.ts";
import type { ChatRequest } from "../chat/request.ts";
import { ignore } from "../http/request-lifetime.ts";
import { shownURL } from "../http/secrets.ts";
import type { ObservedCall } from "./connection.ts";
import type { ConnectionState } from "./connection-state.ts";

/** The call as its observer sees it. A caller without types may have passed anything as the request. */
export function describeCall({ provider, base, redact }: ConnectionState, request: ChatRequest, streaming: boolean): ObservedCall {
  const baseURL = base === undefined ? provider.base : shownURL(base, redact);
  return {
    provider: provider.id,
    model: isObject(request) && typeof request.model === "string" ? request.model : "",
    streaming,
    ...definedFields({ baseURL }),
    request: () => request,
  };
}

/** Sends the request inside the wrapper that the observer returned. A wrapper that fails must not keep the request from being sent. */
export function sendInside(wrapper: unknown, send: () => Promise<Response>): Promise<Response> {
  if (typeof wrapper !== "function") return send();
  let sent: Promise<Response> | undefined;
  const sendOnce = (): Promise<Response> => {
    sent ??= send();
    return sent;
  };
  try {
    const returned: unknown = wrapper(sendOnce);
    if (returned instanceof Promise) returned.catch(ignore);
  } catch {
    // An observer that throws must not break the call.
  }
  return sendOnce();
}
