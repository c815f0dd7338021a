/** Messages as input items. */
import type {
  AudioPart,
  CheckedCall,
  FilePart,
  ImagePart,
  JsonObject,
  Message,
  Names,
  Note,
  Part,
  TextPart,
  ToolMessage,
  ToolResultPart,
} from "@lumiverse/core";
import { assistantItems } from "./assistant.ts";
import type { ResponsesDialect } from "./dialect.ts";

export interface InputContext {
  names: Names;
  /** The vendor keeps answers, so that an item without its encrypted content can still be found by id. */
  stored: boolean;
  /** What each call's id became, for its result. */
  callIds: Map<string, string>;
}
export interface Input {
  instructions: string | undefined;
  input: JsonObject[];
}
/** Calls that went to the model as one: the id each result is filed under. */
export type Wrapped = Map<string, { id: string; name: string }>;

export function renderInput(call: CheckedCall, dialect: ResponsesDialect, context: InputContext, notes: Note[]): Input {
  const { messages } = call;
  // In JSON mode the vendor looks for the word JSON in the input items alone; instructions do not count.
  const place = call.output?.strategy === "json" ? "item" : (dialect.system ?? "instructions");
  const first = messages.findIndex((message) => message.role !== "system");
  const head = place === "instructions" ? (first < 0 ? messages.length : first) : 0;
  const role = place === "system" || place === "developer" ? place : (dialect.systemRole ?? "developer");
  const instructions = messages.slice(0, head).map(textOf).join("\n\n");
  const input: JsonObject[] = [];
  const wrapped: Wrapped = new Map();
  const once = new Set<string>();
  const note = (field: string, message: string): void => {
    if (once.has(message)) return;
    once.add(message);
    notes.push({ kind: "dropped", field, message });
  };
  for (const message of messages.slice(head)) {
    if (message.role === "system") input.push({ role, content: textOf(message) });
    else if (message.role === "user") input.push({ role: "user", content: userContent(message.content) });
    else if (message.role === "tool") results(message, dialect, context, wrapped, input);
    else input.push(...assistantItems(message, call, context, wrapped, note));
  }
  const { prefill } = call.request;
  if (prefill !== undefined && prefill !== "") input.push({ role: "assistant", content: prefill });
  if (input.length === 0) {
    // The API refuses an input without items.
    input.push({ role: "user", content: "" });
    notes.push({
      kind: "changed",
      field: "messages",
      message: "the vendor wants at least one message beside the system prompt: an empty one was sent",
    });
  }
  return { instructions: instructions === "" ? undefined : instructions, input };
}

function textOf(message: Message): string {
  if (typeof message.content === "string") return message.content;
  return (message.content as readonly Part[]).map((part) => (part.type === "text" ? part.text : "")).join("");
}

function userContent(content: string | readonly Part[]): string | JsonObject[] {
  if (typeof content === "string") return content;
  const parts: JsonObject[] = [];
  for (const part of content)
    if (part.type === "text" || part.type === "image" || part.type === "file" || part.type === "audio") parts.push(inputPart(part));
  return parts;
}

function inputPart(part: TextPart | ImagePart | FilePart | AudioPart): JsonObject {
  if (part.type === "text") return { type: "input_text", text: part.text };
  if (part.type === "audio")
    return {
      type: "input_audio",
      input_audio: { data: part.data ?? part.url, format: part.mediaType?.replace(/^audio\/(?:x-)?/, "").replace("mpeg", "mp3") ?? "wav" },
    };
  const data = part.data === undefined ? part.url : `data:${part.mediaType};base64,${part.data}`;
  // An id of the vendor's file store is no URL.
  const stored = part.data === undefined && /^file[-_]\w+$/.test(part.url);
  if (part.type === "image")
    return { type: "input_image", ...(stored ? { file_id: data } : { image_url: data }), detail: part.detail ?? "auto" };
  if (stored) return { type: "input_file", file_id: data };
  if (!data.startsWith("data:")) return { type: "input_file", file_url: data };
  // With bytes the name is required.
  return { type: "input_file", filename: part.filename ?? `file.${EXTENSION[part.mediaType ?? ""] ?? "pdf"}`, file_data: data };
}
const EXTENSION: Readonly<Record<string, string>> = {
  "text/plain": "txt",
  "text/markdown": "md",
  "text/csv": "csv",
  "text/html": "html",
  "application/json": "json",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
};

function results(message: ToolMessage, dialect: ResponsesDialect, context: InputContext, wrapped: Wrapped, input: JsonObject[]): void {
  const media: JsonObject[] = [];
  const shared = new Map<string, ToolResultPart[]>();
  for (const result of message.content) {
    const wrapper = wrapped.get(result.id);
    if (wrapper === undefined) {
      input.push({
        type: "function_call_output",
        call_id: context.callIds.get(result.id) ?? result.id,
        output: outputOf(result, dialect, media),
      });
      continue;
    }
    const there = shared.get(wrapper.id);
    if (there === undefined) shared.set(wrapper.id, [result]);
    else there.push(result);
  }
  // The calls of one wrapper get one output, in their order.
  for (const [id, all] of shared) {
    const outputs = all.map((result) => ({ name: wrapped.get(result.id)?.name ?? "", output: outputOf(result, dialect, media) }));
    const plain = outputs.every((one) => typeof one.output === "string");
    const output = plain
      ? JSON.stringify(outputs.map((one) => ({ recipient_name: `functions.${one.name}`, output: one.output })))
      : outputs.flatMap((one) => [
          { type: "input_text", text: `functions.${one.name}:` },
          ...(typeof one.output === "string" ? [{ type: "input_text", text: one.output }] : one.output),
        ]);
    input.push({ type: "function_call_output", call_id: id, output });
  }
  if (media.length > 0) input.push({ role: "user", content: media });
}

/** The wire has no flag for a failed call: the text says so. */
function outputOf(result: ToolResultPart, dialect: ResponsesDialect, media: JsonObject[]): string | JsonObject[] {
  const failed = result.isError === true ? "Error: " : "";
  if (typeof result.content === "string") return failed + result.content;
  const texts = result.content.filter((part) => part.type === "text").map((part) => part.text);
  const rest = result.content.filter((part) => part.type !== "text");
  if (rest.length === 0) return failed + texts.join("\n");
  if (dialect.toolOutput !== "string") {
    const parts = result.content.map(inputPart);
    return failed === "" ? parts : [{ type: "input_text", text: "Error:" }, ...parts];
  }
  media.push({ type: "input_text", text: `Attached to the result of the call ${result.id}:` }, ...rest.map(inputPart));
  return failed + (texts.join("\n") || "The result is attached to the next message.");
}
