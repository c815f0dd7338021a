/**
 * Deferred answers (https://docs.x.ai/docs/guides/deferred-chat-completions): the call returns at once with a request id, which becomes an opaque part of a
 * message with the finish reason `pause`. A call whose last message contains that part fetches the answer. The vendor returns it once, within 24 hours. Until
 * it is ready, the vendor answers 202 with an empty body. Core treats that as a failure that can be retried, so `retry` sets how long it waits.
 */
import { endpoint, isObject, type Message, type Protocol, type Reader } from "@lumiverse/core/provider";

const KIND = "deferred";

export function deferred(chat: Protocol): Protocol {
  return {
    ...chat,
    render(call) {
      const rendered = chat.render(call);
      const requestId = deferredRequestId(call.messages);
      if (requestId !== undefined) {
        const url = endpoint(call.route.base, `/chat/deferred-completion/${encodeURIComponent(requestId)}`);
        return { ...rendered, request: { method: "GET", url }, notes: [] };
      }
      return { ...rendered, request: { ...rendered.request, body: { ...rendered.request.body, deferred: true } } };
    },
    reader: (context) => new DeferredReader(chat.reader(context)),
  };
}

/** The request id in the last message. Undefined when the conversation does not end with a deferred answer. */
export function deferredRequestId(messages: readonly Message[]): string | undefined {
  const last = messages[messages.length - 1];
  if (last?.role !== "assistant" || typeof last.content === "string") return undefined;
  for (const part of last.content) {
    if (part.type !== "opaque" || part.kind !== KIND) continue;
    const id = isObject(part.replay?.data) ? part.replay.data["request_id"] : undefined;
    if (typeof id === "string") return id;
  }
  return undefined;
}

class DeferredReader implements Reader {
  private received = false;
  private readonly chat: Reader;

  constructor(chat: Reader) {
    this.chat = chat;
  }

  get phase(): Reader["phase"] {
    return this.received ? "done" : this.chat.phase;
  }

  body: Reader["body"] = (json, emit) => {
    const id = isObject(json) && json["choices"] === undefined ? json["request_id"] : undefined;
    if (typeof id !== "string" || id === "") return this.chat.body(json, emit);
    this.received = true;
    emit({ type: "start", id });
    emit({ type: "part", index: 0, part: { type: "opaque", kind: KIND }, replay: { request_id: id } });
    emit({ type: "finish", reason: "pause", raw: KIND });
  };
  message: Reader["message"] = (message, emit) => this.chat.message(message, emit);
  unframedText: Reader["unframedText"] = (text, emit) => this.chat.unframedText(text, emit);
  end: Reader["end"] = (emit) => {
    if (!this.received) this.chat.end(emit);
  };
}
