/** Raw `parameters`: each field is moved to where the protocol has it. */
import { isObject, type JsonObject, mergeParameters, type Note, ownValue } from "@lumiverse/core/provider";
import { camelCase } from "../camel-case.ts";

/** Fields of `generationConfig`, which may be given without it. */
const CONFIG_FIELDS: ReadonlySet<string> = new Set([
  "temperature",
  "topP",
  "topK",
  "candidateCount",
  "maxOutputTokens",
  "stopSequences",
  "seed",
  "presencePenalty",
  "frequencyPenalty",
  "responseLogprobs",
  "logprobs",
  "responseMimeType",
  "responseSchema",
  "responseJsonSchema",
  "responseFormat",
  "responseModalities",
  "speechConfig",
  "imageConfig",
  "mediaResolution",
  "thinkingConfig",
  "enableEnhancedCivicAnswers",
  "continuationToken",
  "audioTimestamp",
  "routingConfig",
  "modelSelectionConfig",
]);
/** Fields of `thinkingConfig`, which may be given without it. */
const THINKING_FIELDS: ReadonlySet<string> = new Set(["thinkingBudget", "thinkingLevel", "includeThoughts"]);
/** Fields of the body itself. */
const BODY_FIELDS: ReadonlySet<string> = new Set([
  "contents",
  "systemInstruction",
  "tools",
  "toolConfig",
  "safetySettings",
  "generationConfig",
  "cachedContent",
  "labels",
  "serviceTier",
  "modelArmorConfig",
]);
/** Names of the same fields in other protocols. */
const ALIASES: Readonly<Record<string, string>> = { max_tokens: "maxOutputTokens", maxTokens: "maxOutputTokens", stop: "stopSequences" };

/**
 * Adds raw fields to a body, in snake_case or camelCase. An unknown field is sent where the caller put it, because the vendor's own error ("Unknown name …")
 * explains it best.
 */
export function addParameters(body: JsonObject, parameters: JsonObject, notes: Note[]): void {
  const sorted: JsonObject = {};
  for (const key of Object.keys(parameters)) setField(sorted, key, parameters[key]);
  // With the object present, each of its fields gets a note of its own.
  if (sorted["generationConfig"] !== undefined) body["generationConfig"] ??= {};
  removeReplaced(body, sorted, notes);
  mergeParameters(body, sorted, notes);
  if (body["cachedContent"] === undefined) return;
  for (const field of ["systemInstruction", "tools", "toolConfig"]) {
    if (body[field] === undefined) continue;
    delete body[field];
    notes.push({
      kind: "dropped",
      field,
      message: `${field} was dropped: the cached content already contains it, and the vendor refuses both together.`,
    });
  }
}

function setField(body: JsonObject, key: string, value: unknown): void {
  const name = ownValue(ALIASES, key) ?? camelCase(key);
  if (name === "generationConfig" && isObject(value)) for (const field of Object.keys(value)) setField(body, field, value[field]);
  else if (CONFIG_FIELDS.has(name))
    objectAt(body, "generationConfig")[name] =
      name === "stopSequences" && typeof value === "string" ? [value] : name === "thinkingConfig" ? camelCaseKeys(value) : value;
  else if (THINKING_FIELDS.has(name)) objectAt(objectAt(body, "generationConfig"), "thinkingConfig")[name] = value;
  else body[BODY_FIELDS.has(name) ? name : key] = value;
}

/** The object at a key, created if absent. */
function objectAt(parent: JsonObject, key: string): JsonObject {
  const present = parent[key];
  if (isObject(present)) return present;
  const created: JsonObject = {};
  parent[key] = created;
  return created;
}

function camelCaseKeys(value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [camelCase(key), inner])) : value;
}

/** Removes rendered fields that the caller's own fields replace under another name: the vendor refuses both together. */
function removeReplaced(body: JsonObject, parameters: JsonObject, notes: Note[]): void {
  const rendered = body["generationConfig"];
  const given = parameters["generationConfig"];
  if (!isObject(rendered) || !isObject(given)) return;
  const remove = (from: JsonObject, field: string, replacement: string): void => {
    if (from[field] === undefined) return;
    delete from[field];
    notes.push({
      kind: "changed",
      field: `generationConfig.${field}`,
      message: `${field} was dropped, because ${replacement} in parameters replaces it.`,
    });
  };
  if (given["responseSchema"] !== undefined) remove(rendered, "responseJsonSchema", "responseSchema");
  if (given["responseJsonSchema"] !== undefined) remove(rendered, "responseSchema", "responseJsonSchema");
  const [renderedThinking, givenThinking] = [rendered["thinkingConfig"], given["thinkingConfig"]];
  if (!isObject(renderedThinking) || !isObject(givenThinking)) return;
  if (givenThinking["thinkingBudget"] !== undefined) remove(renderedThinking, "thinkingLevel", "thinkingBudget");
  if (givenThinking["thinkingLevel"] !== undefined) remove(renderedThinking, "thinkingBudget", "thinkingLevel");
}
