/** Neutral messages as turns of content blocks. A straight walk: pairing and foreign payloads were settled before. */
import {
  type AudioPart,
  type FilePart,
  type ImagePart,
  isObject,
  type JsonObject,
  LumiverseError,
  type Message,
  type Names,
  type Note,
  type Part,
  shortId,
  type ToolResultPart,
  wellFormed,
} from "@lumiverse/core";
import type { ClaudeTraits } from "../families/claude.ts";

export interface Turn {
  role: "user" | "assistant" | "system";
  content: JsonObject[];
}
export interface Turns {
  system: JsonObject[];
  messages: Turn[];
  /** What the last assistant turn says of the vendor's container, to be named again. */
  container?: unknown;
}
export interface WalkContext {
  traits: ClaudeTraits | undefined;
  names: Names;
  notes: Note[];
  /** Beta features that the content needs. */
  betas: Set<string>;
  /** Which thinking goes back. `running`: that of the tool loop still going. */
  thinking: "all" | "running" | "none";
  unsigned: "drop" | "send";
  citations: boolean;
  /** `warn` puts a line of text where a file can't go; `send` sends it; otherwise it is refused. */
  unsupported: "refuse" | "warn" | "send";
}

export function renderTurns(given: readonly Message[], c: WalkContext): Turns {
  const turns: Turns = { system: [], messages: [] };
  // Thinking before the last question belongs to finished turns.
  const running = given.findLastIndex((message) => message.role === "user");
  for (let i = 0; i < given.length; i++) {
    const message = given[i];
    if (message === undefined) continue;
    if (message.role === "system") renderSystem(message.content, turns, given[i + 1], c);
    else if (message.role === "tool") add(turns, "user", message.content.map((result) => toolResult(result, c)));
    else if (typeof message.content === "string") add(turns, message.role, text(message.content));
    else if (message.role === "user") add(turns, "user", message.content.flatMap((part) => userBlocks(part, c)));
    else {
      const thinking = c.thinking === "all" || (c.thinking === "running" && i > running);
      add(turns, "assistant", message.content.flatMap((part) => assistantBlocks(part, thinking, c)));
      const data = message.replay?.data;
      if (isObject(data) && data["container"] !== undefined) turns.container = data["container"];
    }
  }
  if (turns.messages[0]?.role !== "user") {
    turns.messages.unshift({ role: "user", content: [{ type: "text", text: "Please go on." }] });
    c.notes.push({ kind: "changed", field: "messages", message: "the conversation must open with a user turn: a short one was put before it" });
  }
  return turns;
}

/** Neighbours of one role are one turn on this wire. */
function add(turns: Turns, role: Turn["role"], content: readonly JsonObject[]): void {
  if (content.length === 0) return;
  const last = turns.messages[turns.messages.length - 1];
  if (last?.role === role) last.content.push(...content);
  else turns.messages.push({ role, content: [...content] });
}

/** The leading system messages are the system prompt. Later ones stand where they are on models that take them there, else join the user's turn. */
function renderSystem(content: string | readonly Part[], turns: Turns, next: Message | undefined, c: WalkContext): void {
  const blocks = typeof content === "string" ? text(content) : content.flatMap((part) => (part.type === "text" ? text(part.text) : []));
  if (turns.messages.length === 0) {
    turns.system.push(...blocks);
    return;
  }
  const last = turns.messages[turns.messages.length - 1]?.role;
  if (c.traits?.lateSystem === true && last !== "assistant" && (next === undefined || next.role === "assistant")) return add(turns, "system", blocks);
  add(turns, "user", blocks);
  noteOnce(c.notes, { kind: "moved", field: "messages", message: "a system message between turns was sent as part of the user's turn" });
}

/** Blank text is refused by the vendor, and says nothing. */
function text(value: string): JsonObject[] {
  return value.trim() === "" ? [] : [{ type: "text", text: wellFormed(value) }];
}

function userBlocks(part: Part, c: WalkContext): JsonObject[] {
  switch (part.type) {
    case "text":
      return text(part.text);
    case "image":
      return [image(part, c)];
    case "file":
      return [file(part, c)];
    case "audio":
      return [audio(part, c)];
    default:
      noteOnce(c.notes, { kind: "dropped", field: "messages", message: `a ${part.type} part can't stand in a user turn and was left out` });
      return [];
  }
}

function assistantBlocks(part: Part, thinking: boolean, c: WalkContext): JsonObject[] {
  const data = "replay" in part ? part.replay?.data : undefined;
  switch (part.type) {
    case "text": {
      const citations = isObject(data) ? data["citations"] : undefined;
      return text(part.text).map((block) => (citations === undefined ? block : { ...block, citations }));
    }
    case "reasoning":
      if (!thinking) return [];
      // The signature covers the block: it goes back as it came, with no mending.
      if (isObject(data)) return [data];
      if (c.unsigned === "send" && part.text !== "") return [{ type: "thinking", thinking: part.text }];
      noteOnce(c.notes, { kind: "dropped", field: "messages", message: "reasoning without a signature of this vendor was left out" });
      return [];
    case "tool-call":
      return [
        {
          type: "tool_use",
          id: callId(part.id),
          name: c.names.wire(part.name),
          input: argumentsOf(part.input, part.name, c),
          ...(isObject(data) && data["caller"] !== undefined ? { caller: data["caller"] } : {}),
        },
      ];
    case "opaque":
      return isObject(data) ? [data] : [];
    case "source":
      // Its citation goes back with the text.
      return [];
    default:
      noteOnce(c.notes, { kind: "dropped", field: "messages", message: `a ${part.type} part can't stand in an assistant turn here and was left out` });
      return [];
  }
}

