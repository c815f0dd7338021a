/**
 * Runs of tools that the vendor executed, as the SDK shows them. In an answer they are opaque parts, whose payload has the vendor's own shape. This file reads
 * the shapes of the protocols that have such tools. The payload itself is passed on unchanged, and is sent back to the vendor.
 */
import type { JSONValue, LanguageModelV4ToolCall, LanguageModelV4ToolResult } from "@ai-sdk/provider";
import type { OpaquePart } from "@lumiverse/core";
import { isObject, type JsonObject, wordOf } from "@lumiverse/core/provider";
import { writeMetadata } from "../metadata.ts";

/** A call or a result as a payload describes it. */
type Run =
  | { type: "call"; id: string; name: string; input: string }
  | { type: "result"; id: string; name: string; output: unknown; isError?: boolean }
  /** Call and result in one payload. */
  | { type: "both"; id: string; name: string; input: string; output: unknown; isError?: boolean };

/** Items of the Responses API that the vendor executes. Other calls in it are for the caller. */
const RESPONSES_ITEMS: ReadonlySet<string> = new Set(["web_search_call", "file_search_call", "code_interpreter_call", "mcp_call"]);

/** Recognises the runs of one answer. A result is recognised only after its call, because the SDK refuses results without one. */
export class ExecutedTools {
  readonly #names: Map<string, string> = new Map();
  #latestCode: string | undefined;

  /** The part as calls and results. Undefined when it is something else. */
  read(part: OpaquePart): readonly (LanguageModelV4ToolCall | LanguageModelV4ToolResult)[] | undefined {
    const data = part.replay?.data;
    const run = isObject(data) ? this.#run(data) : undefined;
    if (run === undefined) return undefined;
    const common = { toolCallId: run.id, toolName: run.name, providerExecuted: true, dynamic: true };
    const metadata = { kind: part.kind, replay: part.replay };
    const shown: (LanguageModelV4ToolCall | LanguageModelV4ToolResult)[] = [];
    if (run.type !== "result") {
      this.#names.set(run.id, run.name);
      shown.push({ type: "tool-call", ...common, input: run.input, ...writeMetadata(metadata) });
    }
    if (run.type !== "call")
      shown.push({
        type: "tool-result",
        toolCallId: run.id,
        toolName: run.name,
        dynamic: true,
        result: (run.output ?? {}) as NonNullable<JSONValue>, // payloads come from JSON
        ...(run.isError === true ? { isError: true } : {}),
        ...writeMetadata(run.type === "both" ? { kind: part.kind, withCall: true } : metadata),
      });
    return shown;
  }

  #run(data: JsonObject): Run | undefined {
    if (isObject(data["item"])) return responsesItem(data["item"]);
    if (isObject(data["raw"])) return this.#geminiCode(data["raw"]);
    return this.#anthropicBlock(data);
  }

  /** https://docs.claude.com/en/docs/agents-and-tools/tool-use/overview */
  #anthropicBlock(block: JsonObject): Run | undefined {
    const { type, id, name, input, tool_use_id: callId, content } = block;
    if ((type === "server_tool_use" || type === "mcp_tool_use") && typeof id === "string" && typeof name === "string")
      return { type: "call", id, name, input: JSON.stringify(input ?? {}) };
    const called = typeof callId === "string" ? this.#names.get(callId) : undefined;
    if (typeof type !== "string" || !type.endsWith("_tool_result") || typeof callId !== "string" || called === undefined) return undefined;
    const failed = block["is_error"] === true || (isObject(content) && wordOf(content["type"]).endsWith("_error"));
    return { type: "result", id: callId, name: called, output: content, isError: failed };
  }

  /** https://ai.google.dev/gemini-api/docs/code-execution. Its parts have no ids; a result follows its code. */
  #geminiCode({ executableCode: code, codeExecutionResult: result }: JsonObject): Run | undefined {
    const name = "code_execution";
    if (isObject(code)) {
      this.#latestCode = typeof code["id"] === "string" ? code["id"] : `${name}_${this.#names.size + 1}`;
      return { type: "call", id: this.#latestCode, name, input: JSON.stringify(code) };
    }
    const id = this.#latestCode;
    if (!isObject(result) || id === undefined) return undefined;
    this.#latestCode = undefined;
    return { type: "result", id, name, output: result, isError: result["outcome"] !== "OUTCOME_OK" };
  }
}

/** https://platform.openai.com/docs/api-reference/responses/object. One item holds the call and its result. */
function responsesItem(item: JsonObject): Run | undefined {
  const { type, id, status, name, arguments: written, output, outputs, results, error, ...input } = item;
  if (typeof type !== "string" || typeof id !== "string" || !RESPONSES_ITEMS.has(type)) return undefined;
  const answer = Object.fromEntries(Object.entries({ status, output, outputs, results, error }).filter(([, value]) => value != null));
  return {
    type: "both",
    id,
    name: type === "mcp_call" && typeof name === "string" ? name : type.replace(/_call$/, ""),
    input: typeof written === "string" ? written : JSON.stringify(input),
    output: answer,
    isError: status === "failed" || (error !== undefined && error !== null),
  };
}
