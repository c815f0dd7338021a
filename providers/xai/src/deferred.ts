/**
 * Deferred answers (https://docs.x.ai/docs/guides/deferred-chat-completions): the call returns a receipt at once, which stands in the answer's message
 * and ends it with `pause`. Sent back as the last message it fetches the answer, which the vendor gives out once, within 24 hours. Until then it
 * answers 202 with an empty body: to the transport a failure that may be tried again, so that `retry` says how long is waited.
 */
import { endpoint, isObject, type Message, type Protocol, type Reader } from "@lumiverse/core";

const KIND = "deferred";

export function deferred(chat: Protocol): Protocol {
  return {
    ...chat,
    render(call) {
      const rendered = chat.render(call);
      const receipt = receiptOf(call.messages);
      if (receipt !== undefined) {
        const url = endpoint(call.route.base, `/chat/deferred-completion/${encodeURIComponent(receipt)}`);
        return { ...rendered, request: { method: "GET", url }, notes: [] };
      }
      return { ...rendered, request: { ...rendered.request, body: { ...rendered.request.body, deferred: true } } };
    },
    reader: (call, rendered) => new DeferredReader(chat.reader(call, rendered)),
  };
}

/** The receipt that a transcript ends with, if it ends so. */
export function receiptOf(messages: readonly Message[]): string | undefined {
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
  stray: Reader["stray"] = (text, emit) => this.chat.stray(text, emit);
  end: Reader["end"] = (emit) => {
    if (!this.received) this.chat.end(emit);
  };
}
