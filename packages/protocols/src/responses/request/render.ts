import {
  type CheckedCall,
  definedFields,
  endpoint,
  type FunctionTool,
  isObject,
  type JsonObject,
  mergeParameters,
  type Note,
  type Rendered,
  type ToolNames,
  wordOf,
} from "@lumiverse/core/provider";
import type { PropertyNames } from "../../schema/index.ts";
import { addBreakpoints } from "../../shared/prompt-cache.ts";
import { sentToolNames } from "../../shared/tool-names.ts";
import type { ResponsesDialect } from "../dialect.ts";
import { functionTool, type ToolContext, type ToolState, textFormat } from "../tools.ts";
import { translateChatParameters } from "./chat-parameters.ts";
import { type InputContext, renderInput } from "./turns.ts";

/** The request for `POST /responses`. */
export function render(call: CheckedCall, dialect: ResponsesDialect): Rendered {
  const { request } = call;
  const notes: Note[] = [];
  const names = sentToolNames(call, { max: 64, refused: /[^A-Za-z0-9_-]/ }, notes);
  const parameters = rawParameters(call, dialect, notes);
  const store = storeOf(call, dialect, parameters);
  const outputTool = call.output?.strategy === "tool" ? names.encode(call.output.name) : undefined;

  const body: JsonObject = { model: request.model };
  const properties = new Map<string, PropertyNames>();
  // Tools are rendered first, because they decide the names in the turns. Their notes come after those of the turns.
  const toolNotes: Note[] = [];
  const tools = renderTools(names, outputTool, { call, dialect, notes: toolNotes, properties });
  const input: InputContext = {
    names,
    properties,
    stored: store === true,
    callIds: new Map(),
    customCalls: new Set(),
    wrappedCalls: new Map(),
  };
  const rendered = renderInput(call, dialect, input, notes);
  if (rendered.instructions !== undefined) body["instructions"] = rendered.instructions;
  body["input"] = rendered.input;
  notes.push(...toolNotes);
  if (tools.length > 0) body["tools"] = tools;
  Object.assign(body, toolFields(call, names, outputTool));
  const format = call.output === undefined ? undefined : textFormat(call, dialect, notes);
  if (format !== undefined) body["text"] = { format };
  const reasoning = renderReasoning(call, dialect, notes);
  if (reasoning !== undefined) body["reasoning"] = reasoning;
  renderSampling(call, body);
  if (store !== "omit") body["store"] = store;
  if (call.streaming) body["stream"] = true;

  const cache = finishBody(body, parameters, { call, dialect, notes });
  const state: ToolState = { names, declared: declaredNames(call, names), properties, ...definedFields({ outputTool }) };
  const url = endpoint(call.route.base, dialect.path ?? "/responses");
  return { request: { method: "POST", url, body }, notes, state, ...definedFields({ cache }) };
}

/** The caller's raw parameters in the spelling of Responses. */
function rawParameters(call: CheckedCall, { acceptChatParameters = true }: ResponsesDialect, notes: Note[]): JsonObject {
  const { parameters } = call.request;
  return acceptChatParameters && parameters !== undefined ? translateChatParameters(parameters, call, notes) : { ...parameters };
}

/** The names of the request's functions as they are sent. */
function declaredNames({ request: { tools = [] } }: CheckedCall, names: ToolNames): Set<string> {
  return new Set(tools.flatMap((tool) => ("name" in tool ? [names.encode(tool.name)] : [])));
}

/** The request's tools, and the one that carries the structured output. */
function renderTools(names: ToolNames, outputTool: string | undefined, context: ToolContext): JsonObject[] {
  const { request, output } = context.call;
  const tools = (request.tools ?? []).map(
    (tool): JsonObject => ("name" in tool ? functionTool(tool, names.encode(tool.name), "tool", context) : tool.hosted),
  );
  if (output?.schema !== undefined && outputTool !== undefined) {
    const tool: FunctionTool = { name: output.name, description: output.description ?? "The answer.", parameters: output.schema };
    tools.push(functionTool(tool, outputTool, "output-tool", context));
  }
  return tools;
}

