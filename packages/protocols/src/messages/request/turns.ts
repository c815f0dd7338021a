/** Messages as turns of content blocks. Core has already paired calls with results and removed payloads of other origins. */
import {
  type AssistantMessage,
  type CheckedCall,
  type HttpRequest,
  isObject,
  type JsonObject,
  type Message,
  type Note,
  type Part,
  type ReasoningPart,
  type ToolCallPart,
  type ToolNames,
  type ToolResultPart,
  wellFormed,
} from "@lumiverse/core/provider";
import type { ClaudeTraits } from "../../families/claude.ts";
import type { PropertyNames } from "../../schema/index.ts";
import { noteOnce } from "../../shared/note-once.ts";
import { acceptedCallId } from "../../shared/tool-names.ts";
import { type MediaContext, mediaBlock } from "./media.ts";
import { replayedBlock } from "./replay.ts";

/** A turn of the conversation as the protocol has it. Roles alternate. */
export interface Turn {
  role: "user" | "assistant" | "system";
  content: JsonObject[];
}

export interface Turns {
  system: JsonObject[];
  messages: Turn[];
  /** The code-execution container of the last assistant turn; the next request names it again. */
  container?: unknown;
}

export interface TurnContext extends MediaContext {
  traits: ClaudeTraits | undefined;
  names: ToolNames;
  /** Changed names of properties in arguments, by the caller's name of the tool. */
  properties: ReadonlyMap<string, PropertyNames>;
  /** Which thinking is sent back. `open-turn`: only that of a tool loop that has not ended. */
  thinking: "all" | "open-turn" | "none";
  unsignedThinking: "drop" | "send";
  breakpoints: CheckedCall["breakpoints"];
}

export function renderTurns(messages: readonly Message[], context: TurnContext): Turns {
  const turns: Turns = { system: [], messages: [] };
  // Everything after the last user message belongs to the open turn.
  const lastUser = messages.findLastIndex((message) => message.role === "user");
  for (const [index, message] of messages.entries())
    switch (message.role) {
      case "system":
        addSystem(message.content, turns, messages[index + 1], context);
        break;
      case "tool":
        addBlocks(turns, "user", toolResults(message.content, context));
        break;
      case "user":
        addUser(message.content, turns, context);
        break;
      case "assistant":
        addAssistant(message, turns, context.thinking === "all" || (context.thinking === "open-turn" && index > lastUser), context);
        break;
      default:
        message satisfies never;
    }
  turns.messages = dropUnpairedServerTools(turns.messages, context.notes);
  if (turns.messages[0]?.role !== "user") {
    turns.messages.unshift({ role: "user", content: [{ type: "text", text: "Please go on." }] });
    context.notes.push({
      kind: "changed",
      field: "messages",
      message: "The conversation must begin with a user turn, so a short one was added.",
    });
  }
  return turns;
}

function addUser(content: string | readonly Part[], turns: Turns, context: TurnContext): void {
  const blocks =
    typeof content === "string" ? textBlocks(content) : content.flatMap((part) => marked(part, userBlocks(part, context), context));
  if (blocks.length === 0) note(context, "changed", "An empty user message was left out: the vendor refuses it.");
  addBlocks(turns, "user", blocks);
}

function addAssistant({ content, replay }: AssistantMessage, turns: Turns, withThinking: boolean, context: TurnContext): void {
  if (typeof content === "string") return addBlocks(turns, "assistant", textBlocks(content));
  const blocks = content.flatMap((part) => marked(part, assistantBlocks(part, withThinking, context), context));
  addBlocks(turns, "assistant", blocks);
  const data = replay?.data;
  if (isObject(data) && data["container"] !== undefined) turns.container = data["container"];
}

function note({ notes }: TurnContext, kind: Note["kind"], message: string): void {
  noteOnce(notes, { kind, field: "messages", message });
}

/** Adds blocks to the last turn if it has the same role: roles must alternate. */
function addBlocks(turns: Turns, role: Turn["role"], content: readonly JsonObject[]): void {
  if (content.length === 0) return;
  const last = turns.messages[turns.messages.length - 1];
  if (last?.role === role) for (const block of content) last.content.push(block);
  else turns.messages.push({ role, content: [...content] });
}

