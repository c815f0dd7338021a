/** A checked call as a request of the generateContent protocol. */
import { type CheckedCall, definedFields, endpoint, type JsonObject, type Note, type Rendered } from "@lumiverse/core/provider";
import { geminiTraits } from "../../families/gemini.ts";
import { sentToolNames } from "../../shared/tool-names.ts";
import type { GenerateContentHost } from "../host.ts";
import type { ReaderState } from "../response/parts.ts";
import { renderGenerationConfig } from "./generation-config.ts";
import { addParameters } from "./parameters.ts";
import { renderTools, TOOL_NAMES, type ToolContext } from "./tools.ts";
import { renderTurns } from "./turns.ts";

export function render(call: CheckedCall, host: GenerateContentHost): Rendered {
  const notes: Note[] = [];
  const options = host.options?.(call) ?? {};
  const names = sentToolNames(call, TOOL_NAMES, notes);
  const body = renderBody({ call, host, options, names, notes, traits: geminiTraits(call.request.model) });
  const method = call.streaming ? "streamGenerateContent?alt=sse" : "generateContent";
  const state: ReaderState = {};
  if (names.changed) state.names = names;
  if (call.output?.strategy === "tool") state.outputTool = call.output.name;
  return {
    request: {
      method: "POST",
      url: endpoint(call.route.base, `${host.resource(call)}:${method}`),
      ...definedFields({ headers: options.headers }),
      body,
    },
    notes,
    state,
  };
}

function renderBody(context: ToolContext): JsonObject {
  const { call, traits, names, options, notes } = context;
  const { system, contents } = renderTurns(call, traits, names, notes);
  const { tools, toolConfig } = renderTools(context);
  const config = renderGenerationConfig(call, traits, options, notes);
  // The vendor caches by prefix, so what is the same in every turn comes first.
  const body: JsonObject = {};
  if (system !== undefined) body["systemInstruction"] = { parts: system };
  if (tools.length > 0) body["tools"] = tools;
  if (toolConfig !== undefined) body["toolConfig"] = toolConfig;
  body["contents"] = contents;
  if (Object.keys(config).length > 0) body["generationConfig"] = config;
  for (const [field, value] of Object.entries(options.fields ?? {})) body[field] = value;
  if (call.request.parameters !== undefined) addParameters(body, call.request.parameters, notes);
  if (call.request.cache !== undefined)
    notes.push({
      kind: "cache",
      field: "cache",
      message: "The vendor caches on its own and accepts no breakpoints. For a cache of your own, set parameters.cachedContent.",
    });
  return body;
}
