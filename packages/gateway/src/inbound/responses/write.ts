/** Writes answers of vendors that speak another protocol as Responses. https://platform.openai.com/docs/api-reference/responses-streaming */
import type { ChatEvent, ChatResponse, JsonObject, LumiverseError, Part, SourcePart, ToolCallPart } from "@lumiverse/core";
import { isObject } from "@lumiverse/core/provider";
import type { AnswerHead, ParsedRequest } from "../protocol.ts";
import { eventName, type MessageBuilder, type SentMessages, type StreamFormat } from "../shared/answer-stream.ts";
import { argumentsOf, missingArguments } from "../shared/call-arguments.ts";
import { type ClientTool, clientTools, customInput } from "../shared/client-tools.ts";
import { refusalText } from "../shared/refusal.ts";
import { annotationOf, responseObject } from "./response-object.ts";

export const RESPONSES_STREAM: StreamFormat = {
  contentType: "text/event-stream; charset=utf-8",
  message: (event, json) => `event: ${eventName(event)}\ndata: ${json}\n\n`,
  end: "",
  failed: "",
  heartbeat: ": keep-alive\n\n",
};

/** The index of a part that is added at the end. Other parts have indexes from 0 on. */
const LAST_PART = -1;

/** An output item while it is written. */
interface Item {
  /** A refusal is a message with one part of its own kind. */
  kind: "message" | "refusal" | "reasoning" | "function_call" | "custom_tool_call";
  outputIndex: number;
  id: string;
  text: string;
  annotations: JsonObject[];
  callId: string;
  name: string;
  namespace?: string;
  /** Its last event was sent. */
  done?: boolean;
}

export class ResponsesEvents implements MessageBuilder {
  readonly #parsed: ParsedRequest;
  readonly #head: AnswerHead;
  #sequence = 0;
  #begun = false;
  /** Items by the index of their part, until they are done. */
  readonly #open: Map<number, Item> = new Map();
  /** Finished items by output index. */
  readonly #output: JsonObject[] = [];
  #items = 0;
  /** The last message. */
  #message: Item | undefined;
  /** A message whose text has ended. It stays open until another item begins: sources come after the text that cites them. */
  #waiting: Item | undefined;
  /** Sources before any message. */
  #sources: SourcePart[] = [];
  readonly #tools: ReadonlyMap<string, ClientTool>;

  constructor(parsed: ParsedRequest, head: AnswerHead) {
    this.#parsed = parsed;
    this.#tools = clientTools(parsed.answer["tools"]);
    this.#head = head;
  }