/** System messages before the first turn are the system prompt. Later ones stay in place on models that accept them there, and join the user turn on others. */
function addSystem(content: string | readonly Part[], turns: Turns, next: Message | undefined, context: TurnContext): void {
  const blocks =
    typeof content === "string"
      ? textBlocks(content)
      : content.flatMap((part) => marked(part, part.type === "text" ? textBlocks(part.text) : [], context));
  if (turns.messages.length === 0) {
    for (const block of blocks) turns.system.push(block);
    return;
  }
  const last = turns.messages[turns.messages.length - 1]?.role;
  if (context.traits?.lateSystem === true && last !== "assistant" && (next === undefined || next.role === "assistant"))
    return addBlocks(turns, "system", blocks);
  addBlocks(turns, "user", blocks);
  note(context, "moved", "A system message between turns was sent as part of the user turn.");
}

/** Empty for blank text, which the vendor refuses. */
function textBlocks(text: string): JsonObject[] {
  return text.trim() === "" ? [] : [{ type: "text", text: wellFormed(text) }];
}

/** The blocks of a part, of which the last one gets its cache breakpoint. */
function marked(part: object, blocks: JsonObject[], { breakpoints }: TurnContext): JsonObject[] {
  breakpoints?.mark(part, blocks.at(-1));
  return blocks;
}

function userBlocks(part: Part, context: TurnContext): JsonObject[] {
  switch (part.type) {
    case "text":
      return textBlocks(part.text);
    case "image":
    case "file":
    case "audio":
      return [mediaBlock(part, context)];
    default:
      note(context, "dropped", `A user turn cannot contain a ${part.type} part, so it was dropped.`);
      return [];
  }
}

function assistantBlocks(part: Part, withThinking: boolean, context: TurnContext): JsonObject[] {
  const data = "replay" in part ? part.replay?.data : undefined;
  switch (part.type) {
    case "text": {
      const citations = isObject(data) ? data["citations"] : undefined;
      if (!Array.isArray(citations)) return textBlocks(part.text);
      return textBlocks(part.text).map((block) => ({ ...block, citations: citations.filter(isObject).map(replayedBlock) }));
    }
    case "reasoning":
      return withThinking ? thinkingBlocks(part, data, context) : [];
    case "tool-call":
      return [callBlock(part, data, context)];
    case "opaque":
      return isObject(data) ? [replayedBlock(data)] : [];
    case "source":
      // The text that cites the source carries its citation.
      return [];
    default:
      note(context, "dropped", `An assistant turn cannot contain a ${part.type} part here, so it was dropped.`);
      return [];
  }
}

function thinkingBlocks({ text }: ReasoningPart, data: unknown, context: TurnContext): JsonObject[] {
  // The signature covers the whole block, so it is sent back unchanged.
  if (isObject(data)) return [data];
  if (context.unsignedThinking === "send" && text !== "") return [{ type: "thinking", thinking: text }];
  note(context, "dropped", "Reasoning without a signature of this vendor was dropped.");
  return [];
}

function callBlock({ id, name, input }: ToolCallPart, data: unknown, { names, properties }: TurnContext): JsonObject {
  return {
    type: "tool_use",
    id: acceptedCallId(id),
    name: names.encode(name),
    // Core has made the arguments an object.
    input: isObject(input) ? (properties.get(name)?.encodeInput(input) ?? input) : {},
    ...(isObject(data) && data["caller"] !== undefined ? { caller: data["caller"] } : {}),
  };
}

/** The results, followed by the media of failed calls: the vendor accepts nothing but text in the result of a call that failed. */
function toolResults(results: readonly ToolResultPart[], context: TurnContext): JsonObject[] {
  const blocks: JsonObject[] = [];
  const mediaAfter: JsonObject[] = [];
  for (const result of results) {
    const content =
      typeof result.content === "string"
        ? textBlocks(result.content)
        : result.content.flatMap((part) => (part.type === "text" ? textBlocks(part.text) : [mediaBlock(part, context)]));
    const failed = result.isError === true;
    const media = failed ? content.filter((block) => block["type"] !== "text") : [];
    if (media.length > 0) {
      mediaAfter.push({ type: "text", text: `From the result of ${result.name ?? "the tool"}, which failed:` }, ...media);
      note(context, "moved", "Media in the result of a failed call was sent after it, because the vendor accepts only text in it.");
    }
    const kept = media.length === 0 ? content : content.filter((block) => block["type"] === "text");
    // "content cannot be empty if `is_error` is true"
    if (failed && kept.length === 0) kept.push({ type: "text", text: "The call failed." });
    blocks.push({
      type: "tool_result",
      tool_use_id: acceptedCallId(result.id),
      ...(kept.length === 0 ? {} : { content: kept }),
      ...(failed ? { is_error: true } : {}),
    });
    marked(result, blocks, context);
  }
  return [...blocks, ...mediaAfter];
}

