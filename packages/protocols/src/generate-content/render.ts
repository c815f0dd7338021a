import { type CheckedCall, endpoint, type JsonObject, type Note, type Rendered } from "@lumiverse/core";
import type { Names } from "@lumiverse/core/wire";
import { geminiTraits } from "../families/gemini.ts";
import { isRich, SAME_NAMES } from "../plain.ts";
import { renderConfig } from "./config.ts";
import { renderContents, rich } from "./contents.ts";
import type { GenerateContentHost } from "./host.ts";
import type { RenderState } from "./state.ts";

export function needsRich(call: CheckedCall, host: GenerateContentHost): boolean {
  return isRich(call) || host.options?.(call)?.webSearch === true;
}
const NO_TOOLS: { tools: JsonObject[]; toolConfig: JsonObject | undefined } = { tools: [], toolConfig: undefined };

/** The request as this wire spells it. A straight walk: core has checked and repaired everything before. */
export function render(host: GenerateContentHost, call: CheckedCall): Rendered {
  const notes: Note[] = [];
  const { headers } = host.options?.(call) ?? {};
  const names = needsRich(call, host) ? rich.inside.namesOf(call) : SAME_NAMES;
  const body = renderBody(host, call, names, notes);
  const method = call.streaming ? "streamGenerateContent?alt=sse" : "generateContent";
  const state: RenderState = {};
  if (names.changed) state.names = names;
  if (call.output?.strategy === "tool") state.outputTool = call.output.name;
  return {
    request: {
      method: "POST",
      url: endpoint(call.route.base, `${host.resource(call)}:${method}`),
      ...(headers === undefined ? {} : { headers }),
      body,
    },
    notes,
    state,
  };
}

function renderBody(host: GenerateContentHost, call: CheckedCall, names: Names, notes: Note[]): JsonObject {
  const options = host.options?.(call) ?? {};
  const traits = geminiTraits(call.request.model);
  const { system, contents } = renderContents(call, traits, names, notes);
  const { tools, toolConfig } = needsRich(call, host) ? rich.inside.renderTools(call, traits, names, host, options, notes) : NO_TOOLS;
  const config = renderConfig(call, traits, options, notes);
  // What stays the same from turn to turn comes first: implicit caching goes by prefix.
  const body: JsonObject = {};
  if (system !== undefined) body["systemInstruction"] = { parts: system };
  if (tools.length > 0) body["tools"] = tools;
  if (toolConfig !== undefined) body["toolConfig"] = toolConfig;
  body["contents"] = contents;
  if (Object.keys(config).length > 0) body["generationConfig"] = config;
  for (const [field, value] of Object.entries(options.fields ?? {})) body[field] = value;
  if (call.request.parameters !== undefined) rich.inside.placeParameters(body, call.request.parameters, notes);
  if (call.request.cache !== undefined)
    notes.push({
      kind: "cache",
      field: "cache",
      message: "the vendor caches long prefixes by itself and takes no marks; a cache of one's own goes into parameters.cachedContent",
    });
  return body;
}
