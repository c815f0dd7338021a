import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { FieldRule } from "../shared/vendor-fields.ts";

/** Which fields of a chunk or of a body the neutral events carry. Only the first candidate is read, so the others are fields of the vendor. */
export const generateContentFields: FieldRule = {
  candidates: {
    "*": (candidate) => (isObject(candidate) && (candidate["index"] ?? 0) === 0 ? { content: { parts: { "*": partRule } } } : undefined),
  },
};

function partRule(part: unknown): FieldRule | undefined {
  if (!isObject(part)) return undefined;
  const text: FieldRule = { text: part["thought"] === true ? "reasoning" : "text" };
  if (isObject(part["functionCall"])) return { ...text, functionCall: callRule(part["functionCall"]) };
  return isObject(part["inlineData"]) && part["thought"] !== true ? { ...text, inlineData: { data: "media" } } : text;
}

/** Arguments that come in pieces are spelled as paths and values, which the neutral form does not keep. */
function callRule(call: JsonObject): FieldRule {
  const rule: { [key: string]: FieldRule } = { id: "call-id", name: "call-name" };
  if (call["partialArgs"] === undefined && call["willContinue"] !== true && isObject(call["args"])) rule["args"] = "input";
  return rule;
}
