/**
 * Tools of OpenAI's two protocols that the client runs and that other protocols lack: custom tools, whose input is a text, and functions in a namespace. For a
 * vendor of another protocol they become functions, and its calls of them become the client's again.
 */
import type { ChatRequest, FunctionTool, JsonObject, Message, Note, Part, Tool, ToolChoice, ToolResultPart } from "@lumiverse/core";
import { isObject, wordOf } from "@lumiverse/core/provider";
import { allowedTools, unwrapped, withAllowedTools } from "./allowed-tools.ts";

/** The client's tool that a function replaces. */
export interface ClientTool {
  name: string;
  namespace?: string;
  /** The call's input is a text instead of arguments. */
  isCustom: boolean;
}

const INPUT = { type: "object", properties: { input: { type: "string" } }, required: ["input"], additionalProperties: false };

/** The tools of a request's body that functions replace, by the names of the functions. */
export function clientTools(tools: unknown): ReadonlyMap<string, ClientTool> {
  return new Map([...functionsFor(tools)].map(({ tool, clientTool }) => [tool.name, clientTool]));
}

/**
 * The request with functions in the place of custom tools and namespaces, and with the tools alone that the choice allows.
 * @param choice The tool choice as the client spelled it
 */
export function withFunctions(request: ChatRequest, choice: unknown, notes: Note[]): ChatRequest {
  const hosted = (request.tools ?? []).flatMap((tool) => ("hosted" in tool ? [tool.hosted] : []));
  const functions = [...functionsFor(hosted)];
  const replaced = new Set(functions.map(({ declaration }) => declaration));
  const others = (request.tools ?? []).filter((tool) => !("hosted" in tool) || !replaced.has(tool.hosted));
  const tools: Tool[] = [...others, ...functions.map(({ tool }) => tool)];
  const plain = new Set(tools.flatMap((tool) => ("name" in tool ? [tool.name] : [])));
  const inNamespaces = new Map<string, string>();
  for (const { tool, clientTool } of functions)
    if (clientTool.namespace !== undefined && !inNamespaces.has(clientTool.name)) inNamespaces.set(clientTool.name, tool.name);
  const nameOf = (name: string, namespace?: unknown): string => {
    if (typeof namespace === "string") return functionName(name, namespace);
    if (plain.has(name)) return name;
    // A call of a function in a namespace, of which the neutral form has the name alone.
    return inNamespaces.get(name) ?? name;
  };
  const messages = request.messages.flatMap((message) => (message.role === "assistant" ? withCalls(message, nameOf) : [message]));
  const toolChoice = choiceOf(request.toolChoice, namedTool(choice), nameOf);
  const converted = { ...request, messages, ...(tools.length === 0 ? {} : { tools }), ...(toolChoice === undefined ? {} : { toolChoice }) };
  const allowed = toolChoice === undefined ? allowedTools(choice) : undefined;
  if (allowed === undefined) return converted;
  const names = new Set(allowed.tools.map(({ name, namespace }) => nameOf(name, namespace)));
  return withAllowedTools(converted, names, allowed.mode, notes);
}

/** The choice with the name of a function. What an alias has put in the place of the client's choice stays. */
function choiceOf(
  now: ToolChoice | undefined,
  named: ReturnType<typeof namedTool>,
  nameOf: (name: string, namespace?: unknown) => string,
): ToolChoice | undefined {
  if (typeof now === "string") return now;
  if (named !== undefined && (now === undefined || now.name === named.name)) return { name: nameOf(named.name, named.namespace) };
  return now === undefined ? undefined : { name: nameOf(now.name) };
}

/** The one function or custom tool that a choice names. Chat Completions puts it into an object of its own. */
function namedTool(choice: unknown): { name: string; namespace?: unknown } | undefined {
  if (!isObject(choice) || (choice["type"] !== "custom" && choice["type"] !== "function")) return undefined;
  const { name, namespace } = unwrapped(choice, choice["type"]);
  return typeof name === "string" ? { name, namespace } : undefined;
}

/** The arguments of the function that replaces a custom tool. */
export function customArguments(input: unknown): string {
  return JSON.stringify({ input: input ?? "" });
}

