/** Functions and structured output. */
import {
  type CheckedCall,
  type FunctionTool,
  isObject,
  type JsonObject,
  type JsonSchema,
  type Note,
  parametersOf,
  type Rendered,
  type ToolNames,
} from "@lumiverse/core/provider";
import { compileSchema } from "../schema/index.ts";
import type { ResponsesDialect } from "./dialect.ts";

/** What the reader must undo. */
export interface ToolState {
  names: ToolNames;
  /** Names of the declared functions as they were sent. The model's own `parallel` is not among them. */
  declared: ReadonlySet<string>;
  /** The sent name of the tool that carries the structured output: its arguments are the answer's text. */
  outputTool?: string;
}

const NO_TOOLS: ToolState = {
  names: { encode: (name) => name, decode: (name) => name, changed: false },
  declared: new Set(),
};

/** The state that this protocol's `render` left. The reader of a recording has none. */
export function toolState({ state }: Rendered): ToolState {
  return isObject(state) && state["declared"] instanceof Set ? (state as unknown as ToolState) : NO_TOOLS;
}

/** A function as an entry of `tools`. */
export function functionTool(tool: FunctionTool, name: string, dialect: ResponsesDialect, notes: Note[]): JsonObject {
  const given = parametersOf(tool.parameters) ?? { type: "object", properties: {} };
  const { schema, strict } = compile(given, tool.strict === true, dialect, `tools.${tool.name}`, notes);
  return {
    type: "function",
    name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    parameters: schema,
    // Without the field the API assumes true and rewrites the schema on its own.
    ...(dialect.strict === "omit" ? {} : { strict }),
  };
}

/** The schema as it is sent. It is strict only where compiling lost nothing. */
function compile(
  given: JsonSchema,
  strictRequested: boolean,
  dialect: ResponsesDialect,
  field: string,
  notes: Note[],
): { schema: JsonObject; strict: boolean } {
  const target = dialect.schemaTarget ?? "openai-strict";
  const loose = target === "openai-strict" ? compileSchema(given, { omit: ["$schema"] }) : compileSchema(given, target);
  const compiled = target === "openai-strict" && strictRequested ? compileSchema(given, target) : loose;
  const strict = strictRequested && compiled.losses.length === 0;
  for (const loss of compiled.losses)
    notes.push({
      kind: "schema",
      field: `${field}${loss.pointer}`,
      message: `${loss.keyword}: ${loss.message}${strictRequested ? " The schema was sent without strict." : ""}`,
    });
  return { schema: strict ? compiled.schema : loose.schema, strict };
}

/** The `text.format` of the body. Undefined when no native structured output is requested. */
export function textFormat(call: CheckedCall, dialect: ResponsesDialect, notes: Note[]): JsonObject | undefined {
  const { output } = call;
  if (output?.strategy === "json") return { type: "json_object" };
  if (output?.strategy !== "schema" || output.schema === undefined) return undefined;
  const { schema, strict } = compile(output.schema, output.strict !== false, dialect, "output", notes);
  return {
    type: "json_schema",
    name: acceptedName(output.name),
    ...(output.description === undefined ? {} : { description: output.description }),
    schema,
    strict,
  };
}

/** A name in the characters and the length that the API accepts. */
export function acceptedName(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "output";
}
