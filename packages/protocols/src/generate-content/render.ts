import { type CheckedCall, endpoint, type JsonObject, type Names, type Note, type Rendered } from "@lumiverse/core";
import { geminiTraits } from "../families/gemini.ts";
import { renderConfig } from "./config.ts";
import { renderContents } from "./contents.ts";
import type { GenerateContentHost } from "./host.ts";
import { placeParameters } from "./parameters.ts";
import type { RenderState } from "./state.ts";
import { namesOf, renderTools } from "./tools.ts";

/** The request as this wire spells it. A straight walk: core has checked and repaired everything before. */
export function render(host: GenerateContentHost, call: CheckedCall): Rendered {
  const notes: Note[] = [];
  const { headers } = host.options?.(call) ?? {};
  const names = namesOf(call);
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

/** The body alone, which token counting sends too. */
export function renderBody(host: GenerateContentHost, call: CheckedCall, names: Names, notes: Note[]): JsonObject {
  const options = host.options?.(call) ?? {};
  const traits = geminiTraits(call.request.model);
  const { system, contents } = renderContents(call, traits, names, notes);
  const { tools, toolConfig } = renderTools(call, traits, names, host, options, notes);
  const config = renderConfig(call, traits, options, notes);
  // What stays the same from turn to turn comes first: implicit caching goes by prefix.
  const body: JsonObject = {};
  if (system !== undefined) body["systemInstruction"] = { parts: system };
  if (tools.length > 0) body["tools"] = tools;
  if (toolConfig !== undefined) body["toolConfig"] = toolConfig;
  body["contents"] = contents;
  if (Object.keys(config).length > 0) body["generationConfig"] = config;
  for (const [field, value] of Object.entries(options.fields ?? {})) body[field] = value;
  placeParameters(body, call.request.parameters, notes);
  if (call.request.cache !== undefined)
    notes.push({
      kind: "cache",
      field: "cache",
      message: "the vendor caches long prefixes by itself and takes no marks; a cache of one's own goes into parameters.cachedContent",
    });
  return body;
}
