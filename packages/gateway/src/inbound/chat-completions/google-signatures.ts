import type { SpelledCall } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";

/** Takes Gemini's signatures out of the calls of a body for a host that refuses the field. */
export function removeGoogleSignatures({ http: { body }, notes, googleSignatures }: SpelledCall): void {
  const messages = body?.["messages"];
  if (googleSignatures || !Array.isArray(messages)) return;
  let isRemoved = false;
  for (const message of messages) {
    const calls: unknown = isObject(message) ? message["tool_calls"] : undefined;
    for (const call of Array.isArray(calls) ? calls : []) {
      const extra: unknown = isObject(call) ? call["extra_content"] : undefined;
      if (!isObject(extra) || extra["google"] === undefined) continue;
      // A filled template belongs to this request.
      delete call.extra_content;
      isRemoved = true;
    }
  }
  const message = "Gemini's signatures of tool calls were dropped: they are not valid here.";
  if (isRemoved) notes.push({ kind: "foreign", field: "messages", message });
}
