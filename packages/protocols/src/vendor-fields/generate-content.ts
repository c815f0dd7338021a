import { isObject, type JsonObject, type Usage } from "@lumiverse/core/provider";
import { isTextPart } from "../generate-content/response/parts.ts";
import { UsageReader } from "../generate-content/response/usage.ts";
import { Counts, type FieldRule } from "./field-rules.ts";

/** Which fields of a chunk or of a body the neutral events carry. Only the first candidate is read, so the others are fields of the vendor. */
export const generateContentFields: FieldRule = (json) => {
  const candidates = isObject(json) && Array.isArray(json["candidates"]) ? json["candidates"] : [];
  return {
    candidates: { "*": candidateRule },
    // Counts of a chunk in the middle are a preview.
    ...(candidates.length === 0 || candidates.some((one) => isObject(one) && typeof one["finishReason"] === "string")
      ? { usageMetadata: USAGE }
      : {}),
  };
};

const USAGE: Counts = new Counts(readUsage, {
  promptTokenCount: ["prompt"],
  cachedContentTokenCount: ["cache-read"],
  candidatesTokenCount: ["visible"],
  thoughtsTokenCount: ["reasoning"],
  totalTokenCount: ["total"],
});

/** The counts of one chunk. */
function readUsage(json: JsonObject): Usage | undefined {
  let usage: Usage | undefined;
  new UsageReader().read(json, (event) => {
    if (event.type === "usage") usage = event.usage;
  });
  return usage;
}

function candidateRule(candidate: unknown): FieldRule | undefined {
  if (!isObject(candidate) || (candidate["index"] ?? 0) !== 0) return undefined;
  return { content: { parts: { "*": partRule } }, finishReason: "finish" };
}

function partRule(part: unknown): FieldRule | undefined {
  if (!isObject(part)) return undefined;
  const text: { [key: string]: FieldRule } = { text: part["thought"] === true ? "reasoning" : "text" };
  if (isTextPart(part) || isObject(part["functionCall"])) text["thoughtSignature"] = "signature";
  if (isObject(part["functionCall"])) return { ...text, functionCall: callRule(part["functionCall"]) };
  return isObject(part["inlineData"]) && part["thought"] !== true ? { ...text, inlineData: { data: "media" } } : text;
}

/** Arguments that come in pieces are spelled as paths and values, which the neutral form does not keep. */
function callRule(call: JsonObject): FieldRule {
  // A part without a name goes on with the call before it.
  const rule: { [key: string]: FieldRule } =
    typeof call["name"] === "string" && call["name"] !== "" ? { id: "call-id", name: "call-name" } : {};
  if (call["partialArgs"] === undefined && call["willContinue"] !== true && isObject(call["args"])) rule["args"] = "input";
  return rule;
}
