/** Tools, tool choice and structured output. https://platform.claude.com/docs/en/agents-and-tools/tool-use/overview */
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
import { noteLosses, type PropertyNames, type SchemaCompiler, schemaCompilerOf } from "../../schema/index.ts";
import { calledNames } from "../../shared/tool-names.ts";

export interface ToolFields {
  tools?: JsonObject[];
  tool_choice?: JsonObject;
  /** `output_config.format`. */
  format?: JsonObject;
  /** The forced tool whose arguments are the structured output. */
  outputTool?: string;
  /** Changed names of properties in arguments, by the caller's name of the tool. */
  properties: ReadonlyMap<string, PropertyNames>;
}

interface ToolContext {
  names: ToolNames;
  properties: Map<string, PropertyNames>;
  notes: Note[];
  compiler: SchemaCompiler;
}

export function renderTools(call: CheckedCall, names: ToolNames, notes: Note[]): ToolFields {
  const properties = new Map<string, PropertyNames>();
  return { ...toolFields(call, { names, properties, notes, compiler: schemaCompilerOf(call) }), properties };
}

function toolFields(call: CheckedCall, context: ToolContext): Omit<ToolFields, "properties"> {
  const { request, output } = call;
  const { names, notes } = context;
  const requested = request.tools ?? [];
  const tools = requested.map((tool) => {
    const rendered = "hosted" in tool ? tool.hosted : functionTool(tool, context);
    call.breakpoints?.mark(tool, rendered);
    return rendered;
  });
  if (output?.strategy === "tool" && output.schema !== undefined) {
    const name = names.encode(output.name);
    tools.push({
      name,
      description: output.description ?? "Gives the answer. Call it once, with the whole answer.",
      input_schema: acceptedSchema(output.schema, output.name, context),
    });
    // With other tools in the request, the model may call those first.
    return { tools, tool_choice: requested.length === 0 ? { type: "tool", name } : { type: "any" }, outputTool: name };
  }
  const fields: Omit<ToolFields, "properties"> = {};
  if (output?.strategy === "schema" && output.schema !== undefined)
    fields.format = { type: "json_schema", schema: compileWithNotes(output.schema, "output", context) };
  const choice = toolChoice(request.toolChoice, names);
  if (request.parallelToolCalls === false)
    fields.tool_choice = { ...(choice ?? { type: "auto" }), ...(choice?.["type"] === "none" ? {} : { disable_parallel_tool_use: true }) };
  else if (choice !== undefined) fields.tool_choice = choice;
  return tools.length === 0 ? { ...toolsOfHistory(call, names, notes), ...fields } : { ...fields, tools };
}

function toolChoice(choice: CheckedCall["request"]["toolChoice"], names: ToolNames): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (typeof choice === "object") return { type: "tool", name: names.encode(choice.name) };
  return { type: choice === "required" ? "any" : choice };
}

/** The schema as the vendor accepts it, with a note for each change. */
function acceptedSchema(schema: JsonSchema, tool: string, { compiler, properties, notes }: ToolContext): JsonObject {
  const accepted = compiler.accept(schema, "anthropic", "tool");
  noteLosses(accepted.losses, `tools.${tool}`, notes);
  if (accepted.names !== undefined) properties.set(tool, accepted.names);
  return accepted.schema;
}

function functionTool(tool: FunctionTool, context: ToolContext): JsonObject {
  const { names, notes, compiler } = context;
  const given = parametersOf(tool.parameters) ?? { type: "object", properties: {} };
  const schema = acceptedSchema(given, tool.name, context);
  const fields: JsonObject = {
    name: names.encode(tool.name),
    ...definedFields({ description: tool.description }),
    input_schema: schema,
  };
  if (tool.strict !== true) return fields;
  const { schema: strict, losses } = compiler.compile(schema, "anthropic");
  if (losses.length === 0 && strict["type"] === "object") return { ...fields, input_schema: strict, strict: true };
  noteLosses(losses, `tools.${tool.name}`, notes);
  notes.push({
    kind: "changed",
    field: `tools.${tool.name}.strict`,
    message: "The vendor's strict schemas cannot express this schema, so strict was dropped.",
  });
  return fields;
}

function compileWithNotes(schema: JsonSchema, field: string, { compiler, notes }: ToolContext): JsonObject {
  const { schema: compiled, losses } = compiler.compile(schema, "anthropic");
  noteLosses(losses, field, notes);
  return compiled;
}

/** The vendor refuses calls in the history whose tools are not declared, even when the request has no tools. */
function toolsOfHistory(call: CheckedCall, names: ToolNames, notes: Note[]): Pick<ToolFields, "tools" | "tool_choice"> {
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
