/** Functions and structured output. */
import {
  type CheckedCall,
  definedFields,
  type FunctionTool,
  isObject,
  type JsonObject,
  type JsonSchema,
  type Note,
  parametersOf,
  type Rendered,
  type ToolNames,
} from "@lumiverse/core/provider";
import { modelVendor } from "../families/schemas.ts";
import {
  type CompiledForHost,
  type CompileOptions,
  noteLosses,
  type PropertyNames,
  type SchemaUse,
  schemaCompilerOf,
} from "../schema/index.ts";
import { schemaName } from "../shared/tool-names.ts";
import type { ResponsesDialect } from "./dialect.ts";

/** What the reader must undo. */
export interface ToolState {
  names: ToolNames;
  /** Names of the declared functions as they were sent. The model's own `parallel` is not among them. */
  declared: ReadonlySet<string>;
  /** The sent name of the tool that carries the structured output: its arguments are the answer's text. */
  outputTool?: string;
  /** Changed names of properties in arguments, by the caller's name of the tool. */
  properties: Map<string, PropertyNames>;
}

const NO_TOOLS: ToolState = {
  names: { encode: (name) => name, decode: (name) => name, changed: false },
  declared: new Set(),
  properties: new Map(),
};

/** The state that this protocol's `render` left. The reader of a recording has none. */
export function toolState({ state }: Rendered): ToolState {
  return isObject(state) && state["declared"] instanceof Set ? (state as unknown as ToolState) : NO_TOOLS;
}

/** What a function becomes with the request. */
export interface ToolContext {
  call: CheckedCall;
  dialect: ResponsesDialect;
  notes: Note[];
  /** Filled with changed names of properties, by the caller's name of the tool. */
  properties: Map<string, PropertyNames>;
}

/** A function as an entry of `tools`. */
export function functionTool(tool: FunctionTool, name: string, use: SchemaUse, context: ToolContext): JsonObject {
  const { dialect } = context;
  const given = parametersOf(tool.parameters) ?? { type: "object", properties: {} };
  const { schema, strict, properties } = compile(given, { use, strict: tool.strict === true, field: `tools.${tool.name}` }, context);
  if (properties !== undefined) context.properties.set(tool.name, properties);
  return {
    type: "function",
    name,
    ...definedFields({ description: tool.description }),
    parameters: schema,
    // Without the field the API assumes true and rewrites the schema on its own.
    ...(dialect.strict === "omit" ? {} : { strict }),
  };
}

const WITHOUT_STRICT = " The schema was sent without strict.";

/** The schema as it is sent. It is strict only where compiling lost nothing. */
function compile(
  given: JsonSchema,
  { use, strict: strictRequested, field }: CompileOptions,
  { call, dialect, notes }: Pick<ToolContext, "call" | "dialect" | "notes">,
): CompiledForHost {
  const target = dialect.schemaTarget ?? "openai-strict";
  const compiler = schemaCompilerOf(call);
  if (strictRequested && target === "openai-strict") {
    const { schema, losses } = compiler.compile(given, target);
    if (losses.length === 0) return { schema, strict: true };
    noteLosses(losses, field, notes, WITHOUT_STRICT);
  }
  const accepted = compiler.accept(given, dialect.schemaVendor ?? modelVendor(call.request.model) ?? "unknown", use);
  const loose = compiler.compile(accepted.schema, target === "openai-strict" ? { omit: ["$schema"] } : target);
  noteLosses(accepted.losses, field, notes);
  noteLosses(loose.losses, field, notes, strictRequested && target !== "openai-strict" ? WITHOUT_STRICT : "");
  const strict = strictRequested && target !== "openai-strict" && accepted.losses.length + loose.losses.length === 0;
  return { schema: loose.schema, strict, properties: accepted.names };
}

/** The `text.format` of the body. Undefined when no native structured output is requested. */
export function textFormat(call: CheckedCall, dialect: ResponsesDialect, notes: Note[]): JsonObject | undefined {
  const { output } = call;
  if (output?.strategy === "json") return { type: "json_object" };
  if (output?.strategy !== "schema" || output.schema === undefined) return undefined;
  const { schema, strict } = compile(
    output.schema,
    { use: "output", strict: output.strict !== false, field: "output" },
    { call, dialect, notes },
  );
  return {
    type: "json_schema",
    name: schemaName(output.name),
    ...definedFields({ description: output.description }),
    schema,
    strict,
  };
}
