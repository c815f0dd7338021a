import { type CheckedCall, type FunctionTool, isObject, type JsonObject, type JsonSchema, type Note } from "@lumiverse/core";
import { type Names, parametersOf, toolNames } from "@lumiverse/core/wire";
import { calledNames } from "../called-names.ts";
import type { Dialect } from "./dialect.ts";

export interface ToolSet {
  names: Names;
  /** The wire name of the tool that carries the structured output, where the strategy is `tool`. */
  output: string | undefined;
}

/** Names as the host allows them: those of the tools and of all calls in the transcript, which must agree. */
export function toolSet(call: CheckedCall, dialect: Dialect, notes: Note[]): ToolSet {
  const wanted: string[] = [];
  const hosted = new Set<string>();
  for (const tool of call.request.tools ?? [])
    if ("name" in tool) wanted.push(tool.name);
    else if (isObject(tool.hosted["function"])) hosted.add(String(tool.hosted["function"]["name"])); // Moonshot's `$web_search` keeps its name
  for (const name of calledNames(call)) if (!hosted.has(name)) wanted.push(name);
  const output = call.output?.strategy === "tool" ? call.output.name : undefined;
  if (output !== undefined) wanted.push(output);
  const names = toolNames(wanted, { max: 64, refused: /[^A-Za-z0-9_-]/, ...dialect.toolName });
  if (names.changed)
    notes.push({
      kind: "changed",
      field: "tools",
      message: "names of tools were changed to what this host takes; answers name them as given",
    });
  return { names, output: output === undefined ? undefined : names.wire(output) };
}

export function renderTools(body: JsonObject, call: CheckedCall, dialect: Dialect, set: ToolSet, notes: Note[]): void {
  const { request, output } = call;
  const tools: JsonObject[] = [];
  for (const tool of request.tools ?? []) tools.push("hosted" in tool ? tool.hosted : functionTool(tool, dialect, set, notes));
  if (set.output !== undefined && output !== undefined)
    tools.push({
      type: "function",
      function: { name: set.output, description: output.description ?? "Gives the final answer.", parameters: output.schema ?? ANY },
    });
  // Hosts refuse an empty list, and a choice without a list.
  if (tools.length === 0) return;
  body["tools"] = tools;
  const choice =
    set.output === undefined ? request.toolChoice : (request.tools?.length ?? 0) === 0 ? { name: output?.name ?? "" } : "required";
  if (choice === "required") body["tool_choice"] = dialect.required ?? "required";
  else if (typeof choice === "string") body["tool_choice"] = choice;
  else if (choice !== undefined) body["tool_choice"] = { type: "function", function: { name: set.names.wire(choice.name) } };
  if (request.parallelToolCalls !== undefined) body[dialect.names?.parallelToolCalls ?? "parallel_tool_calls"] = request.parallelToolCalls;
}

function functionTool(tool: FunctionTool, dialect: Dialect, set: ToolSet, notes: Note[]): JsonObject {
  const field = `tools.${tool.name}`;
  const { schema, strict } = compile(
    parametersOf(tool.parameters) ?? ANY,
    tool.strict === true && dialect.strict !== "omit",
    dialect,
    field,
    notes,
  );
  if (tool.strict === true && !strict)
    notes.push({ kind: "dropped", field: `${field}.strict`, message: "the arguments can't be guaranteed here" });
  const described = tool.description ?? (dialect.toolDescription === "required" ? tool.name : undefined);
  return {
    type: "function",
    function: {
      name: set.names.wire(tool.name),
      ...(described === undefined ? {} : { description: described }),
      parameters: schema,
      ...(strict ? { strict: true } : {}),
    },
  };
}

export function renderOutput(body: JsonObject, call: CheckedCall, dialect: Dialect, notes: Note[]): void {
  const { output } = call;
  if (output?.strategy === "json") body["response_format"] = { type: "json_object" };
  if (output?.strategy !== "schema" || output.schema === undefined) return;
  const wanted = dialect.strict === "asked" ? output.strict === true : output.strict !== false;
  const { schema, strict } = compile(output.schema, wanted, dialect, "output", notes);
  if (output.strict === true && !strict)
    notes.push({ kind: "dropped", field: "output.strict", message: "the schema can't be guaranteed here" });
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

/** `strict` where it is wanted, known and costs nothing; otherwise the schema as the host takes it, with what that costs in the notes. */
function compile(
  given: JsonSchema,
  strict: boolean,
  dialect: Dialect,
  field: string,
  notes: Note[],
): { schema: JsonObject; strict: boolean } {
  if (strict && dialect.strictSchemas !== undefined) {
    const { schema, losses } = dialect.strictSchemas(given);
    if (losses.length === 0) return { schema, strict: true };
  }
  const plain = dialect.schemas?.(given);
  for (const loss of plain?.losses ?? [])
    notes.push({ kind: "schema", field: `${field} ${loss.pointer}`, message: `${loss.keyword}: ${loss.message}` });
  return { schema: plain?.schema ?? given, strict: false };
}

const ANY: JsonSchema = { type: "object", properties: {} };
