import {
  type CheckedCall,
  type FunctionTool,
  isObject,
  type JsonObject,
  type JsonSchema,
  type Note,
  parametersOf,
  type ToolNames,
  toolNames,
  wordOf,
} from "@lumiverse/core/provider";
import { modelVendor } from "../families/schemas.ts";
import { geminiSchema, type PropertyNames, type SchemaUse, schemaCompilerOf } from "../schema/index.ts";
import { calledNames, NAMES_CHANGED } from "../shared/called-names.ts";
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
    ...(output === undefined ? {} : { outputTool: output }),
    ...(properties.size === 0 ? {} : { properties }),
  };
}

/** Tool names as the host accepts them. Those of the tools and of the calls in the transcript must agree. */
export function toolSet(call: CheckedCall, dialect: Dialect, notes: Note[]): ToolSet {
  const toEncode: string[] = [];
  const hosted = new Set<string>();
  for (const tool of call.request.tools ?? [])
    if ("name" in tool) toEncode.push(tool.name);
    else if (isObject(tool.hosted["function"])) hosted.add(wordOf(tool.hosted["function"]["name"])); // Moonshot: `$web_search` is sent as it is
  for (const name of calledNames(call)) if (!hosted.has(name)) toEncode.push(name);
  const output = call.output?.strategy === "tool" ? call.output.name : undefined;
  if (output !== undefined) toEncode.push(output);
  const names = toolNames(toEncode, { max: 64, refused: /[^A-Za-z0-9_-]/, ...dialect.toolName });
  if (names.changed) notes.push({ kind: "changed", field: "tools", message: NAMES_CHANGED });
  return { names, output: output === undefined ? undefined : names.encode(output), properties: new Map() };
}

/** Puts the tools and the tool choice into the body. */
export function renderTools(body: JsonObject, call: CheckedCall, dialect: Dialect, set: ToolSet, notes: Note[]): void {
  const { request, output } = call;
  const tools: JsonObject[] = [];
  for (const tool of request.tools ?? []) tools.push("hosted" in tool ? tool.hosted : functionTool(tool, call, dialect, set, notes));
  if (set.output !== undefined && output !== undefined)
    tools.push({
      type: "function",
      function: {
        name: set.output,
        description: output.description ?? "Gives the final answer.",
        parameters: compile(output.schema ?? NO_PARAMETERS, "output-tool", false, call, dialect, "output", notes).schema,
      },
    });
  // Hosts refuse an empty list. Without any there is a choice only where the caller wants it sent all the same.
  if (tools.length > 0) body["tools"] = tools;
  else if (request.tools !== undefined) return;
  const choice =
    set.output === undefined ? request.toolChoice : (request.tools?.length ?? 0) === 0 ? { name: output?.name ?? "" } : "required";
  if (choice === "required") body["tool_choice"] = dialect.requiredToolChoice ?? "required";
  else if (typeof choice === "string") body["tool_choice"] = choice;
  else if (choice !== undefined) body["tool_choice"] = { type: "function", function: { name: set.names.encode(choice.name) } };
  if (request.parallelToolCalls !== undefined) body[dialect.names?.parallelToolCalls ?? "parallel_tool_calls"] = request.parallelToolCalls;
}

function functionTool(tool: FunctionTool, call: CheckedCall, dialect: Dialect, set: ToolSet, notes: Note[]): JsonObject {
  const field = `tools.${tool.name}`;
  const { schema, strict, properties } = compile(
    parametersOf(tool.parameters) ?? NO_PARAMETERS,
    "tool",
    tool.strict === true && dialect.strict !== "omit",
    call,
    dialect,
    field,
    notes,
  );
  if (properties !== undefined) set.properties.set(tool.name, properties);
  if (tool.strict === true && !strict)
    notes.push({ kind: "dropped", field: `${field}.strict`, message: "The host cannot guarantee arguments for this schema." });
  const description = tool.description ?? (dialect.toolDescription === "required" ? tool.name : undefined);
  return {
    type: "function",
    function: {
      name: set.names.encode(tool.name),
      ...(description === undefined ? {} : { description }),
      parameters: schema,
      ...(strict ? { strict: true } : {}),
    },
  };
}

/** Puts `response_format` into the body. */
export function renderOutput(body: JsonObject, call: CheckedCall, dialect: Dialect, notes: Note[]): void {
  const { output } = call;
  if (output?.strategy === "json") body["response_format"] = { type: "json_object" };
  if (output?.strategy !== "schema" || output.schema === undefined) return;
  const strictRequested = dialect.strict === "requested" ? output.strict === true : output.strict !== false;
  const { schema, strict } = compile(output.schema, "output", strictRequested, call, dialect, "output", notes);
  if (output.strict === true && !strict)
    notes.push({ kind: "dropped", field: "output.strict", message: "The host cannot guarantee an answer for this schema." });
  body["response_format"] = {
    type: "json_schema",
    json_schema: {
      name: output.name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64),
      ...(output.description === undefined ? {} : { description: output.description }),
      schema,
      ...(strict ? { strict: true } : {}),
    },
  };
}

interface CompiledForHost {
  schema: JsonObject;
  strict: boolean;
  properties?: PropertyNames | undefined;
}

/** A schema with `strict` where it is requested and nothing is lost; otherwise as the host accepts it, with a note for each change. */
function compile(
  given: JsonSchema,
  use: SchemaUse,
  strict: boolean,
  call: CheckedCall,
  dialect: Dialect,
  field: string,
  notes: Note[],
): CompiledForHost {
  const compiler = schemaCompilerOf(call);
  if (strict && dialect.compileStrictSchema !== undefined) {
    const { schema, losses } = dialect.compileStrictSchema(given, compiler.compile);
    if (losses.length === 0) return { schema, strict: true };
  }
  const vendor = dialect.schemaVendor ?? modelVendor(call.request.model) ?? "unknown";
  // Gateways pass schemas on to Gemini as its OpenAPI subset, in which $ref, nullable anyOf, const and exclusiveMinimum are refused with 400 (OpenRouter's
  // fixtures/output-schema-gemini).
  const accepted = compiler.accept(given, vendor, use, dialect.compileSchema ?? (vendor === "gemini" ? geminiSchema : undefined));
  for (const loss of accepted.losses)
    notes.push({ kind: "schema", field: `${field} ${loss.pointer}`, message: `${loss.keyword}: ${loss.message}` });
  return { schema: accepted.schema, strict: false, properties: accepted.names };
}

const NO_PARAMETERS: JsonSchema = { type: "object", properties: {} };
