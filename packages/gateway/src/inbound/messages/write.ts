/** Writes answers of vendors that speak another protocol as Messages. https://platform.claude.com/docs/en/build-with-claude/streaming */
import type { ChatEvent, ChatResponse, FinishReason, JsonObject, LumiverseError, Part, SourcePart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";
import { eventName, type MessageBuilder, type StreamFormat } from "../shared/answer-stream.ts";
import { SentArguments } from "../shared/call-arguments.ts";
import { urlOf } from "../shared/data-url.ts";
import { refusalText } from "../shared/refusal.ts";
import { BlockSequence } from "./blocks.ts";
import { messagesError } from "./errors.ts";
import { messagesUsage } from "./usage.ts";

export const MESSAGES_STREAM: StreamFormat = {
  contentType: "text/event-stream; charset=utf-8",
  message: (event, json) => `event: ${eventName(event)}\ndata: ${json}\n\n`,
  end: "",
  failed: "",
  heartbeat: 'event: ping\ndata: {"type":"ping"}\n\n',
};

const STOP: { readonly [R in FinishReason]: string } = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  refusal: "refusal",
  "context-overflow": "model_context_window_exceeded",
  pause: "pause_turn",
  other: "end_turn",
};

/** The index of a part that is added at the end. */
const LAST_PART = Number.MAX_SAFE_INTEGER;

export class MessagesEvents implements MessageBuilder {
  readonly #parsed: ParsedRequest;
  readonly #head: AnswerHead;
  readonly #blocks: BlockSequence = new BlockSequence();
  #begun = false;
  readonly #sent: SentArguments = new SentArguments();
  /** The part of the last text. */
  #lastText = -1;
  /** Citations that came when no text was open. The next text gets them: a block of their own has no text, and only the end of the answer needs one. */
  #citations: JsonObject[] = [];

  constructor(parsed: ParsedRequest, head: AnswerHead) {
    this.#parsed = parsed;
    this.#head = head;
  }

