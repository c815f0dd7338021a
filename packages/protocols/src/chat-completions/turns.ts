import type { AssistantMessage, CheckedCall, JsonObject, Message, Note, Part, ToolMessage } from "@lumiverse/core";
import { shortId } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";
import { alternate, placeSystem } from "./order.ts";
import { type Media, type Parts, renderMedia } from "./parts.ts";
import { prefillTurn } from "./plain.ts";
import { replayFields } from "./replay.ts";
import type { ToolSet } from "./tools.ts";

/** The transcript as this host takes it: one wire message a turn, one for each tool result. */
export function renderTurns(call: CheckedCall, dialect: Dialect, tools: ToolSet, notes: Note[]): JsonObject[] {
  const out: JsonObject[] = [];
  const parts: Parts = { dialect, policy: call.policy.unsupported, notes };
  let attached: JsonObject[] = [];
  const attach = (): void => {
    if (attached.length > 0) out.push({ role: "user", content: attached });
    attached = [];
  };
  for (const message of placeSystem(call.messages, dialect.systemPlace ?? "anywhere")) {
    if (message.role !== "tool") attach();
    if (message.role === "system") out.push({ role: dialect.systemRole ?? "system", content: joinText(message.content, "\n\n") });
    else if (message.role === "user") out.push({ role: "user", content: userContent(message.content, parts) });
    else if (message.role === "tool") for (const result of message.content) out.push(toolResult(result, attached, tools, parts));
    else {
      const turn = assistantTurn(message, dialect, tools);
      if (turn === undefined)
        notes.push({ kind: "dropped", field: "messages", message: "an assistant turn of nothing but reasoning was left out" });
      else out.push(turn);
    }
  }
  attach();
  const prefill = prefillTurn(call, dialect);
  if (prefill !== undefined) out.push(prefill);
  return alternate(out, dialect.alternation ?? "free");
}

function joinText(content: Message["content"], between: string): string {
  if (typeof content === "string") return content;
  const texts: string[] = [];
  for (const part of content) if (part.type === "text") texts.push(part.text);
  return texts.join(between);
}

function userContent(content: string | readonly Part[], parts: Parts): string | JsonObject[] {
  if (typeof content === "string" || content.every((part) => part.type === "text")) return joinText(content, "\n\n");
  const out: JsonObject[] = [];
  for (const part of content) {
    if (part.type === "text") out.push({ type: "text", text: part.text });
    else if (isMedia(part)) out.push(...renderMedia(part, parts));
  }
  return parts.dialect.content === "string" ? joinText(content, "\n\n") : out;
}

function isMedia(part: Part): part is Media {
  return part.type === "image" || part.type === "audio" || part.type === "file";
}

function assistantTurn(message: AssistantMessage, dialect: Dialect, tools: ToolSet): JsonObject | undefined {
  const calls: JsonObject[] = [];
  const list = typeof message.content === "string" ? NO_PARTS : message.content;
  for (const part of list)
    if (part.type === "tool-call")
      calls.push({
        id: wireId(part.id, dialect.toolIds ?? "any"),
        type: "function",
        function: { name: tools.names.wire(part.name), arguments: part.arguments.trim() === "" ? "{}" : part.arguments },
      });
  const text = joinText(message.content, "");
  const { content: chunks, ...fields } = replayFields(message, list, calls.length > 0, dialect.reasoning);
  if (text === "" && calls.length === 0 && chunks === undefined && fields["audio"] === undefined && fields["images"] === undefined)
    return undefined;
  const turn: JsonObject = { role: "assistant" };
  if (chunks !== undefined) turn["content"] = chunks;
  else if (text !== "" || calls.length === 0) turn["content"] = text;
  else if (dialect.toolTurnContent !== "omit") turn["content"] = EMPTY[dialect.toolTurnContent ?? "null"];
  for (const key of Object.keys(fields)) turn[key] = fields[key];
  if (calls.length > 0) turn["tool_calls"] = calls;
  return turn;
}

const NO_PARTS: readonly Part[] = [];
const EMPTY = { null: null, empty: "", space: " " };

function toolResult(result: ToolMessage["content"][number], attached: JsonObject[], tools: ToolSet, parts: Parts): JsonObject {
  const { dialect } = parts;
  const media: JsonObject[] = [];
  if (typeof result.content !== "string") for (const part of result.content) if (isMedia(part)) media.push(...renderMedia(part, parts));
  const inside = media.length > 0 && dialect.toolImages === "parts";
  let text = joinText(result.content, "\n\n");
  if (media.length > 0 && !inside) {
    const name = result.name ?? "the tool";
    attached.push({ type: "text", text: `Attached by ${name}:` }, ...media);
    if (text === "") text = "The result is attached to the next message.";
  }
  // This wire has no flag for a failed call.
  if (result.isError === true) text = `Error: ${text}`;
  return {
    role: "tool",
    tool_call_id: wireId(result.id, dialect.toolIds ?? "any"),
    ...(dialect.toolResultName === true && result.name !== undefined ? { name: tools.names.wire(result.name) } : {}),
    content: inside ? [...(text === "" ? [] : [{ type: "text", text }]), ...media] : text,
  };
}

function wireId(id: string, kind: NonNullable<Dialect["toolIds"]>): string {
  if (kind === "alphanumeric-9") return /^[A-Za-z0-9]{9}$/.test(id) ? id : shortId(id, 9);
  if (kind === "64") return /^[A-Za-z0-9_-]{1,64}$/.test(id) ? id : shortId(id, 40);
  return id;
}