/** Takes thinking without a signature out of a body that a client spelled, because the vendor refuses it. */
export function removeUnsignedThinking({ body }: HttpRequest, notes: Note[]): void {
  const messages = body?.["messages"];
  if (body === undefined || !Array.isArray(messages) || !messages.some(hasUnsignedThinking)) return;
  // Messages are objects; a client's can be anything.
  const kept = messages.flatMap((message: unknown) => {
    if (!hasUnsignedThinking(message)) return [message];
    const content = message.content.filter((block) => !isUnsignedThinking(block));
    return content.length === 0 ? [] : [{ ...message, content }];
  });
  body["messages"] = kept;
  // A turn whose calls wait for their results must begin with thinking, or the vendor refuses to think at all. It can lack some because an earlier turn lost its own.
  const content = (kept as (JsonObject | null)[]).findLast((message) => message?.["role"] === "assistant")?.["content"];
  const isOff = body["thinking"] !== undefined && Array.isArray(content) && lacksThinking(content);
  if (isOff) delete body["thinking"];
  noteOnce(notes, {
    kind: "foreign",
    field: "messages",
    message: `Thinking without a signature was dropped, because the vendor refuses it.${isOff ? " So the model does not think in this turn." : ""}`,
  });
}

/** True for the content of a turn that calls tools and does not begin with thinking. */
export function lacksThinking(content: readonly unknown[]): boolean {
  const types = content.map((block) => (block as JsonObject | null)?.["type"]); // blocks are objects; a client's can be anything
  return types.includes("tool_use") && !`${types[0]}`.includes("thinking");
}

function hasUnsignedThinking(message: unknown): message is { content: unknown[] } {
  return isObject(message) && Array.isArray(message["content"]) && message["content"].some(isUnsignedThinking);
}

function isUnsignedThinking(block: unknown): boolean {
  return isObject(block) && block["type"] === "thinking" && (block["signature"] ?? "") === "";
}

/**
 * Leaves out calls of the vendor's own tools without a result, and results without a call, once the conversation has moved on: the vendor refuses both. The last
 * turn keeps its calls, because the vendor continues them.
 */
function dropUnpairedServerTools(turns: readonly Turn[], notes: Note[]): Turn[] {
  const calls = new Set<unknown>();
  const results = new Set<unknown>();
  /** Calls of code that waits for the caller's tools. */
  const callers = new Set<unknown>();
  for (const { content } of turns)
    for (const block of content) {
      if (isServerCall(block)) calls.add(block["id"]);
      if (isServerResult(block)) results.add(block["tool_use_id"]);
      const caller = block["caller"];
      if (block["type"] === "tool_use" && typeof caller === "object" && caller !== null && "tool_id" in caller) callers.add(caller.tool_id);
    }
  let dropped = 0;
  const paired = turns.map((turn, i): Turn => {
    if (turn.role !== "assistant") return turn;
    const content = turn.content.filter((block) => {
      if (isServerResult(block)) return calls.has(block["tool_use_id"]);
      return !isServerCall(block) || i === turns.length - 1 || results.has(block["id"]) || callers.has(block["id"]);
    });
    dropped += turn.content.length - content.length;
    return { ...turn, content };
  });
  if (dropped === 0) return [...turns];
  notes.push({
    kind: "dropped",
    field: "messages",
    message:
      "A call of the vendor's own tool without its result was left out, because the vendor refuses it once the conversation moved on.",
  });
  return joined(paired);
}

function isServerCall({ type, id }: JsonObject): boolean {
  return (type === "server_tool_use" || type === "mcp_tool_use") && typeof id === "string";
}

function isServerResult({ type, tool_use_id: id }: JsonObject): boolean {
  return typeof type === "string" && type !== "tool_result" && type.endsWith("_tool_result") && typeof id === "string";
}

/** Without empty turns, and with neighbours of one role joined. */
function joined(turns: readonly Turn[]): Turn[] {
  const kept: Turn[] = [];
  for (const turn of turns) {
    if (turn.content.length === 0) continue;
    const last = kept[kept.length - 1];
    if (last?.role === turn.role) last.content = [...last.content, ...turn.content];
    else kept.push({ ...turn });
  }
  return kept;
}
