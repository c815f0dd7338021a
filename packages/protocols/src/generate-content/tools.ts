import type { CheckedCall, FunctionTool, JsonObject, Note } from "@lumiverse/core";
import { type Names, parametersOf, toolNames } from "@lumiverse/core/wire";
import { calledNames } from "../called-names.ts";
import type { GeminiTraits } from "../families/gemini.ts";
import { compiled } from "./config.ts";
import type { GenerateContentHost, WireOptions } from "./host.ts";

/** Names as this wire takes them: 128 characters since 2.5, 64 before, which is taken for all. */
export function namesOf(call: CheckedCall): Names {
  const names = (call.request.tools ?? []).flatMap((tool) => ("name" in tool ? [tool.name] : []));
  names.push(...calledNames(call));
  if (call.output?.strategy === "tool") names.push(call.output.name);
  return toolNames(names, { max: 64, refused: /[^A-Za-z0-9_.:-]/, first: /[A-Za-z_]/ });
}

/** Tools, and how they may be used. */
export function renderTools(
  call: CheckedCall,
  traits: GeminiTraits | undefined,
  names: Names,
  host: GenerateContentHost,
  options: WireOptions,
  notes: Note[],
): { tools: JsonObject[]; toolConfig: JsonObject | undefined } {
  const { request, output } = call;
  const functions: FunctionTool[] = [];
  const hosted: JsonObject[] = [];
  for (const tool of request.tools ?? []) {
    if ("hosted" in tool) hosted.push(tool.hosted);
    else functions.push(tool);
  }
  const asTool = output?.strategy === "tool" ? output : undefined;
  if (asTool !== undefined)
    functions.push({
      name: asTool.name,
      description: asTool.description ?? "Gives the answer in its final form.",
      ...(asTool.schema === undefined ? {} : { parameters: asTool.schema }),
    });
  if (options.webSearch === true && searchable(functions.length > 0, hosted, call, traits, notes)) hosted.push({ googleSearch: {} });

  const tools: JsonObject[] = [];
  if (functions.length > 0) tools.push({ functionDeclarations: functions.map((tool) => declaration(tool, names, traits, notes)) });
  tools.push(...hosted);
  if (functions.length === 0) return { tools, toolConfig: undefined };

  const mixed = hosted.length > 0;
  const choice = asTool === undefined ? request.toolChoice : { name: asTool.name };
  const mode = modeOf(choice, functions.some((tool) => tool.strict === true) || (mixed && host.mixedTools === "flag"));
  const calling: JsonObject | undefined =
    mode === undefined ? undefined : { mode, ...(typeof choice === "object" ? { allowedFunctionNames: [names.wire(choice.name)] } : {}) };
  const toolConfig: JsonObject = {
    ...(calling === undefined ? {} : { functionCallingConfig: calling }),
    ...(mixed && host.mixedTools === "flag" ? { includeServerSideToolInvocations: true } : {}),
  };
  return { tools, toolConfig: Object.keys(toolConfig).length === 0 ? undefined : toolConfig };
}

/** `VALIDATED` holds calls to their schema and still leaves the choice to the model. */
function modeOf(choice: CheckedCall["request"]["toolChoice"], validated: boolean): string | undefined {
  if (choice === "none") return "NONE";
  if (choice === "required" || typeof choice === "object") return "ANY";
  return validated ? "VALIDATED" : choice === "auto" ? "AUTO" : undefined;
}

function declaration(tool: FunctionTool, names: Names, traits: GeminiTraits | undefined, notes: Note[]): JsonObject {
  const wire: JsonObject = { name: names.wire(tool.name) };
  if (tool.description !== undefined) wire["description"] = tool.description;
  const schema = parametersOf(tool.parameters);
  // An object without properties is refused ("should be non-empty for OBJECT type"): such a tool has no parameters at all.
  const properties = schema?.["properties"];
  const empty =
    schema === undefined ||
    (schema["type"] === "object" &&
      (properties === undefined || Object.keys(properties as JsonObject).length === 0) &&
      schema["$ref"] === undefined &&
      schema["anyOf"] === undefined &&
      !isOpen(schema));
  if (!empty)
    wire[traits?.jsonSchema === false ? "parameters" : "parametersJsonSchema"] = compiled(schema, traits, `tools.${tool.name}`, notes);
  return wire;
}
/** An object whose keys are free takes arguments although it names none. */
function isOpen(schema: JsonObject): boolean {
  const extra = schema["additionalProperties"];
  return typeof extra === "object" && extra !== null && Object.keys(extra).length > 0;
}

/** Search as a setting gives way to what the request asks for. */
function searchable(
  functions: boolean,
  hosted: readonly JsonObject[],
  call: CheckedCall,
  traits: GeminiTraits | undefined,
  notes: Note[],
): boolean {
  if (hosted.some((tool) => "googleSearch" in tool || "google_search" in tool)) return false;
  const because =
    call.route.takes.webSearch === false
      ? `${call.request.model} can't search the web`
      : traits !== undefined && !traits.signed && functions
        ? "models before Gemini 3 can't search beside functions"
        : traits !== undefined && !traits.signed && (call.output?.strategy === "schema" || call.output?.strategy === "json")
          ? "models before Gemini 3 can't search and answer in JSON"
          : undefined;
  if (because !== undefined) notes.push({ kind: "dropped", field: "settings.webSearch", message: because });
  return because === undefined;
}
