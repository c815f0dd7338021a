import { isObject, type JsonObject, mergeParameters, type Note } from "@lumiverse/core";

/** Fields of `generationConfig`: given bare in `parameters`, they go there. */
const CONFIG: ReadonlySet<string> = new Set([
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
/** Fields of `thinkingConfig`. */
const THINKING: ReadonlySet<string> = new Set(["thinkingBudget", "thinkingLevel", "includeThoughts"]);
/** Fields of the body itself, beside those that this library writes. */
const TOP: ReadonlySet<string> = new Set([
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
/** Names that other wires have for the same. */
const ALIAS: Readonly<Record<string, string>> = { max_tokens: "maxOutputTokens", maxTokens: "maxOutputTokens", stop: "stopSequences" };

/**
 * Raw fields to where this wire has them, in snake_case or camelCase. What the wire does not know stays where it was given: the vendor's own
 * answer ("Unknown name …") says more than ours could.
 */
export function placeParameters(body: JsonObject, parameters: JsonObject | undefined, notes: Note[]): void {
  if (parameters !== undefined) {
    const placed: JsonObject = {};
    for (const key of Object.keys(parameters)) place(placed, key, parameters[key]);
    // So that each field is noted, and not the object that it lies in.
    if (placed["generationConfig"] !== undefined) body["generationConfig"] ??= {};
    exclude(body, placed, notes);
    mergeParameters(body, placed, notes);
  }
  if (body["cachedContent"] === undefined) return;
  // The cache holds them already; together they are refused.
  for (const field of ["systemInstruction", "tools", "toolConfig"]) {
    if (body[field] === undefined) continue;
    delete body[field];
    notes.push({
      kind: "dropped",
      field,
      message: `${field} belongs to the cached content: it was set when the cache was made, and is refused beside it`,
    });
  }
}

function place(into: JsonObject, key: string, value: unknown): void {
  const name = Object.hasOwn(ALIAS, key) ? (ALIAS[key] ?? key) : camelCase(key);
  if (name === "generationConfig" && isObject(value)) for (const field of Object.keys(value)) place(into, field, value[field]);
  else if (CONFIG.has(name))
    config(into)[name] =
      name === "stopSequences" && typeof value === "string" ? [value] : name === "thinkingConfig" ? camelKeys(value) : value;
  else if (THINKING.has(name)) inner(config(into), "thinkingConfig")[name] = value;
  else into[TOP.has(name) ? name : key] = value;
}
function config(into: JsonObject): JsonObject {
  return inner(into, "generationConfig");
}
function inner(into: JsonObject, key: string): JsonObject {
  const present = into[key];
  if (isObject(present)) return present;
  const made: JsonObject = {};
  into[key] = made;
  return made;
}
function camelCase(key: string): string {
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
function camelKeys(value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [camelCase(key), one])) : value;
}

/** Two spellings of one thing are refused together: what the caller wrote by hand replaces what was rendered. */
function exclude(body: JsonObject, placed: JsonObject, notes: Note[]): void {
  const rendered = body["generationConfig"];
  const given = placed["generationConfig"];
  if (!isObject(rendered) || !isObject(given)) return;
  const drop = (from: JsonObject, field: string, because: string): void => {
    if (from[field] === undefined) return;
    delete from[field];
    notes.push({ kind: "changed", field: `generationConfig.${field}`, message: `${field} gave way to ${because} in parameters` });
  };
  if (given["responseSchema"] !== undefined) drop(rendered, "responseJsonSchema", "responseSchema");
  if (given["responseJsonSchema"] !== undefined) drop(rendered, "responseSchema", "responseJsonSchema");
  const [thinking, wanted] = [rendered["thinkingConfig"], given["thinkingConfig"]];
  if (!isObject(thinking) || !isObject(wanted)) return;
  if (wanted["thinkingBudget"] !== undefined) drop(thinking, "thinkingLevel", "thinkingBudget");
  if (wanted["thinkingLevel"] !== undefined) drop(thinking, "thinkingBudget", "thinkingLevel");
}