/** The wire wants an object. */
function argumentsOf(input: unknown, name: string, c: WalkContext): JsonObject {
  if (isObject(input)) return input;
  noteOnce(c.notes, { kind: "changed", field: "messages", message: `the arguments of a call of ${name} are no object and were sent as {}` });
  return {};
}

function toolResult(result: ToolResultPart, c: WalkContext): JsonObject {
  const content =
    typeof result.content === "string"
      ? text(result.content)
      : result.content.flatMap((part) => (part.type === "text" ? text(part.text) : part.type === "image" ? [image(part, c)] : part.type === "file" ? [file(part, c)] : [audio(part, c)]));
  return {
    type: "tool_result",
    tool_use_id: callId(result.id),
    ...(content.length === 0 ? {} : { content }),
    ...(result.isError === true ? { is_error: true } : {}),
  };
}

/** Ids that the wire allows stay; others become one that is always the same. */
const callId = (id: string): string => (/^[a-zA-Z0-9_-]{1,64}$/.test(id) ? id : `call_${shortId(id, 24)}`);

function image(part: ImagePart | FilePart, c: WalkContext): JsonObject {
  return { type: "image", source: source(part, "image/png", c) };
}

function file(part: FilePart, c: WalkContext): JsonObject {
  const type = mediaTypeOf(part);
  if (type?.startsWith("image/")) return image(part, c);
  const title = part.filename === undefined ? {} : { title: part.filename };
  const citations = c.citations ? { citations: { enabled: true } } : {};
  const readable = type !== undefined && (type.startsWith("text/") || /^application\/(?:json|xml|yaml|x-yaml|javascript|toml)$|[+](?:json|xml)$/.test(type));
  if (readable && (part.data !== undefined || dataUrl(part.url) !== undefined)) {
    const data = decodeText(part.data ?? dataUrl(part.url)?.data ?? "");
    return { type: "document", source: { type: "text", media_type: "text/plain", data }, ...title, ...citations };
  }
  if (type === undefined || type === "application/pdf" || readable || c.unsupported === "send")
    return { type: "document", source: source(part, "application/pdf", c), ...title, ...citations };
  return placeholder(`files of type ${type}`, `[A file of type ${type} could not be sent.]`, c);
}

function audio(part: AudioPart, c: WalkContext): JsonObject {
  if (part.transcript !== undefined && part.transcript.trim() !== "") {
    noteOnce(c.notes, { kind: "changed", field: "messages", message: "audio was sent as its transcript" });
    return { type: "text", text: wellFormed(part.transcript) };
  }
  return placeholder("audio", `[Audio of type ${mediaTypeOf(part) ?? "unknown"} could not be sent.]`, c);
}

function placeholder(what: string, line: string, c: WalkContext): JsonObject {
  if (c.unsupported === "refuse")
    throw new LumiverseError({ code: "unsupported", field: "messages", message: `the Messages wire takes no ${what}`, hint: "Send images, PDF or plain text" });
  noteOnce(c.notes, { kind: "dropped", field: "messages", message: `${what}: the wire takes none; a line of text says so` });
  return { type: "text", text: line };
}

type MediaPart = ImagePart | AudioPart | FilePart;
function source(part: MediaPart, fallback: string, c: WalkContext): JsonObject {
  const inline = part.data === undefined ? dataUrl(part.url) : { data: part.data, type: part.mediaType };
  if (inline !== undefined) {
    const type = part.mediaType ?? inline.type ?? fallback;
    // Base64 with line breaks is refused, and so is the type that many tools write for JPEG.
    return { type: "base64", media_type: type === "image/jpg" ? "image/jpeg" : type, data: /\s/.test(inline.data) ? inline.data.replace(/\s+/g, "") : inline.data };
  }
  const url = part.url ?? "";
  if (/^file_\w+$/.test(url)) {
    c.betas.add("files-api-2025-04-14");
    return { type: "file", file_id: url };
  }
  return { type: "url", url };
}

function mediaTypeOf(part: MediaPart): string | undefined {
  return (part.mediaType ?? dataUrl(part.url)?.type)?.toLowerCase().split(";")[0];
}
function dataUrl(url: string | undefined): { type: string; data: string } | undefined {
  const head = url?.startsWith("data:") ? /^data:([^;,]*)[^,]*;base64,/i.exec(url.slice(0, 200)) : null;
  return head === null || url === undefined ? undefined : { type: head[1] ?? "", data: url.slice(head[0].length) };
}
function decodeText(data: string): string {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  return new TextDecoder().decode(bytes);
}

export function noteOnce(notes: Note[], note: Note): void {
  if (!notes.some((other) => other.message === note.message)) notes.push(note);
}
