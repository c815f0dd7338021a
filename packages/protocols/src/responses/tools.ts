/** Functions and structured output, strict only where compiling loses nothing. */
import type { CheckedCall, FunctionTool, JsonObject, JsonSchema, Note } from "@lumiverse/core";
import { parametersOf } from "@lumiverse/core/wire";
import { compileSchema } from "../schema.ts";
import type { ResponsesDialect } from "./dialect.ts";

export function functionTool(tool: FunctionTool, name: string, dialect: ResponsesDialect, notes: Note[]): JsonObject {
  const given = parametersOf(tool.parameters) ?? { type: "object", properties: {} };
  const { schema, strict } = strictly(given, tool.strict === true, dialect, `tools.${tool.name}`, notes);
  return {
    type: "function",
    name,
    ...(tool.description === undefined ? {} : { description: tool.description }),
    parameters: schema,
    // Left out, it means true: the API then rewrites the schema by itself.
    ...(dialect.strict === "omit" ? {} : { strict }),
  };
}

/** The schema as it is sent, strict only where compiling lost nothing of it. */
function strictly(
  given: JsonSchema,
  wanted: boolean,
  dialect: ResponsesDialect,
  field: string,
  notes: Note[],
): { schema: JsonObject; strict: boolean } {
  const target = dialect.schema ?? "openai-strict";
  const loose = target === "openai-strict" ? compileSchema(given, { without: ["$schema"] }) : compileSchema(given, target);
  const compiled = target === "openai-strict" && wanted ? compileSchema(given, target) : loose;
  const strict = wanted && compiled.losses.length === 0;
  for (const loss of compiled.losses)
    notes.push({
      kind: "schema",
      field: `${field}${loss.pointer}`,
      message: `${loss.keyword}: ${loss.message}${wanted ? "; the schema was sent without strict" : ""}`,
    });
  return { schema: strict ? compiled.schema : loose.schema, strict };
}

export function formatOf(call: CheckedCall, dialect: ResponsesDialect, notes: Note[]): JsonObject | undefined {
  const { output } = call;
  if (output?.strategy === "json") return { type: "json_object" };
  if (output?.strategy !== "schema" || output.schema === undefined) return undefined;
  const { schema, strict } = strictly(output.schema, output.strict !== false, dialect, "output", notes);
  return {
    type: "json_schema",
    name: wireName(output.name),
    ...(output.description === undefined ? {} : { description: output.description }),
    schema,
    strict,
  };
}

export const wireName = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, "_").slice(0, 64) || "output";