  event(event: ChatEvent): JsonObject[] {
    switch (event.type) {
      case "text":
        return this.#begin(this.#text(event.index, event.text));
      case "reasoning":
        return this.#begin(this.#thinking(event.index, event.text));
      case "part-start":
        if (event.kind !== "tool-call") return [];
        return this.#begin(this.#blocks.open(event.index, { type: "tool_use", id: event.id, name: event.name, input: {} }, false));
      case "tool-call-delta":
        this.#sent.add(event.index, event.text);
        return this.#blocks.delta(event.index, { type: "input_json_delta", partial_json: event.text });
      case "part-end":
        return [...this.#lastDelta(event.index, event.part), ...this.#blocks.end(event.index)];
      case "part":
        return this.#begin(this.#part(event.index, event.part));
      default:
        return [];
    }
  }

  /** The events, after the beginning of the message where they are the first. */
  #begin(events: JsonObject[]): JsonObject[] {
    if (this.#begun || events.length === 0) return events;
    this.#begun = true;
    const message = {
      ...messageFields(this.#parsed, this.#head),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      // The vendor's count comes at the end, and replaces this estimate. Some clients read the prompt's tokens here alone.
      usage: { input_tokens: this.#head.estimateInput?.() ?? 0, output_tokens: 0 },
    };
    return [{ type: "message_start", message }, ...events];
  }

  #text(part: number, text: string): JsonObject[] {
    this.#lastText = part;
    if (this.#blocks.isOpen(part)) return this.#blocks.delta(part, { type: "text_delta", text });
    const opened = this.#blocks.open(part, { type: "text", text: "" }, true);
    const cited = this.#citations.splice(0).flatMap((delta) => this.#blocks.delta(part, delta));
    return [...opened, ...cited, ...this.#blocks.delta(part, { type: "text_delta", text })];
  }

  #thinking(part: number, thinking: string): JsonObject[] {
    const opened = this.#blocks.isOpen(part) ? [] : this.#blocks.open(part, { type: "thinking", thinking: "", signature: "" }, true);
    return [...opened, ...this.#blocks.delta(part, { type: "thinking_delta", thinking })];
  }

  /** What is missing of the arguments of a call. The signature of a thought, where its vendor speaks this protocol. */
  #lastDelta(index: number, part: Part): JsonObject[] {
    if (part.type === "tool-call") {
      const missing = this.#sent.missing(index, part);
      return missing === "" ? [] : this.#blocks.delta(index, { type: "input_json_delta", partial_json: missing });
    }
    const signature = part.type === "reasoning" && isObject(part.replay?.data) ? part.replay.data["signature"] : undefined;
    return typeof signature === "string" ? this.#blocks.delta(index, { type: "signature_delta", signature }) : [];
  }

  #part(index: number, part: Part): JsonObject[] {
    switch (part.type) {
      case "text":
        return this.#text(index, part.text);
      case "image":
        return this.#text(index, `![image](${urlOf(part)})`);
      case "source": {
        const delta = { type: "citations_delta", citation: citation(part) };
        if (this.#blocks.isOpen(this.#lastText)) return this.#blocks.delta(this.#lastText, delta);
        this.#citations.push(delta);
        return [];
      }
      default:
        return [];
    }
  }

  end(response: ChatResponse): JsonObject[] {
    const cited = this.#citations.length === 0 ? [] : this.#blocks.whole(LAST_PART, { type: "text", text: "" }, this.#citations);
    const rest = [...cited, ...this.#blocks.endAll()];
    const { usage } = response;
    const delta = outcome(response);
    const end = [{ type: "message_delta", delta, usage: messagesUsage(usage, this.#head.estimateInput) }, { type: "message_stop" }];
    return [...this.#begin(rest), ...this.#begin(end)];
  }

  fail(error: LumiverseError): JsonObject[] {
    return [messagesError(error)];
  }
}

function messageFields({ model }: ParsedRequest, { id }: AnswerHead): JsonObject {
  return { id: `msg_${id}`, type: "message", role: "assistant", model };
}

/** The body of an unstreamed answer. */
export function messagesBody(parsed: ParsedRequest, response: ChatResponse, head: AnswerHead): JsonObject {
  return {
    ...messageFields(parsed, head),
    content: contentOf(response),
    ...outcome(response),
    usage: messagesUsage(response.usage),
  };
}

/** How the answer ended. The words of a refusal are its explanation, as Anthropic's own are. */
function outcome(response: ChatResponse): JsonObject {
  const { finishReason, details } = response;
  const explanation = refusalText(response);
  const refusal = isObject(details["refusal"]) ? details["refusal"] : { type: "refusal", category: null, explanation };
  return {
    stop_reason: STOP[finishReason],
    stop_sequence: details.stopSequence ?? null,
    ...(details["refusal"] === undefined ? {} : { stop_details: refusal }),
  };
}

function contentOf({ message }: ChatResponse): JsonObject[] {
  if (typeof message.content === "string") return [{ type: "text", text: message.content }];
  const blocks: JsonObject[] = [];
  for (const part of message.content) {
    if (part.type === "text") blocks.push({ type: "text", text: part.text });
    else if (part.type === "image") blocks.push({ type: "text", text: `![image](${urlOf(part)})` });
    else if (part.type === "reasoning") blocks.push({ type: "thinking", thinking: part.text, signature: "" });
    else if (part.type === "tool-call") blocks.push({ type: "tool_use", id: part.id, name: part.name, input: inputOf(part.input) });
    else if (part.type === "source") addCitation(blocks, citation(part));
  }
  return blocks;
}

function inputOf(input: unknown): JsonObject {
  return isObject(input) ? input : {};
}

/** Adds a citation to the last text, because sources come after it. */
function addCitation(blocks: JsonObject[], added: JsonObject): void {
  let text = blocks.findLast((block) => block["type"] === "text");
  if (text === undefined) {
    text = { type: "text", text: "" };
    blocks.push(text);
  }
  const { citations } = text;
  if (Array.isArray(citations)) citations.push(added);
  else text["citations"] = [added];
}

function citation({ url = "", title, quote = "" }: SourcePart): JsonObject {
  return { type: "web_search_result_location", cited_text: quote, encrypted_index: "", title: title ?? null, url };
}
