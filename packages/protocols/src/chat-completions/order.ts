import { isObject, type JsonObject, type Message, type Part, type TextPart } from "@lumiverse/core";
import type { Dialect } from "./dialect.ts";

/** System texts where the host wants them. */
export function placeSystem(messages: readonly Message[], place: NonNullable<Dialect["systemPlace"]>): readonly Message[] {
  if (place === "anywhere") return messages;
  const out: Message[] = [];
  const head: string[] = [];
  let waiting: string[] = [];
  for (const message of messages) {
    if (message.role === "system") {
      const text = textOf(message.content);
      if (place === "leading" && out.some((one) => one.role !== "system")) waiting.push(text);
      else if (place === "leading") out.push(message);
      else head.push(text);
      continue;
    }
    if (message.role === "user" && waiting.length > 0) {
      out.push(prefixed(message, waiting));
      waiting = [];
    } else out.push(message);
  }
  if (waiting.length > 0) out.push({ role: "user", content: waiting.join("\n\n") });
  if (head.length === 0) return out;
  if (place === "first") return [{ role: "system", content: head.join("\n\n") }, ...out];
  const at = out.findIndex((message) => message.role === "user");
  const user = out[at];
  if (user?.role !== "user") return [{ role: "user", content: head.join("\n\n") }, ...out];
  out[at] = prefixed(user, head);
  return out;
}

function prefixed(message: Extract<Message, { role: "user" }>, texts: readonly string[]): Message {
  const text = texts.join("\n\n");
  if (typeof message.content === "string") return { ...message, content: `${text}\n\n${message.content}` };
  return { ...message, content: [{ type: "text", text }, ...message.content] };
}

function textOf(content: string | readonly TextPart[]): string {
  return typeof content === "string" ? content : content.map((part: Part) => (part.type === "text" ? part.text : "")).join("\n\n");
}

/** Turns in the order the host demands. Nothing of the conversation is lost; what is put between is as short as can be. */
export function alternate(messages: JsonObject[], how: NonNullable<Dialect["alternation"]>): JsonObject[] {
  if (how === "free") return messages;
  const out: JsonObject[] = [];
  for (const message of messages) {
    const last = out[out.length - 1];
    const role = message["role"];
    if (how === "filler") {
      // Mistral: "Unexpected role 'user' after role 'tool'".
      if (role === "user" && last?.["role"] === "tool") out.push({ role: "assistant", content: "OK." });
      out.push(message);
      continue;
    }
    if (role === "assistant" && (last === undefined || last["role"] === "system" || last["role"] === "developer"))
      out.push({ role: "user", content: "Continue." });
    if (last !== undefined && role === last["role"] && role !== "tool" && role !== "system") out[out.length - 1] = merged(last, message);
    else out.push(message);
  }
  return out;
}

function merged(first: JsonObject, second: JsonObject): JsonObject {
  const out: JsonObject = { ...first, ...second, content: mergedContent(first["content"], second["content"]) };
  const calls = [first["tool_calls"], second["tool_calls"]].filter((list) => Array.isArray(list)).flat();
  if (calls.length > 0) out["tool_calls"] = calls;
  return out;
}

function mergedContent(first: unknown, second: unknown): unknown {
  if (typeof first === "string" && typeof second === "string")
    return first === "" || second === "" ? first + second : `${first}\n\n${second}`;
  const list = (content: unknown): unknown[] =>
    Array.isArray(content)
      ? content
      : typeof content === "string" && content !== ""
        ? [{ type: "text", text: content }]
        : isObject(content)
          ? [content]
          : [];
  return first === null && second === null ? null : [...list(first), ...list(second)];
}
