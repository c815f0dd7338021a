import {
  type CheckedCall,
  definedFields,
  type FunctionTool,
  type JsonObject,
  type JsonSchema,
  type Note,
  parametersOf,
  type ToolNames,
} from "@lumiverse/core/provider";
import { modelVendor } from "../families/schemas.ts";
import {
  type CompiledForHost,
  type CompileOptions,
  geminiSchema,
  noteLosses,
  type PropertyNames,
  schemaCompilerOf,
} from "../schema/index.ts";
import { schemaName, sentToolNames } from "../shared/tool-names.ts";
import type { Dialect } from "./dialect.ts";

/** The tool names of a request. */
export interface ToolSet {
  names: ToolNames;
  /** The sent name of the tool that carries the structured output, where the strategy is `tool`. */
  output: string | undefined;
  /** Changed names of properties in arguments, by the caller's name of the tool. */
  properties: Map<string, PropertyNames>;
}

/** What the reader must undo: the part of a `ToolSet` that changed something. */
export interface ToolState {
  names?: ToolNames;
  outputTool?: string;
  /** Changed names of properties in arguments, by the caller's name of the tool. */
  properties?: ReadonlyMap<string, PropertyNames>;
}

export function toolState({ names, output, properties }: ToolSet): ToolState {
  return {
    ...(names.changed ? { names } : {}),
    ...definedFields({ outputTool: output }),
    ...(properties.size === 0 ? {} : { properties }),
  };
}

/** Tool names as the host accepts them. Those of the tools and of the calls in the transcript must agree. */
export function toolSet(call: CheckedCall, dialect: Dialect, notes: Note[]): ToolSet {
  const names = sentToolNames(call, { max: 64, refused: /[^A-Za-z0-9_-]/, ...dialect.toolName }, notes);
  const output = call.output?.strategy === "tool" ? names.encode(call.output.name) : undefined;
  return { names, output, properties: new Map() };
}

/** A call while it is rendered. */
export interface RenderContext {
  call: CheckedCall;
  dialect: Dialect;
  notes: Note[];
}

/** Puts the tools and the tool choice into the body. */
export function renderTools(body: JsonObject, set: ToolSet, context: RenderContext): void {
  const { call, dialect } = context;
  const { request, output } = call;
  const tools: JsonObject[] = [];
  for (const tool of request.tools ?? []) {
    tools.push("hosted" in tool ? tool.hosted : functionTool(tool, set, context));
    call.breakpoints?.mark(tool, tools.at(-1));
  }
  if (set.output !== undefined && output !== undefined) {
    const { schema } = compile(output.schema ?? NO_PARAMETERS, { use: "output-tool", strict: false, field: "output" }, context);
    const description = output.description ?? "Gives the final answer.";
    tools.push({ type: "function", function: { name: set.output, description, parameters: schema } });
  }
  // Hosts refuse an empty list. Under the policy `send`, a forced choice is sent without one.
  const hasTools = tools.length > 0;
  if (hasTools) body["tools"] = tools;
  const choice =
    set.output === undefined ? request.toolChoice : (request.tools?.length ?? 0) === 0 ? { name: output?.name ?? "" } : "required";
  if (choice === "required") body["tool_choice"] = dialect.requiredToolChoice ?? "required";
  else if (typeof choice === "string") body["tool_choice"] = choice;
  else if (choice !== undefined) body["tool_choice"] = { type: "function", function: { name: set.names.encode(choice.name) } };
  if (hasTools && request.parallelToolCalls !== undefined)
    body[dialect.names?.parallelToolCalls ?? "parallel_tool_calls"] = request.parallelToolCalls;
}

function functionTool(tool: FunctionTool, set: ToolSet, context: RenderContext): JsonObject {
  const { dialect, notes } = context;
  const field = `tools.${tool.name}`;
  const requested = tool.strict === true && dialect.strict !== "omit";
  const given = parametersOf(tool.parameters) ?? NO_PARAMETERS;
  const { schema, strict, properties } = compile(given, { use: "tool", strict: requested, field }, context);
  if (properties !== undefined) set.properties.set(tool.name, properties);
  if (tool.strict === true && !strict)
    notes.push({ kind: "dropped", field: `${field}.strict`, message: "The host cannot guarantee arguments for this schema." });
  const description = tool.description ?? (dialect.toolDescription === "required" ? tool.name : undefined);
  return {
    type: "function",
    function: {
      name: set.names.encode(tool.name),
      ...definedFields({ description }),
      parameters: schema,
      ...(strict ? { strict: true } : {}),
    },
  };
}

/** Puts `response_format` into the body. */
export function renderOutput(body: JsonObject, context: RenderContext): void {
  const { output } = context.call;
  if (output?.strategy === "json") body["response_format"] = { type: "json_object" };
  if (output?.strategy !== "schema" || output.schema === undefined) return;
  const requested = context.dialect.strict === "requested" ? output.strict === true : output.strict !== false;
  const { schema, strict } = compile(output.schema, { use: "output", strict: requested, field: "output" }, context);
  if (output.strict === true && !strict)
    context.notes.push({ kind: "dropped", field: "output.strict", message: "The host cannot guarantee an answer for this schema." });
  body["response_format"] = {
    type: "json_schema",
    json_schema: {
      name: schemaName(output.name),
      ...definedFields({ description: output.description }),
      schema,
      ...(strict ? { strict: true } : {}),
    },
  };
}

/** A schema with `strict` where it is requested and nothing is lost; otherwise as the host accepts it, with a note for each change. */
function compile(given: JsonSchema, { use, strict, field }: CompileOptions, { call, dialect, notes }: RenderContext): CompiledForHost {
  const compiler = schemaCompilerOf(call);
  if (strict && dialect.compileStrictSchema !== undefined) {
    const { schema, losses } = dialect.compileStrictSchema(given, compiler.compile);
    if (losses.length === 0) return { schema, strict: true };
  }
  const vendor = dialect.schemaVendor ?? modelVendor(call.request.model) ?? "unknown";
  // Gateways pass schemas on to Gemini as its OpenAPI subset, in which $ref, nullable anyOf, const and exclusiveMinimum are refused with 400 (OpenRouter's
  // fixtures/output-schema-gemini).
  const accepted = compiler.accept(given, vendor, use, dialect.compileSchema ?? (vendor === "gemini" ? geminiSchema : undefined));
  noteLosses(accepted.losses, `${field} `, notes);
  return { schema: accepted.schema, strict: false, properties: accepted.names };
}

const NO_PARAMETERS: JsonSchema = { type: "object", properties: {} };
