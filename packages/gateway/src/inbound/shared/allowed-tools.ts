/** A tool choice that allows some tools of a request. A vendor of another protocol receives these alone. */
import type { ChatRequest, Note, ToolChoice } from "@lumiverse/core";
import { isObject, type JsonObject, wordOf } from "@lumiverse/core/provider";

export interface AllowedTools {
  mode: "auto" | "required";
  tools: readonly AllowedTool[];
}

interface AllowedTool {
  name: string;
  namespace?: unknown;
}

/** The choice of OpenAI's two protocols. Undefined for every other choice. https://platform.openai.com/docs/guides/function-calling#tool-choice */
export function allowedTools(choice: unknown): AllowedTools | undefined {
  if (!isObject(choice) || choice["type"] !== "allowed_tools") return undefined;
  // Chat Completions puts the fields into an object of their own.
  const { mode, tools } = unwrapped(choice, "allowed_tools");
  const given: readonly unknown[] = Array.isArray(tools) ? tools : [];
  return { mode: mode === "required" ? "required" : "auto", tools: given.flatMap(allowedTool) };
}

function allowedTool(tool: unknown): AllowedTool[] {
  if (!isObject(tool)) return [];
  const { name, namespace } = unwrapped(tool, wordOf(tool["type"]));
  return typeof name === "string" ? [{ name, namespace }] : [];
}

/** The fields of a tool or a choice, also where they stand in an object that is named after its type. */
export function unwrapped(holder: JsonObject, type: string): JsonObject {
  const inner = holder[type];
  return isObject(inner) ? inner : holder;
}

/**
 * The request with the functions of these names alone, in their order. Tools that the vendor runs stay.
 * @param names A name that is no function of the request is ignored.
 * @param choice The choice among the tools that are left. Without one, a forced choice is refused before the request is sent.
 */
export function withAllowedTools(request: ChatRequest, names: ReadonlySet<string>, choice: ToolChoice, notes: Note[]): ChatRequest {
  const given = request.tools ?? [];
  const tools = given.filter((tool) => !("name" in tool) || names.has(tool.name));
  if (tools.length < given.length)
    notes.push({
      kind: "changed",
      field: "tools",
      message: `${given.length - tools.length} of ${given.length} tools were left out, because the tool choice does not allow them. With another choice, a prompt cache that includes the tools is not read.`,
    });
  return { ...request, tools, toolChoice: choice };
}
