import type { ChatRequest, Message, Note } from "@lumiverse/core";
import type { TranslationTarget } from "@lumiverse/core/provider";

/** What a client means that ends a conversation with a turn of the model: it adds the answer to the end of that turn. */
const GO_ON = "Go on with your last message from exactly where it ends. Write only what follows, and repeat nothing of it.";

/**
 * A conversation that ends with a turn of the model, for a model that does not continue one. Front ends send it to continue an answer, and cannot know which models do.
 * The turn stays, and a user turn asks for its continuation.
 */
export function askToGoOn(request: ChatRequest, { capabilities, policy: { unsupported } }: TranslationTarget, notes: Note[]): ChatRequest {
  const last = request.messages.at(-1);
  // A connection that says what to do with a prefill decides.
  const refusesPrefill = capabilities.prefill === false && typeof unsupported !== "string" && unsupported.prefill === undefined;
  if (!refusesPrefill || last === undefined || !endsInText(last)) return request;
  notes.push({
    kind: "prefill",
    field: "messages",
    message: "The model does not continue a turn of its own, so a user turn was added that asks for it.",
  });
  return { ...request, messages: [...request.messages, { role: "user", content: GO_ON }] };
}

/** True for a turn of the model with text. One with a call, or with something of its vendor that is not finished, waits for other content. */
function endsInText({ role, content }: Message): boolean {
  if (role !== "assistant") return false;
  if (typeof content === "string") return content.trim() !== "";
  if (content.some(({ type }) => type === "tool-call" || type === "opaque")) return false;
  return content.some((part) => part.type === "text" && part.text.trim() !== "");
}
