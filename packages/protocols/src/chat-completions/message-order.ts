/** The order of messages that a host requires: the positions of system messages, and which roles can follow each other. */
import { isObject, type JsonObject, type Message, type Note, type Part, type TextPart } from "@lumiverse/core/provider";
import { isFilledText } from "../shared/json-values.ts";
import { noteOnce } from "../shared/note-once.ts";
import type { Dialect } from "./dialect.ts";

/** Moves system messages to where the host accepts them. */
export function moveSystemMessages(messages: readonly Message[], placement: NonNullable<Dialect["systemPlacement"]>): readonly Message[] {
  if (placement === "anywhere") return messages;
  const out: Message[] = [];
  const merged: string[] = [];
  let late: string[] = [];
  for (const message of messages) {
    if (message.role === "system") {
      const text = textOf(message.content);
      if (placement === "leading" && out.some((one) => one.role !== "system")) late.push(text);
      else if (placement === "leading") out.push(message);
      else merged.push(text);
      continue;
    }
    if (message.role === "user" && late.length > 0) {
      out.push(withPrefix(message, late));
      late = [];
    } else out.push(message);
  }
  if (late.length > 0) out.push({ role: "user", content: late.join("\n\n") });
  if (merged.length === 0) return out;
  if (placement === "first") return [{ role: "system", content: merged.join("\n\n") }, ...out];
  const at = out.findIndex((message) => message.role === "user");
  const user = out[at];
  if (user?.role !== "user") return [{ role: "user", content: merged.join("\n\n") }, ...out];
  out[at] = withPrefix(user, merged);
  return out;
}

function withPrefix(message: Extract<Message, { role: "user" }>, texts: readonly string[]): Message {
  const text = texts.join("\n\n");
  if (typeof message.content === "string") return { ...message, content: `${text}\n\n${message.content}` };
  return { ...message, content: [{ type: "text", text }, ...message.content] };
}

function textOf(content: string | readonly TextPart[]): string {
  return typeof content === "string" ? content : content.map((part: Part) => (part.type === "text" ? part.text : "")).join("\n\n");
}

/** Turns in the order that the host demands. No content is dropped, and filler turns are as short as possible. */
export function alternate(messages: JsonObject[], alternation: NonNullable<Dialect["alternation"]>, notes: Note[]): JsonObject[] {
  if (alternation === "free") return messages;
  if (alternation === "filler") messages = withoutLateSystem(messages, notes);
  const out: JsonObject[] = [];
  for (const message of messages) {
    const last = out[out.length - 1];
    const role = message["role"];
    if (alternation === "filler") {
      // Mistral: "Unexpected role 'user' after role 'tool'".
      if (role === "user" && last?.["role"] === "tool") out.push({ role: "assistant", content: "OK." });
      out.push(message);
      continue;
    }
    if (role === "assistant" && (last === undefined || last["role"] === "system" || last["role"] === "developer"))
      out.push({ role: "user", content: "Continue." });
    if (last !== undefined && role === last["role"] && role !== "tool" && role !== "system") out[out.length - 1] = joinTurns(last, message);
    else out.push(message);
  }
  return out;
}

/**
 * System messages where Mistral refuses them, as user messages: "Unexpected role 'system' after role 'assistant'", and "Expected last role User or Tool (or
 * Assistant with prefix True) for serving but got system".
 */
function withoutLateSystem(messages: JsonObject[], notes: Note[]): JsonObject[] {
  const isSystem = (message: JsonObject | undefined): boolean => message?.["role"] === "system" || message?.["role"] === "developer";
  let before: unknown;
  return messages.map((message, i) => {
    const isRefused = isSystem(message) && (before === "assistant" || before === "tool" || i === messages.length - 1);
    const sent = isRefused ? { ...message, role: "user" } : message;
    if (isRefused)
      noteOnce(notes, {
        kind: "changed",
        field: "messages",
        message: "The host does not accept a system message here, so it was sent as a user message.",
      });
    before = sent["role"];
    return sent;
  });
}

function joinTurns(first: JsonObject, second: JsonObject): JsonObject {
  const out: JsonObject = { ...first, ...second, content: joinContent(first["content"], second["content"]) };
  const calls = [first["tool_calls"], second["tool_calls"]].filter((list) => Array.isArray(list)).flat();
  if (calls.length > 0) out["tool_calls"] = calls;
  return out;
}

function joinContent(first: unknown, second: unknown): unknown {
  if (typeof first === "string" && typeof second === "string")
    return first === "" || second === "" ? first + second : `${first}\n\n${second}`;
  const list = (content: unknown): unknown[] =>
    Array.isArray(content) ? content : isFilledText(content) ? [{ type: "text", text: content }] : isObject(content) ? [content] : [];
  return first === null && second === null ? null : [...list(first), ...list(second)];
}
