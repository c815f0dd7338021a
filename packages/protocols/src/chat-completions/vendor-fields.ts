import { isObject, type JsonObject } from "@lumiverse/core/provider";
import { type FieldRule, Repeated } from "../shared/vendor-fields.ts";

const TOOL_CALLS: FieldRule = { "*": { id: "call-id", function: { name: "call-name", arguments: "arguments" } } };

/** Which fields of a chunk or of a body the neutral events carry. Only the first choice is read, so the others are fields of the vendor. */
export function chatFields(reasoningFields: readonly string[]): FieldRule {
  const answer = (value: unknown): FieldRule => (isObject(value) ? answerRule(value, reasoningFields) : {});
  const choice = (value: unknown): FieldRule =>
    isObject(value) && isObject(value["delta"]) && isObject(value["message"]) ? repeatingChoice(answer) : { delta: answer, message: answer };
  return {
    choices: (value) => {
      const first = Array.isArray(value) ? firstChoice(value) : undefined;
      return first === undefined ? undefined : { [first]: choice };
    },
  };
}

/** Each chunk of Perplexity has a delta and the whole message so far. */
function repeatingChoice(answer: FieldRule): FieldRule {
  return { delta: answer, message: { content: new Repeated("text", true) } };
}

/** The first choice. A body has it whatever its number is. */
function firstChoice(choices: readonly unknown[]): number | undefined {
  const found = choices.findIndex((one) => isObject(one) && (one["index"] ?? 0) === 0);
  if (found >= 0) return found;
  return isObject(choices[0]) && choices[0]["delta"] === undefined ? 0 : undefined;
}

/** A host states reasoning in one field, or repeats it in others. */
function answerRule(answer: JsonObject, reasoningFields: readonly string[]): FieldRule {
  const rule: { [key: string]: FieldRule } = { content: contentRule, tool_calls: TOOL_CALLS };
  let stated = false;
  for (const field of reasoningFields) {
    if (typeof answer[field] !== "string" || answer[field] === "") continue;
    rule[field] = stated ? new Repeated("reasoning") : "reasoning";
    stated = true;
  }
  const text: FieldRule = stated ? new Repeated("reasoning") : "reasoning";
  rule["reasoning_details"] = { "*": (item) => (isObject(item) && typeof item["text"] === "string" ? { text } : { summary: text }) };
  return rule;
}

function contentRule(content: unknown): FieldRule | undefined {
  if (typeof content === "string") return "text";
  return Array.isArray(content) ? { "*": contentPartRule } : undefined;
}

/** Mistral's content list. */
function contentPartRule(part: unknown): FieldRule | undefined {
  if (typeof part === "string") return "text";
  if (!isObject(part)) return undefined;
  if (part["type"] === "text" || part["type"] === "output_text") return { text: "text" };
  if (part["type"] !== "thinking") return undefined;
  return { thinking: typeof part["thinking"] === "string" ? "reasoning" : { "*": { text: "reasoning" } } };
}