/** The input of a custom tool in the arguments of its function. Models that ignore the schema write the text itself. */
export function customInput(written: string): string {
  try {
    const parsed: unknown = JSON.parse(written);
    if (isObject(parsed) && typeof parsed["input"] === "string") return parsed["input"];
  } catch {
    // It is the text itself.
  }
  return written;
}

interface Replacement {
  /** The function. */
  tool: FunctionTool;
  clientTool: ClientTool;
  /** The client's tool, or the namespace that has it, as the client declared it. */
  declaration: JsonObject;
}

function* functionsFor(tools: unknown): Iterable<Replacement> {
  if (!Array.isArray(tools)) return;
  for (const declaration of tools as readonly unknown[]) {
    if (!isObject(declaration)) continue;
    const isCustomTool = declaration["type"] === "custom";
    const fields = isCustomTool ? unwrapped(declaration, "custom") : declaration;
    const { name } = fields;
    if (typeof name !== "string") continue;
    if (isCustomTool) yield { tool: functionOf({ ...fields, type: "custom" }, name), clientTool: { name, isCustom: true }, declaration };
    if (declaration["type"] !== "namespace" || !Array.isArray(declaration["tools"])) continue;
    for (const inner of declaration["tools"] as readonly unknown[]) {
      if (!isObject(inner) || typeof inner["name"] !== "string") continue;
      const isCustom = inner["type"] === "custom";
      const clientTool = { name: inner["name"], namespace: name, isCustom };
      yield { tool: functionOf(inner, functionName(inner["name"], name)), clientTool, declaration };
    }
  }
}

function functionName(name: string, namespace: string): string {
  return `${namespace}__${name}`;
}

function functionOf({ type, description, parameters, format }: JsonObject, name: string): FunctionTool {
  if (type !== "custom") {
    const described = typeof description === "string" ? { description } : {};
    return { name, ...described, ...(isObject(parameters) ? { parameters } : {}) };
  }
  const definition = isObject(format) ? unwrapped(format, "grammar")["definition"] : undefined;
  const grammar = typeof definition === "string" ? `The input follows this grammar:\n${definition}` : "";
  const described = [typeof description === "string" ? description : "", grammar].filter((text) => text !== "").join("\n\n");
  return { name, ...(described === "" ? {} : { description: described }), parameters: INPUT };
}

/** The message with its calls of custom tools as calls of functions. Their outputs, which the neutral form has next to them, become messages of their own. */
function withCalls(message: Extract<Message, { role: "assistant" }>, nameOf: (name: string, namespace?: unknown) => string): Message[] {
  const { content } = message;
  if (typeof content === "string" || !content.some(({ type }) => type === "tool-call" || type === "opaque")) return [message];
  const messages: Message[] = [];
  let parts: Part[] = [];
  let results: ToolResultPart[] = [];
  const flush = (): void => {
    if (parts.length > 0) messages.push({ ...message, content: parts });
    if (results.length > 0) messages.push({ role: "tool", content: results });
    [parts, results] = [[], []];
  };
  for (const part of content) {
    const item = part.type === "opaque" ? itemOf(part) : undefined;
    if (part.type === "opaque" && part.kind === "custom_tool_call_output" && item !== undefined) {
      results.push({ type: "tool-result", id: wordOf(item["call_id"]), content: outputText(item["output"]) });
      continue;
    }
    if (results.length > 0) flush();
    if (part.type === "tool-call") parts.push({ ...part, name: nameOf(part.name) });
    else if (part.type === "opaque" && part.kind === "custom_tool_call" && item !== undefined)
      parts.push({
        type: "tool-call",
        id: wordOf(item["call_id"]),
        name: nameOf(wordOf(item["name"]), item["namespace"]),
        arguments: customArguments(item["input"]),
      });
    else parts.push(part);
  }
  flush();
  return messages;
}

function itemOf(part: Part): JsonObject | undefined {
  const data = "replay" in part ? part.replay?.data : undefined;
  return isObject(data) && isObject(data["item"]) ? data["item"] : undefined;
}

function outputText(output: unknown): string {
  if (typeof output === "string") return output;
  if (!Array.isArray(output)) return "";
  return (output as readonly unknown[])
    .flatMap((part) => (isObject(part) && typeof part["text"] === "string" ? [part["text"]] : []))
    .join("\n");
}
