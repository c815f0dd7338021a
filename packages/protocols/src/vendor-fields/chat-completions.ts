import { isObject, type JsonObject } from "@lumiverse/core/provider";
import type { Dialect } from "../chat-completions/dialect.ts";
import { REASONING_FIELDS } from "../chat-completions/response/answer-builder.ts";
import { parseUsage } from "../chat-completions/response/usage.ts";
import { pieceOf } from "../shared/json-values.ts";
import { Counts, type FieldRule, Repeated } from "./field-rules.ts";

/** Which fields of a chunk or of a body the neutral events carry. Only the first choice is read, so the others are fields of the vendor. */
export function chatFields(dialect: Dialect): FieldRule {
  const reasoningFields = new Set([...(dialect.reasoning?.fields ?? []), ...REASONING_FIELDS]);
  const calls = new AnnouncedCalls();
  const usage = new Counts((json) => parseUsage(json, dialect), COUNTS);
  const answer = (value: unknown): FieldRule => (isObject(value) ? answerRule(value, reasoningFields, calls) : {});
  const choice = (value: unknown): FieldRule =>
    isObject(value) && isObject(value["delta"]) && isObject(value["message"])
      ? repeatingChoice(answer)
      : { delta: answer, message: answer, finish_reason: "finish" };
  return (json) => {
    const choices = isObject(json) && Array.isArray(json["choices"]) ? json["choices"] : [];
    // Nearly every chunk is a piece of text and nothing else.
    if (choices.length === 1 && isPiece(choices[0])) return PIECE;
    const first = firstChoice(choices);
    return {
      ...(first === undefined ? {} : { choices: { [first]: choice } }),
      // Counts of a chunk in the middle are a preview.
      ...(first === undefined || isFinished(choices[first]) ? { usage } : {}),
    };
  };
}

const PIECE: FieldRule = { choices: { 0: { delta: { content: "text" } } } };

function isPiece(choice: unknown): boolean {
  if (!isObject(choice) || (choice["index"] ?? 0) !== 0 || choice["message"] !== undefined || isFinished(choice)) return false;
  const { delta } = choice;
  if (!isObject(delta) || typeof delta["content"] !== "string") return false;
  for (const key in delta) if (key !== "content" && key !== "role") return false;
  return true;
}

function isFinished(choice: unknown): boolean {
  return isObject(choice) && typeof choice["finish_reason"] === "string" && choice["finish_reason"] !== "";
}

const COUNTS: Counts["fields"] = {
  prompt_tokens: ["prompt"],
  completion_tokens: ["generated", "visible"],
  total_tokens: ["total"],
  "prompt_tokens_details.cached_tokens": ["cache-read"],
  "prompt_tokens_details.cache_write_tokens": ["cache-write"],
  "completion_tokens_details.reasoning_tokens": ["reasoning"],
};

/** Each chunk of Perplexity has a delta and the whole message so far. */
function repeatingChoice(answer: FieldRule): FieldRule {
  return { delta: answer, message: { content: new Repeated("text", { growing: true }) } };
}

/** The first choice. A body has it whatever its number is. */
function firstChoice(choices: readonly unknown[]): number | undefined {
  const found = choices.findIndex((one) => isObject(one) && (one["index"] ?? 0) === 0);
  if (found >= 0) return found;
  return isObject(choices[0]) && choices[0]["delta"] === undefined ? 0 : undefined;
}

/** The calls of a stream by their index: some hosts repeat the id and the name with each delta. */
class AnnouncedCalls {
  readonly #ids: Map<unknown, unknown> = new Map();

  rule(call: unknown): FieldRule | undefined {
    if (!isObject(call)) return undefined;
    const { index, id } = call;
    const isRepeated = index !== undefined && id !== undefined && id !== "" && this.#ids.get(index) === id;
    if (index !== undefined && typeof id === "string" && id !== "") this.#ids.set(index, id);
    if (!isRepeated) return NEW_CALL;
    return REPEATED_CALL;
  }
}

const NEW_CALL: FieldRule = { id: "call-id", function: { name: "call-name", arguments: "arguments" } };
const REPEATED_CALL: FieldRule = {
  id: new Repeated("call-id", { always: true }),
  function: { name: new Repeated("call-name", { always: true }), arguments: "arguments" },
};

/** A host states reasoning in one field, or repeats it in others. */
function answerRule(answer: JsonObject, reasoningFields: ReadonlySet<string>, calls: AnnouncedCalls): FieldRule {
  const rule: { [key: string]: FieldRule } = { content: contentRule };
  if (Array.isArray(answer["tool_calls"]) && answer["tool_calls"].length > 0) rule["tool_calls"] = { "*": (call) => calls.rule(call) };
  // The older field repeats the newer one where there are both.
  else rule["function_call"] = { name: "call-name", arguments: "arguments" };
  let stated = false;
  for (const field of reasoningFields) {
    const text = pieceOf(answer[field]);
    if (typeof text !== "string" || text === "") continue;
    rule[field] = stated ? new Repeated("reasoning") : "reasoning";
    stated = true;
  }
  const text: FieldRule = stated ? new Repeated("reasoning") : "reasoning";
  rule["reasoning_details"] = { "*": (item) => (isObject(item) && typeof item["text"] === "string" ? { text } : { summary: text }) };
  return rule;
}

function contentRule(content: unknown): FieldRule | undefined {
  if (typeof pieceOf(content) === "string") return "text";
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
