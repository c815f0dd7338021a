/** Names and ids of tool calls as a host accepts them. */
import { type CheckedCall, isObject, type Note, shortId, type ToolNameRule, type ToolNames, toolNames } from "@lumiverse/core/provider";

/**
 * The sent names of the request's functions, of the functions that the conversation has called, and of the tool that carries the structured output. The
 * declarations and the calls of one function must have the same name.
 */
export function sentToolNames(call: CheckedCall, rule: ToolNameRule, notes: Note[]): ToolNames {
  const names: string[] = [];
  const hosted = new Set<unknown>();
  for (const tool of call.request.tools ?? [])
    if ("name" in tool) names.push(tool.name);
    else if (isObject(tool.hosted["function"])) hosted.add(tool.hosted["function"]["name"]); // Moonshot: `$web_search` is sent as it is
  for (const name of calledNames(call)) if (!hosted.has(name)) names.push(name);
  if (call.output?.strategy === "tool") names.push(call.output.name);
  const sent = toolNames(names, rule);
  if (sent.changed)
    notes.push({
      kind: "changed",
      field: "tools",
      message: "Tool names were changed to what the host accepts. Answers use the given names.",
    });
  return sent;
}

/** The names of all tools that the conversation has called, each once. */
export function calledNames({ messages }: Pick<CheckedCall, "messages">): string[] {
  const called = new Set<string>();
  for (const { role, content } of messages) {
    if (role !== "assistant" || typeof content === "string") continue;
    for (const part of content) if (part.type === "tool-call") called.add(part.name);
  }
  return [...called];
}

/** A name of an output schema in the characters and the length that OpenAI's APIs accept. */
export function schemaName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "output";
}

/** The id of a call where up to 64 letters, digits, `_` and `-` are accepted. Others are hashed, the same id always to the same. */
export function acceptedCallId(id: string): string {
  return /^[\w-]{1,64}$/.test(id) ? id : hashedCallId(id);
}

/** An id that every host accepts, the same for the same id. */
export function hashedCallId(id: string): string {
  return `call_${shortId(id, 24)}`;
}
