/** Tools, tool choice and structured output. */
import { type CheckedCall, type FunctionTool, isObject, type JsonObject, type JsonSchema, type Note } from "@lumiverse/core";
import { type Names, parametersOf } from "@lumiverse/core/wire";
import { calledNames } from "../called-names.ts";
import { compileSchema } from "../schema.ts";

export interface ToolFields {
  tools?: JsonObject[];
  tool_choice?: JsonObject;
  /** `output_config.format`. */
  format?: JsonObject;
  /** The forced tool whose arguments are the output. */
  outputTool?: string;
}

export function renderTools(call: CheckedCall, names: Names, notes: Note[]): ToolFields {
  const { request, output } = call;
  const given = request.tools ?? [];
  const tools = given.map((tool) => ("hosted" in tool ? tool.hosted : functionTool(tool, names, notes)));
  if (output?.strategy === "tool" && output.schema !== undefined) {
    const name = names.wire(output.name);
    tools.push({
      name,
      description: output.description ?? "Gives the answer. Call it once, with the whole answer.",
      input_schema: objectSchema(output.schema, name, notes),
    });
    // Beside other tools the model may still call those first.
    return { tools, tool_choice: given.length === 0 ? { type: "tool", name } : { type: "any" }, outputTool: name };
  }
  const fields: ToolFields = {};
  if (output?.strategy === "schema" && output.schema !== undefined)
    fields.format = { type: "json_schema", schema: compiled(output.schema, "output", notes) };
  if (tools.length === 0) return { ...fields, ...historyTools(call, names, notes) };
  const choice = toolChoice(request.toolChoice, names);
  if (request.parallelToolCalls === false)
    fields.tool_choice = { ...(choice ?? { type: "auto" }), ...(choice?.["type"] === "none" ? {} : { disable_parallel_tool_use: true }) };
  else if (choice !== undefined) fields.tool_choice = choice;
  return { ...fields, tools };
}

function toolChoice(choice: CheckedCall["request"]["toolChoice"], names: Names): JsonObject | undefined {
  if (choice === undefined) return undefined;
  if (typeof choice === "object") return { type: "tool", name: names.wire(choice.name) };
  return { type: choice === "required" ? "any" : choice };
}

function functionTool(tool: FunctionTool, names: Names, notes: Note[]): JsonObject {
  const name = names.wire(tool.name);
  const schema = parametersOf(tool.parameters) ?? { type: "object", properties: {} };
  const fields: JsonObject = { name, ...(tool.description === undefined ? {} : { description: tool.description }) };
  if (tool.strict !== true) return { ...fields, input_schema: objectSchema(schema, name, notes) };
  const { schema: strict, losses } = compileSchema(schema, "anthropic");
  if (losses.length === 0 && strict["type"] === "object") return { ...fields, input_schema: strict, strict: true };
  for (const loss of losses)
    notes.push({ kind: "schema", field: `tools.${tool.name}${loss.pointer}`, message: `${loss.keyword}: ${loss.message}` });
  notes.push({
    kind: "changed",
    field: `tools.${tool.name}.strict`,
    message: "strict was left out: the vendor's strict schemas can't say all of this one",
  });
  return { ...fields, input_schema: objectSchema(schema, name, notes) };
}

/** The root must be an object schema without a choice at its top. */
function objectSchema(schema: JsonSchema, name: string, notes: Note[]): JsonObject {
  const choice = ["anyOf", "oneOf", "allOf"].some((keyword) => schema[keyword] !== undefined);
  const reference = schema["$ref"] !== undefined;
  if (!choice && !reference) return schema["type"] === "object" ? schema : { ...schema, type: "object" };
  const { schema: plain, losses } = compileSchema(schema, "anthropic");
  // A root that only points at its definition, or a lone allOf, comes out as a plain object.
  if (
    losses.length === 0 &&
    plain["type"] === "object" &&
    !["anyOf", "oneOf", "allOf", "$ref"].some((keyword) => plain[keyword] !== undefined)
  )
    return plain;
  notes.push({
    kind: "schema",
    field: `tools.${name}#`,
    message:
      "the wire takes no choice at the root of a tool's parameters: any object is accepted, and the schema stands in the description",
  });
  const { $defs, definitions } = schema;
  return {
    type: "object",
    description: `Must match: ${JSON.stringify(schema)}`,
    ...(isObject($defs) ? { $defs } : {}),
    ...(isObject(definitions) ? { definitions } : {}),
  };
}

function compiled(schema: JsonSchema, field: string, notes: Note[]): JsonObject {
  const { schema: out, losses } = compileSchema(schema, "anthropic");
  for (const loss of losses) notes.push({ kind: "schema", field: `${field}${loss.pointer}`, message: `${loss.keyword}: ${loss.message}` });
  return out;
}

/** Calls in the history want their tools declared, even where none may be called any more. */
function historyTools(call: CheckedCall, names: Names, notes: Note[]): ToolFields {
  const called = calledNames(call);
  if (called.length === 0) return {};
  notes.push({
    kind: "changed",
    field: "tools",
    message: `the history calls ${called.join(", ")}, so the wire wants these declared; toolChoice none forbids calling them`,
  });
  return {
    tools: called.map((name) => ({ name: names.wire(name), input_schema: { type: "object", properties: {} } })),
    tool_choice: { type: "none" },
  };
}