/** Which tools the model may or must call. */
function toolFields({ request }: CheckedCall, names: ToolNames, outputTool: string | undefined): JsonObject {
  const { toolChoice: choice, parallelToolCalls } = request;
  const forced = outputTool ?? (typeof choice === "object" ? names.encode(choice.name) : undefined);
  return definedFields({
    tool_choice: forced === undefined ? choice : { type: "function", name: forced },
    parallel_tool_calls: parallelToolCalls,
  });
}

/** Adds the fields of the settings, the cache and the raw parameters. Those of the request replace the settings', and raw parameters replace both. */
function finishBody(
  body: JsonObject,
  parameters: JsonObject,
  { call, dialect, notes }: Omit<ToolContext, "properties">,
): Rendered["cache"] {
  const fields = dialect.settingsFields?.(call);
  if (fields !== undefined) addMissing(body, fields);
  const cache = addBreakpoints(dialect, { body, call, notes });
  const include = includeOf(call, dialect, parameters);
  if (isObject(parameters["text"]) && parameters["text"]["format"] !== undefined && isObject(body["text"])) delete body["text"]["format"];
  mergeParameters(body, parameters, notes);
  if (include.length > 0) body["include"] = include;
  dialect.finishBody?.({ body, call, notes });
  return cache;
}

/** Raw parameters decide, then the dialect. Default false: the API would store the answer for a month. */
function storeOf(call: CheckedCall, dialect: ResponsesDialect, parameters: JsonObject): boolean | "omit" {
  if (typeof parameters["store"] === "boolean") return parameters["store"];
  const store = typeof dialect.store === "function" ? dialect.store(call) : dialect.store;
  return store ?? false;
}

function renderReasoning(call: CheckedCall, dialect: ResponsesDialect, notes: Note[]): JsonObject | undefined {
  const { reasoning } = call;
  if (reasoning === undefined) return undefined;
  if (reasoning.kind === "off") return { effort: dialect.reasoningOff ?? "none" };
  const requested = typeof dialect.reasoningSummary === "function" ? dialect.reasoningSummary(call) : (dialect.reasoningSummary ?? "auto");
  const summary = requested === "omit" ? {} : { summary: requested };
  if (reasoning.kind === "effort") return { effort: reasoning.word, ...summary };
  if (reasoning.kind === "budget")
    notes.push({
      kind: "dropped",
      field: "reasoning",
      message: "The Responses API has no budget of reasoning tokens, so the model reasons at its own level.",
    });
  return requested === "omit" ? undefined : summary;
}

/** Parameters that the model does not accept are removed before rendering. Unknown ones are sent by their usual names. */
function renderSampling(call: CheckedCall, body: JsonObject): void {
  const { request } = call;
  const fields: readonly (readonly [string, unknown])[] = [
    ["max_output_tokens", request.maxOutputTokens],
    ["temperature", request.temperature],
    ["top_p", request.topP],
    ["top_k", request.topK],
    ["min_p", request.minP],
    ["frequency_penalty", request.frequencyPenalty],
    ["presence_penalty", request.presencePenalty],
    ["repetition_penalty", request.repetitionPenalty],
    ["stop", request.stop?.length === 0 ? undefined : request.stop],
    ["seed", request.seed],
    ["top_logprobs", typeof request.logprobs === "number" ? request.logprobs : undefined],
  ];
  for (const [name, value] of fields) if (value !== undefined) body[name] = value;
}

/** A union: a caller's own `include` must not remove the encrypted reasoning that the next turn needs. */
function includeOf(call: CheckedCall, dialect: ResponsesDialect, parameters: JsonObject): string[] {
  const include = new Set<string>();
  // A model that does not reason answers 400 to the request for encrypted reasoning.
  if (dialect.include !== "none" && call.route.capabilities.reasoning !== false && !call.degradations.has("encrypted-reasoning"))
    include.add("reasoning.encrypted_content");
  if (call.request.logprobs !== undefined && call.request.logprobs !== false) include.add("message.output_text.logprobs");
  if (Array.isArray(parameters["include"])) for (const one of parameters["include"]) include.add(wordOf(one));
  return [...include];
}

/** Adds fields that the body does not have. Objects are joined. */
function addMissing(body: JsonObject, fields: JsonObject): void {
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    const present = body[key];
    if (value === undefined) continue;
    if (isObject(present) && isObject(value)) body[key] = { ...value, ...present };
    else if (present === undefined) body[key] = value;
  }
}