  event(event: ChatEvent): JsonObject[] {
    switch (event.type) {
      case "start":
        return this.#begin([]);
      case "text":
        return this.#begin(this.#text(event.index, event.text));
      case "reasoning":
        return this.#begin(this.#reasoning(event.index, event.text));
      case "part-start":
        if (event.kind !== "tool-call") return [];
        return this.#begin(this.#add(event.index, kindOfCall(this.#tools.get(event.name)), event.id, event.name));
      case "tool-call-delta":
        return this.#arguments(event.index, event.text);
      case "part-end":
        return [...(event.part.type === "tool-call" ? this.#setArguments(event.index, event.part) : []), ...this.#done(event.index)];
      case "part":
        return this.#begin(this.#part(event.index, event.part));
      default:
        return [];
    }
  }

  #event(type: string, fields: JsonObject): JsonObject {
    return { type, sequence_number: this.#sequence++, ...fields };
  }

  /** The events, after those that begin the response. */
  #begin(events: JsonObject[]): JsonObject[] {
    if (this.#begun) return events;
    this.#begun = true;
    // The events were numbered before those that precede them.
    const response = responseObject(this.#parsed, this.#head, { status: "in_progress", output: [] });
    const head = ["response.created", "response.in_progress"].map((type, n) => ({ type, sequence_number: n, response }));
    this.#sequence += head.length;
    return [...head, ...events.map((event) => ({ ...event, sequence_number: Number(event["sequence_number"]) + head.length }))];
  }

  #add(part: number, kind: Item["kind"], callId = "", name = ""): JsonObject[] {
    const closed = this.#closeWaiting();
    const outputIndex = this.#items++;
    const item: Item = {
      kind,
      outputIndex,
      id: `${PREFIXES[kind]}_${this.#head.id}_${outputIndex}`,
      text: "",
      annotations: [],
      callId,
      ...named(name, this.#tools),
    };
    this.#open.set(part, item);
    const at = { item_id: item.id, output_index: outputIndex };
    const events = [
      ...closed,
      this.#event("response.output_item.added", { output_index: outputIndex, item: itemObject(item, "in_progress") }),
    ];
    if (kind === "message" || kind === "refusal")
      events.push(this.#event("response.content_part.added", { ...at, content_index: 0, part: contentObject({ ...item, text: "" }) }));
    if (kind === "reasoning")
      events.push(
        this.#event("response.reasoning_summary_part.added", { ...at, summary_index: 0, part: { type: "summary_text", text: "" } }),
      );
    if (kind !== "message") return events;
    this.#message = item;
    return [...events, ...this.#sources.splice(0).map((source) => this.#annotation(item, source))];
  }

  /** A source belongs to the message before it. */
  #source(source: SourcePart): JsonObject[] {
    const message = this.#message;
    if (message !== undefined && !message.done) return [this.#annotation(message, source)];
    this.#sources.push(source);
    return [];
  }

  /**
   * Sources that came after the last message had ended, such as after a call. Their events name that message, and the response at the end has them in it: a message of
   * their own would have no text. Only an answer without any message gets one.
   */
  #lateSources(): JsonObject[] {
    const message = this.#message;
    if (this.#sources.length === 0) return [];
    if (message === undefined) return [...this.#add(LAST_PART, "message"), ...this.#done(LAST_PART)];
    const events = this.#sources.splice(0).map((source) => this.#annotation(message, source));
    this.#output[message.outputIndex] = itemObject(message, "completed");
    return events;
  }

  #annotation(item: Item, source: SourcePart): JsonObject {
    const annotation = annotationOf(source);
    const annotation_index = item.annotations.push(annotation) - 1;
    const at = { item_id: item.id, output_index: item.outputIndex, content_index: 0 };
    return this.#event("response.output_text.annotation.added", { ...at, annotation_index, annotation });
  }

  #text(part: number, text: string): JsonObject[] {
    const opened = this.#open.has(part) ? [] : this.#add(part, "message");
    const item = this.#open.get(part);
    if (item === undefined) return opened;
    item.text += text;
    const at = { item_id: item.id, output_index: item.outputIndex, content_index: 0 };
    return [...opened, this.#event("response.output_text.delta", { ...at, delta: text, logprobs: [] })];
  }

  #reasoning(part: number, text: string): JsonObject[] {
    const opened = this.#open.has(part) ? [] : this.#add(part, "reasoning");
    const item = this.#open.get(part);
    if (item === undefined) return opened;
    item.text += text;
    const at = { item_id: item.id, output_index: item.outputIndex, summary_index: 0 };
    return [...opened, this.#event("response.reasoning_summary_text.delta", { ...at, delta: text })];
  }

  #arguments(part: number, text: string): JsonObject[] {
    const item = this.#open.get(part);
    if (item === undefined) return [];
    item.text += text;
    // The input of a custom tool is inside of the arguments, so it is known at their end.
    if (item.kind === "custom_tool_call") return [];
    return [this.#event("response.function_call_arguments.delta", { item_id: item.id, output_index: item.outputIndex, delta: text })];
  }

  #setArguments(part: number, call: ToolCallPart): JsonObject[] {
    const item = this.#open.get(part);
    if (item === undefined) return [];
    const missing = missingArguments(call, item.text);
    const events = missing === "" ? [] : this.#arguments(part, missing);
    item.text = argumentsOf(call);
    return events;
  }

  #done(part: number): JsonObject[] {
    const item = this.#open.get(part);
    if (item === undefined) return [];
    this.#open.delete(part);
    if (item.kind !== "message") return this.#close(item);
    const closed = this.#closeWaiting();
    this.#waiting = item;
    return closed;
  }

  #closeWaiting(): JsonObject[] {
    const item = this.#waiting;
    this.#waiting = undefined;
    return item === undefined ? [] : this.#close(item);
  }

  #close(item: Item): JsonObject[] {
    const { id, outputIndex, kind, text, name } = item;
    item.done = true;
    const at = { item_id: id, output_index: outputIndex };
    const object = itemObject(item, "completed");
    this.#output[outputIndex] = object;
    const end = (): JsonObject => this.#event("response.output_item.done", { output_index: outputIndex, item: object });
    switch (kind) {
      case "message":
        return [
          this.#event("response.output_text.done", { ...at, content_index: 0, text, logprobs: [] }),
          this.#event("response.content_part.done", { ...at, content_index: 0, part: contentObject(item) }),
          end(),
        ];
      case "refusal":
        return [
          this.#event("response.refusal.done", { ...at, content_index: 0, refusal: text }),
          this.#event("response.content_part.done", { ...at, content_index: 0, part: contentObject(item) }),
          end(),
        ];
      case "reasoning":
        return [
          this.#event("response.reasoning_summary_text.done", { ...at, summary_index: 0, text }),
          this.#event("response.reasoning_summary_part.done", { ...at, summary_index: 0, part: { type: "summary_text", text } }),
          end(),
        ];
      case "custom_tool_call": {
        const input = customInput(text);
        const events = [this.#event("response.custom_tool_call_input.delta", { ...at, delta: input })];
        return [...events, this.#event("response.custom_tool_call_input.done", { ...at, input }), end()];
      }
      case "function_call":
        return [this.#event("response.function_call_arguments.done", { ...at, name, arguments: text }), end()];
    }
  }

  #part(index: number, part: Part): JsonObject[] {
    if (part.type === "source") return this.#source(part);
    if (part.type === "text") return [...this.#text(index, part.text), ...this.#done(index)];
    if (part.type !== "image" || part.data === undefined) return [];
    const closed = this.#closeWaiting();
    const outputIndex = this.#items++;
    const item = { type: "image_generation_call", id: `ig_${this.#head.id}_${outputIndex}`, status: "completed", result: part.data };
    this.#output[outputIndex] = item;
    return [
      ...closed,
      this.#event("response.output_item.added", { output_index: outputIndex, item: { ...item, status: "in_progress", result: null } }),
      this.#event("response.output_item.done", { output_index: outputIndex, item }),
    ];
  }

  end(response: ChatResponse): JsonObject[] {
    const events = this.#begin([
      ...[...this.#open.keys()].flatMap((part) => this.#done(part)),
      ...this.#lateSources(),
      ...this.#refusal(refusalText(response)),
      ...this.#closeWaiting(),
    ]);
    const object = responseObject(this.#parsed, this.#head, { status: "completed", output: this.#output.filter(Boolean), response });
    events.push(this.#event(object["status"] === "incomplete" ? "response.incomplete" : "response.completed", { response: object }));
    return events;
  }

  #refusal(refusal: string): JsonObject[] {
    if (refusal === "") return [];
    const events = this.#add(LAST_PART, "refusal");
    const item = this.#open.get(LAST_PART);
    if (item === undefined) return events;
    item.text = refusal;
    const at = { item_id: item.id, output_index: item.outputIndex, content_index: 0 };
    return [...events, this.#event("response.refusal.delta", { ...at, delta: refusal }), ...this.#done(LAST_PART)];
  }

  fail(error: LumiverseError, sent?: SentMessages): JsonObject[] {
    if (sent !== undefined) return [failedAfter(sent, responseObject(this.#parsed, this.#head, { status: "failed", output: [], error }))];
    const events = this.#begin(this.#closeWaiting());
    const response = responseObject(this.#parsed, this.#head, { status: "failed", output: this.#output.filter(Boolean), error });
    events.push(this.#event("response.failed", { response }));
    return events;
  }
}

/** The last event of a stream whose other events are the vendor's own. */
function failedAfter({ first, last }: SentMessages, response: JsonObject): JsonObject {
  const created = isObject(first["response"]) ? first["response"]["id"] : undefined;
  const sequence = last["sequence_number"];
  return {
    type: "response.failed",
    sequence_number: typeof sequence === "number" ? sequence + 1 : 0,
    response: { ...response, ...(typeof created === "string" ? { id: created } : {}) },
  };
}

function contentObject({ kind, text, annotations }: Pick<Item, "kind" | "text" | "annotations">): JsonObject {
  if (kind === "refusal") return { type: "refusal", refusal: text };
  return { type: "output_text", text, annotations: [...annotations], logprobs: [] };
}

const PREFIXES: { readonly [K in Item["kind"]]: string } = {
  message: "msg",
  refusal: "msg",
  reasoning: "rs",
  function_call: "fc",
  custom_tool_call: "ctc",
};

function kindOfCall(tool: ClientTool | undefined): Item["kind"] {
  return tool?.isCustom === true ? "custom_tool_call" : "function_call";
}

/** The name of a called function as the client knows it. */
function named(name: string, tools: ReadonlyMap<string, ClientTool>): Pick<Item, "name" | "namespace"> {
  const { name: own, namespace } = tools.get(name) ?? { name };
  return { name: own, ...(namespace === undefined ? {} : { namespace }) };
}

function itemObject(item: Item, status: string): JsonObject {
  const { kind, id, text, callId, name, namespace } = item;
  const space = namespace === undefined ? {} : { namespace };
  switch (kind) {
    case "message":
    case "refusal":
      return { type: "message", id, status, role: "assistant", content: status === "completed" ? [contentObject(item)] : [] };
    case "reasoning":
      return { type: "reasoning", id, summary: status === "completed" ? [{ type: "summary_text", text }] : [] };
    case "function_call":
      return { type: "function_call", id, status, call_id: callId, name, ...space, arguments: status === "completed" ? text : "" };
    case "custom_tool_call":
      return {
        type: "custom_tool_call",
        id,
        status,
        call_id: callId,
        name,
        ...space,
        input: status === "completed" ? customInput(text) : "",
      };
  }
}

/** The body of an unstreamed answer. */
export function responsesBody(parsed: ParsedRequest, response: ChatResponse, head: AnswerHead): JsonObject {
  const { content } = response.message;
  const parts: readonly Part[] = typeof content === "string" ? [{ type: "text", text: content }] : content;
  const output: (Item | JsonObject)[] = [];
  const tools = clientTools(parsed.answer["tools"]);
  const add = (kind: Item["kind"], text: string, called: Pick<Item, "callId" | "name"> = { callId: "", name: "" }): Item => {
    const item = {
      kind,
      outputIndex: output.length,
      id: `${PREFIXES[kind]}_${head.id}_${output.length}`,
      text,
      annotations: [],
      ...called,
    };
    output.push(item);
    return item;
  };
  for (const part of parts) {
    if (part.type === "text") add("message", part.text);
    else if (part.type === "reasoning") add("reasoning", part.text);
    else if (part.type === "tool-call")
      add(kindOfCall(tools.get(part.name)), argumentsOf(part), { callId: part.id, ...named(part.name, tools) });
    else if (part.type === "image" && part.data !== undefined)
      output.push({ type: "image_generation_call", id: `ig_${head.id}_${output.length}`, status: "completed", result: part.data });
  }
  if (response.sources.length > 0) {
    const message = output.filter(isItem).findLast(({ kind }) => kind === "message") ?? add("message", "");
    message.annotations = response.sources.map(annotationOf);
  }
  const refusal = refusalText(response);
  if (refusal !== "") add("refusal", refusal);
  const items = output.map((item) => (isItem(item) ? itemObject(item, "completed") : item));
  return responseObject(parsed, head, { status: "completed", output: items, response });
}

function isItem(item: Item | JsonObject): item is Item {
  return "kind" in item;
}
