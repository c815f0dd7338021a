import { requestError } from "./network-error.ts";
import { ignore, type RequestLifetime, timedOut } from "./request-lifetime.ts";
import type { HttpCall } from "./send.ts";

/** The body as text, cut at `limit` characters. The idle timeout applies. */
export async function readText(
  response: Response,
  call: Pick<HttpCall, "timeouts" | "redact" | "request">,
  lifetime: RequestLifetime,
  limit: number,
): Promise<string> {
  if (response.body === null) return "";
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const { idle } = call.timeouts;
  let text = "";
  // A body whose fetch ignores its signal ends by being cancelled.
  const cancel = (): void => void reader.cancel().catch(ignore);
  lifetime.onEnd(cancel);
  try {
    for (;;) {
      if (lifetime.ended !== undefined) throw lifetime.ended;
      lifetime.deadline.set(idle, () => lifetime.end(timedOut("idle", idle)));
      const { done, value } = await reader.read();
      if (lifetime.ended !== undefined) throw lifetime.ended;
      if (done) return text + decoder.decode();
      text += decoder.decode(value, { stream: true });
      if (text.length > limit) {
        cancel();
        return text.slice(0, limit);
      }
    }
  } catch (cause) {
    throw requestError(cause, lifetime, call.request.url, call.redact);
  } finally {
    lifetime.deadline.clear();
    lifetime.offEnd(cancel);
  }
}

/** The JSON value of a text; undefined when the text is empty or is not JSON. */
export function parseJson(text: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    return undefined;
  }
}
