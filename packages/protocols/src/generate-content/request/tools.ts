/** Tools and how the model may use them. https://ai.google.dev/gemini-api/docs/function-calling */
import {
  type CheckedCall,
  definedFields,
  type FunctionTool,
  isObject,
  type JsonObject,
  type JsonSchema,
  type Note,
  parametersOf,
  type ToolNameRule,
  type ToolNames,
} from "@lumiverse/core/provider";
import type { GeminiTraits } from "../../families/gemini.ts";
import { type SchemaCompiler, schemaCompilerOf } from "../../schema/index.ts";
import type { GenerateContentHost, GenerateContentOptions } from "../host.ts";
import { compileWithNotes } from "./generation-config.ts";

/** Names that the protocol accepts: 128 characters since Gemini 2.5 and 64 before, so 64 for all. */
export const TOOL_NAMES: ToolNameRule = { max: 64, refused: /[^A-Za-z0-9_.:-]/, first: /[A-Za-z_]/ };

export interface ToolContext {
  call: CheckedCall;
  traits: GeminiTraits | undefined;
  names: ToolNames;
  host: GenerateContentHost;
  options: GenerateContentOptions;
  notes: Note[];
}

export function renderTools(context: ToolContext): { tools: JsonObject[]; toolConfig: JsonObject | undefined } {
  const { request, output } = context.call;
  const functions: FunctionTool[] = [];
  const hosted: JsonObject[] = [];
  for (const tool of request.tools ?? []) {
    if ("hosted" in tool) hosted.push(tool.hosted);
    else functions.push(tool);
  }
  const outputTool = output?.strategy === "tool" ? output : undefined;
  if (outputTool !== undefined)
    functions.push({
      name: outputTool.name,
      description: outputTool.description ?? "Gives the answer in its final form.",
      ...definedFields({ parameters: outputTool.schema }),
    });
  if (context.options.webSearch === true && canAddSearch(functions.length > 0, hosted, context)) hosted.push({ googleSearch: {} });

  const tools: JsonObject[] = [];
  if (functions.length > 0) tools.push({ functionDeclarations: functions.map((tool) => declaration(tool, context)) });
  for (const tool of hosted) tools.push(tool);
  // A choice without tools is sent only under the policy `send`.
  if (functions.length === 0 && (request.tools !== undefined || request.toolChoice === undefined)) return { tools, toolConfig: undefined };

  const needsFlag = hosted.length > 0 && context.host.serverToolsFlag === "send";
  const choice = outputTool === undefined ? request.toolChoice : { name: outputTool.name };
  const mode = callingMode(choice, needsFlag || functions.some((tool) => tool.strict === true));
  const allowed = typeof choice === "object" ? { allowedFunctionNames: [context.names.encode(choice.name)] } : {};
  const toolConfig: JsonObject = {
    ...(mode === undefined ? {} : { functionCallingConfig: { mode, ...allowed } }),
    ...(needsFlag ? { includeServerSideToolInvocations: true } : {}),
  };
  return { tools, toolConfig: Object.keys(toolConfig).length === 0 ? undefined : toolConfig };
}

/** `VALIDATED` makes calls match their schema and still lets the model choose whether to call. */
function callingMode(choice: CheckedCall["request"]["toolChoice"], validated: boolean): string | undefined {
  if (choice === "none") return "NONE";
  if (choice === "required" || typeof choice === "object") return "ANY";
  return validated ? "VALIDATED" : choice === "auto" ? "AUTO" : undefined;
}

function declaration(tool: FunctionTool, { call, names, traits, notes }: ToolContext): JsonObject {
  const declared: JsonObject = { name: names.encode(tool.name) };
  if (tool.description !== undefined) declared["description"] = tool.description;
  const given = parametersOf(tool.parameters);
  const field = `tools.${tool.name}`;
  const compiler = schemaCompilerOf(call);
  const schema = given === undefined ? undefined : objectRoot(given, field, notes, compiler);
  if (schema !== undefined && !isEmptyObject(schema))
    declared[traits?.jsonSchema === false ? "parameters" : "parametersJsonSchema"] = compileWithNotes(schema, field, {
      traits,
      notes,
      compiler,
    });
  return declared;
}

/** Keywords that restrict nothing. */
const ANNOTATIONS: ReadonlySet<string> = new Set(["title", "description", "$schema", "$id", "$comment", "additionalProperties"]);

/**
 * A tool schema whose root is an object, as the vendor requires ("schema should be of type OBJECT"). Undefined for a schema that restricts nothing: such a
 * tool is sent without parameters.
 */
function objectRoot(schema: JsonSchema, field: string, notes: Note[], compiler: SchemaCompiler): JsonSchema | undefined {
  if (Object.keys(schema).every((keyword) => ANNOTATIONS.has(keyword))) return undefined;
  const { schema: accepted, losses } = compiler.accept(schema, "gemini", "tool");
  for (const { keepsMeaning, pointer, message } of losses)
    if (keepsMeaning !== true) notes.push({ kind: "schema", field: `${field}${pointer}`, message });
  return accepted;
}

/** An object schema that accepts no property. The vendor refuses it ("should be non-empty for OBJECT type"), so such a tool is sent without parameters. */
function isEmptyObject(schema: JsonObject): boolean {
  const { properties, additionalProperties } = schema;
  return (
    schema["type"] === "object" &&
    (properties === undefined || Object.keys(Object(properties)).length === 0) &&
    schema["$ref"] === undefined &&
    schema["anyOf"] === undefined &&
    !(isObject(additionalProperties) && Object.keys(additionalProperties).length > 0)
  );
}

/** Whether the setting webSearch can be followed in this request. */
function canAddSearch(hasFunctions: boolean, hosted: readonly JsonObject[], { call, traits, notes }: ToolContext): boolean {
  if (hosted.some((tool) => "googleSearch" in tool || "google_search" in tool)) return false;
  const beforeGemini3 = traits !== undefined && !traits.signed;
  const because =
    call.route.capabilities.webSearch === false
      ? `${call.request.model} cannot search the web.`
      : beforeGemini3 && hasFunctions
        ? "Models before Gemini 3 do not accept web search together with functions."
        : beforeGemini3 && (call.output?.strategy === "schema" || call.output?.strategy === "json")
          ? "Models before Gemini 3 do not accept web search together with JSON output."
          : undefined;
  if (because !== undefined) notes.push({ kind: "dropped", field: "settings.webSearch", message: because });
  return because === undefined;
}
