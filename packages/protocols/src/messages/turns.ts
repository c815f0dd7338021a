/** Neutral messages as turns of content blocks. A straight walk: pairing and foreign payloads were settled before. */
import {
  type Door,
  door,
  isObject,
  type JsonObject,
  type Message,
  type Note,
  type Part,
  shortId,
  type ToolResultPart,
  wellFormed,
} from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";
import type { ClaudeTraits } from "../families/claude.ts";

export const rich: Door<typeof import("./rich.ts")> = door(() => import("./rich.ts"));

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
    else if (message.role === "tool")
      add(
        turns,
        "user",
        message.content.map((result) => toolResult(result, c)),
      );
    else if (typeof message.content === "string") add(turns, message.role, text(message.content));
    else if (message.role === "user")
      add(
        turns,
        "user",
        message.content.flatMap((part) => userBlocks(part, c)),
      );
    else {
      const thinking = c.thinking === "all" || (c.thinking === "running" && i > running);
      add(
        turns,
        "assistant",
        message.content.flatMap((part) => assistantBlocks(part, thinking, c)),
      );
      const data = message.replay?.data;
      if (isObject(data) && data["container"] !== undefined) turns.container = data["container"];
    }
  }
  if (turns.messages[0]?.role !== "user") {
    turns.messages.unshift({ role: "user", content: [{ type: "text", text: "Please go on." }] });
    c.notes.push({
      kind: "changed",
      field: "messages",
      message: "the conversation must open with a user turn: a short one was put before it",
    });
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
  if (c.traits?.lateSystem === true && last !== "assistant" && (next === undefined || next.role === "assistant"))
    return add(turns, "system", blocks);
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
      return [rich.inside.image(part, c)];
    case "file":
      return [rich.inside.file(part, c)];
    case "audio":
      return [rich.inside.audio(part, c)];
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
      noteOnce(c.notes, {
        kind: "dropped",
        field: "messages",
        message: `a ${part.type} part can't stand in an assistant turn here and was left out`,
      });
      return [];
  }
}

/** The wire wants an object. */
function argumentsOf(input: unknown, name: string, c: WalkContext): JsonObject {
  if (isObject(input)) return input;
  noteOnce(c.notes, {
    kind: "changed",
    field: "messages",
    message: `the arguments of a call of ${name} are no object and were sent as {}`,
  });
  return {};
}

function toolResult(result: ToolResultPart, c: WalkContext): JsonObject {
  const content =
    typeof result.content === "string"
      ? text(result.content)
      : result.content.flatMap((part) =>
          part.type === "text"
            ? text(part.text)
            : part.type === "image"
              ? [rich.inside.image(part, c)]
              : part.type === "file"
                ? [rich.inside.file(part, c)]
                : [rich.inside.audio(part, c)],
        );
  return {
    type: "tool_result",
    tool_use_id: callId(result.id),
    ...(content.length === 0 ? {} : { content }),
    ...(result.isError === true ? { is_error: true } : {}),
  };
}

/** Ids that the wire allows stay; others become one that is always the same. */
const callId = (id: string): string => (/^[a-zA-Z0-9_-]{1,64}$/.test(id) ? id : `call_${shortId(id, 24)}`);

export function noteOnce(notes: Note[], note: Note): void {
  if (!notes.some((other) => other.message === note.message)) notes.push(note);
}
