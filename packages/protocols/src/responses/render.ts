import {
  type CheckedCall,
  endpoint,
  type FunctionTool,
  isObject,
  type JsonObject,
  mergeParameters,
  type Note,
  type Rendered,
  type Tool,
} from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";
import { isRich, SAME_NAMES } from "../plain.ts";
import type { ResponsesDialect } from "./dialect.ts";
import { renderInput, rich } from "./input.ts";
import type { ResponsesState } from "./state.ts";

/** A request as `POST /responses` takes it. */
export function render(call: CheckedCall, dialect: ResponsesDialect): Rendered {
  const { request, output, streaming } = call;
  const notes: Note[] = [];
  const isFunction = (tool: Tool): tool is FunctionTool => "name" in tool;
  const functions = (request.tools ?? []).filter(isFunction);
  const names = isRich(call) ? namesOf(call, functions, notes) : SAME_NAMES;
  const parameters =
    dialect.translate === false || request.parameters === undefined
      ? { ...request.parameters }
      : rich.inside.translate(request.parameters, call, notes);
  const store = storeOf(call, dialect, parameters);
  const outputTool = output?.strategy === "tool" ? rich.inside.wireName(output.name) : undefined;

  const body: JsonObject = { model: request.model };
  const rendered = renderInput(call, dialect, { names, stored: store === true, callIds: new Map() }, notes);
  if (rendered.instructions !== undefined) body["instructions"] = rendered.instructions;
  body["input"] = rendered.input;
  const tools = (request.tools ?? []).map(
    (tool): JsonObject => (isFunction(tool) ? rich.inside.functionTool(tool, names.wire(tool.name), dialect, notes) : tool.hosted),
  );
  if (output?.schema !== undefined && outputTool !== undefined)
    tools.push(
      rich.inside.functionTool(
        { name: output.name, description: output.description ?? "The answer.", parameters: output.schema },
        outputTool,
        dialect,
        notes,
      ),
    );
  if (tools.length > 0) body["tools"] = tools;
  const { toolChoice } = request;
  if (outputTool !== undefined) body["tool_choice"] = { type: "function", name: outputTool };
  else if (toolChoice !== undefined)
    body["tool_choice"] = typeof toolChoice === "string" ? toolChoice : { type: "function", name: names.wire(toolChoice.name) };
  if (request.parallelToolCalls !== undefined) body["parallel_tool_calls"] = request.parallelToolCalls;
  const format = output === undefined ? undefined : rich.inside.formatOf(call, dialect, notes);
  if (format !== undefined) body["text"] = { format };
  const reasoning = reasoningOf(call, dialect, notes);
  if (reasoning !== undefined) body["reasoning"] = reasoning;
  sampling(call, body);
  if (store !== "omit") body["store"] = store;
  if (streaming) body["stream"] = true;

  // Settings go under what this request says, raw parameters over it.
  const fields = dialect.fields?.(call);
  if (fields !== undefined) underlay(body, fields);
  const cache = dialect.cache?.(body, call, notes);
  if (dialect.cache === undefined && request.cache !== undefined && request.cache !== false)
    notes.push({ kind: "cache", field: "cache", message: "this host takes no cache marks: none were sent" });
  const include = includeOf(call, dialect, parameters);
  if (isObject(parameters["text"]) && parameters["text"]["format"] !== undefined && isObject(body["text"])) delete body["text"]["format"];
  mergeParameters(body, parameters, notes);
  if (include.length > 0) body["include"] = include;
  dialect.finishBody?.(body, call, notes);

  const state: ResponsesState = {
    names,
    declared: new Set(functions.map((tool) => names.wire(tool.name))),
    ...(outputTool === undefined ? {} : { outputTool }),
  };
  return {
    request: { method: "POST", url: endpoint(call.route.base, dialect.path ?? "/responses"), body },
    notes,
    state,
    ...(cache === undefined ? {} : { cache }),
  };
}

function namesOf(call: CheckedCall, functions: readonly FunctionTool[], notes: Note[]): Names {
  const names = rich.inside.toolNames([...functions.map((tool) => tool.name), ...rich.inside.calledNames(call)], {
    max: 64,
    refused: /[^A-Za-z0-9_-]/,
  });
  if (names.changed)
    notes.push({
      kind: "changed",
      field: "tools",
      message: "tool names were respelled as the vendor takes them (A-Z a-z 0-9 _ -, 64 at most); answers show yours",
    });
  return names;
}

/** The API stores answers for a month unless it is told not to, and nobody asked for it. */
function storeOf(call: CheckedCall, dialect: ResponsesDialect, parameters: JsonObject): boolean | "omit" {
  if (typeof parameters["store"] === "boolean") return parameters["store"];
  const store = typeof dialect.store === "function" ? dialect.store(call) : dialect.store;
  return store ?? false;
}

function reasoningOf(call: CheckedCall, dialect: ResponsesDialect, notes: Note[]): JsonObject | undefined {
  const { reasoning } = call;
  if (reasoning === undefined) return undefined;
  if (reasoning.kind === "off") return { effort: dialect.off ?? "none" };
  const given = typeof dialect.summary === "function" ? dialect.summary(call) : (dialect.summary ?? "auto");
  const summary = given === "omit" ? {} : { summary: given };
  if (reasoning.kind === "effort") return { effort: reasoning.word, ...summary };
  if (reasoning.kind === "budget")
    notes.push({
      kind: "dropped",
      field: "reasoning",
      message: "the Responses API takes no budget of reasoning tokens; the model reasons as it does",
    });
  return given === "omit" ? undefined : summary;
}

/** What a route's facts do not take is gone by now; what is unknown, or sent on purpose, goes by its usual name. */
function sampling(call: CheckedCall, body: JsonObject): void {
  const { request } = call;
  const named: readonly (readonly [string, unknown])[] = [
    ["max_output_tokens", request.maxOutputTokens],
    ["temperature", request.temperature],
    ["top_p", request.topP],
    ["top_k", request.topK],
    ["min_p", request.minP],
    ["frequency_penalty", request.frequencyPenalty],
    ["presence_penalty", request.presencePenalty],
    ["repetition_penalty", request.repetitionPenalty],
    ["stop", request.stop],
    ["seed", request.seed],
    ["top_logprobs", typeof request.logprobs === "number" ? request.logprobs : undefined],
  ];
  for (const [name, value] of named) if (value !== undefined) body[name] = value;
}

/** A union: a caller's own `include` must not cost the encrypted reasoning that the next turn needs. */
function includeOf(call: CheckedCall, dialect: ResponsesDialect, parameters: JsonObject): string[] {
  const include = new Set<string>();
  // A model known not to reason answers 400 to the request for encrypted reasoning.
  if (dialect.include !== "none" && call.route.takes.reasoning !== false && !call.without.has("encrypted-reasoning"))
    include.add("reasoning.encrypted_content");
  if (call.request.logprobs !== undefined && call.request.logprobs !== false) include.add("message.output_text.logprobs");
  if (Array.isArray(parameters["include"])) for (const one of parameters["include"]) include.add(String(one));
  return [...include];
}

function underlay(body: JsonObject, fields: JsonObject): void {
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    const present = body[key];
    if (value === undefined) continue;
    if (isObject(present) && isObject(value)) body[key] = { ...value, ...present };
    else if (present === undefined) body[key] = value;
  }
}
