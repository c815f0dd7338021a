/** Pairs of the vendor's own tools: a call and its result, both in assistant turns. */
import type { JsonObject, Note } from "@lumiverse/core/provider";
import type { Turn } from "./turn.ts";

/**
 * Leaves out calls of the vendor's own tools without a result, and results without a call, once the conversation has moved on: the vendor refuses both. The last
 * turn keeps its calls, because the vendor continues them.
 */
export function dropUnpairedServerTools(turns: readonly Turn[], notes: Note[]): Turn[] {
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
