/** Tools, tool choice and structured output. https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview */
import {
  type CheckedCall,
  type FunctionTool,
  isObject,
  type JsonObject,
  type JsonSchema,
  type Note,
  parametersOf,
  type ToolNames,
} from "@lumiverse/core/provider";
import { type SchemaCompiler, schemaCompilerOf } from "../schema/index.ts";
import { calledNames } from "../shared/called-names.ts";
import type { PropertyNames } from "./property-names.ts";
import { toDraft2020 } from "./schema-draft.ts";

export interface ToolFields {
  tools?: JsonObject[];
  tool_choice?: JsonObject;
  /** `output_config.format`. */
  format?: JsonObject;
  /** The forced tool whose arguments are the structured output. */
  outputTool?: string;
}

export function renderTools(call: CheckedCall, names: ToolNames, properties: PropertyNames, notes: Note[]): ToolFields {
  const { request, output } = call;
  const requested = request.tools ?? [];
  const compiler = schemaCompilerOf(call);
  const tools = requested.map((tool) => ("hosted" in tool ? tool.hosted : functionTool(tool, names, properties, notes, compiler)));
  if (output?.strategy === "tool" && output.schema !== undefined) {
    const name = names.encode(output.name);
    tools.push({
      name,
      description: output.description ?? "Gives the answer. Call it once, with the whole answer.",
      input_schema: objectSchema(acceptedSchema(output.schema, output.name, properties, notes), name, notes, compiler),
    });
    // With other tools in the request, the model may call those first.
    return { tools, tool_choice: requested.length === 0 ? { type: "tool", name } : { type: "any" }, outputTool: name };
  }
  const fields: ToolFields = {};
  if (output?.strategy === "schema" && output.schema !== undefined)
    fields.format = { type: "json_schema", schema: compileNoted(output.schema, "output", notes, compiler) };
  if (tools.length === 0) return { ...fields, ...toolsOfHistory(call, names, notes) };
  const choice = toolChoice(request.toolChoice, names);
  if (request.parallelToolCalls === false)
    fields.tool_choice = { ...(choice ?? { type: "auto" }), ...(choice?.["type"] === "none" ? {} : { disable_parallel_tool_use: true }) };
  else if (choice !== undefined) fields.tool_choice = choice;
  return { ...fields, tools };
}

function toolChoice(choice: CheckedCall["request"]["toolChoice"], names: ToolNames): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (typeof choice === "object") return { type: "tool", name: names.encode(choice.name) };
  return { type: choice === "required" ? "any" : choice };
}

/** The schema in the draft of JSON Schema and with the property names that the vendor accepts. */
function acceptedSchema(schema: JsonSchema, tool: string, properties: PropertyNames, notes: Note[]): JsonSchema {
  return properties.schema(tool, toDraft2020(schema, `tools.${tool}`, notes));
}

function functionTool(
  tool: FunctionTool,
  names: ToolNames,
  properties: PropertyNames,
  notes: Note[],
  compiler: SchemaCompiler,
): JsonObject {
  const name = names.encode(tool.name);
  const given = parametersOf(tool.parameters) ?? { type: "object", properties: {} };
  const schema = acceptedSchema(given, tool.name, properties, notes);
  const fields: JsonObject = { name, ...(tool.description === undefined ? {} : { description: tool.description }) };
  if (tool.strict !== true) return { ...fields, input_schema: objectSchema(schema, name, notes, compiler) };
  const { schema: strict, losses } = compiler.compile(schema, "anthropic");
  if (losses.length === 0 && strict["type"] === "object") return { ...fields, input_schema: strict, strict: true };
  for (const loss of losses)
    notes.push({ kind: "schema", field: `tools.${tool.name}${loss.pointer}`, message: `${loss.keyword}: ${loss.message}` });
  notes.push({
    kind: "changed",
    field: `tools.${tool.name}.strict`,
    message: "The vendor's strict schemas cannot express this schema, so strict was dropped.",
  });
  return { ...fields, input_schema: objectSchema(schema, name, notes, compiler) };
}

const CHOICES = ["anyOf", "oneOf", "allOf"] as const;

/** `input_schema` must be an object schema without `anyOf`, `oneOf`, `allOf` or `$ref` at its root. */
function objectSchema(schema: JsonSchema, name: string, notes: Note[], compiler: SchemaCompiler): JsonObject {
  const hasChoice = CHOICES.some((keyword) => schema[keyword] !== undefined);
  if (!hasChoice && schema["$ref"] === undefined) return schema["type"] === "object" ? schema : { ...schema, type: "object" };
  const { schema: compiled, losses } = compiler.compile(schema, "anthropic");
  // A root that is a reference or a single allOf compiles to an object schema.
  if (losses.length === 0 && compiled["type"] === "object" && ![...CHOICES, "$ref"].some((keyword) => compiled[keyword] !== undefined))
    return compiled;
  notes.push({
    kind: "schema",
    field: `tools.${name}#`,
    message:
      "The protocol accepts no choice at the root of a tool's parameters. The tool accepts any object, and its description contains the schema.",
  });
  const { $defs, definitions } = schema;
  return {
    type: "object",
    description: `Must match: ${JSON.stringify(schema)}`,
    ...(isObject($defs) ? { $defs } : {}),
    ...(isObject(definitions) ? { definitions } : {}),
  };
}

function compileNoted(schema: JsonSchema, field: string, notes: Note[], compiler: SchemaCompiler): JsonObject {
  const { schema: compiled, losses } = compiler.compile(schema, "anthropic");
  for (const loss of losses) notes.push({ kind: "schema", field: `${field}${loss.pointer}`, message: `${loss.keyword}: ${loss.message}` });
  return compiled;
}

/** The vendor refuses calls in the history whose tools are not declared, even when the request has no tools. */
function toolsOfHistory(call: CheckedCall, names: ToolNames, notes: Note[]): ToolFields {
  const called = calledNames(call);
  if (called.length === 0) return {};
  notes.push({
    kind: "changed",
    field: "tools",
    message: `The history calls ${called.join(", ")}, so the vendor requires declarations. They were added with toolChoice none.`,
  });
  return {
    tools: called.map((name) => ({ name: names.encode(name), input_schema: { type: "object", properties: {} } })),
    tool_choice: { type: "none" },
  };
}
