/** Translates raw parameters that are spelled for Chat Completions, as many front ends have saved them. */
import { type CheckedCall, definedFields, isObject, type JsonObject, type Note } from "@lumiverse/core/provider";

/** Fields of Chat Completions without a counterpart in Responses. */
const UNSUPPORTED = [
  "n",
  "seed",
  "stop",
  "logit_bias",
  "logprobs",
  "frequency_penalty",
  "presence_penalty",
  "modalities",
  "audio",
  "prediction",
  "web_search_options",
] as const;

/** The parameters in the spelling of Responses. Each moved or dropped field leaves a note. */
export function translateChatParameters(given: JsonObject, call: CheckedCall, notes: Note[]): JsonObject {
  const out: JsonObject = {};
  for (const key of Object.keys(given)) {
    const value = given[key];
    if (key === "__proto__" || value === undefined) continue;
    const to = moveField(out, key, value);
    if (to !== undefined) {
      notes.push({ kind: "moved", field: key, message: `parameters.${key} belongs to Chat Completions. It was sent as ${to}.` });
      continue;
    }
    if (key === "stream_options") copyStreamOptions(out, value);
    else if (key === "tools") out[key] = Array.isArray(value) ? value.map(flatten) : value;
    else if (key === "tool_choice") out[key] = flatten(value);
    else if (call.policy.unsupported !== "send" && UNSUPPORTED.some((name) => name === key))
      notes.push({ kind: "dropped", field: key, message: `The Responses API has no ${key}, so parameters.${key} was dropped.` });
    else joinField(out, key, value);
  }
  return out;
}

/** Puts a field that has another place in Responses there. Returns that place; undefined for other fields. */
function moveField(out: JsonObject, key: string, value: unknown): string | undefined {
  switch (key) {
    case "max_tokens":
    case "max_completion_tokens":
      out["max_output_tokens"] = value;
      return "max_output_tokens";
    case "reasoning_effort":
      joinField(out, "reasoning", { effort: value });
      return "reasoning.effort";
    case "verbosity":
      joinField(out, "text", { verbosity: value });
      return "text.verbosity";
    case "response_format":
      joinField(out, "text", { format: format(value) });
      return "text.format";
    case "logprobs":
      if (value !== true) return undefined;
      joinField(out, "include", ["message.output_text.logprobs"]);
      return "include";
    default:
      return undefined;
  }
}

/** Every terminal event contains usage, and the option for it would be refused. */
function copyStreamOptions(out: JsonObject, value: unknown): void {
  const obfuscation = isObject(value) ? value["include_obfuscation"] : undefined;
  if (obfuscation !== undefined) out["stream_options"] = { include_obfuscation: obfuscation };
}

/** Sets a field, or joins an object or the list `include` with what is there. */
function joinField(out: JsonObject, key: string, value: unknown): void {
  const present = out[key];
  if (key === "include" && Array.isArray(value) && Array.isArray(present)) out[key] = [...present, ...value];
  else out[key] = isObject(value) && isObject(present) ? { ...present, ...value } : value;
}

/** `{type: "json_schema", json_schema: {…}}` is nested in Chat Completions and flat in Responses. */
function format(value: unknown): unknown {
  if (!isObject(value) || value["type"] !== "json_schema" || !isObject(value["json_schema"])) return value;
  const { name, description, schema, strict } = value["json_schema"];
  return {
    type: "json_schema",
    name: name ?? "output",
    ...definedFields({ description }),
    schema,
    // Without the field, Chat Completions assume false and Responses assumes true.
    strict: strict ?? false,
  };
}

function flatten(value: unknown): unknown {
  if (!isObject(value) || value["type"] !== "function" || !isObject(value["function"])) return value;
  const { name, description, parameters, strict } = value["function"];
  if (parameters === undefined && description === undefined && strict === undefined) return { type: "function", name };
  return {
    type: "function",
    name,
    ...definedFields({ description }),
    parameters: parameters ?? { type: "object", properties: {} },
    strict: strict ?? false,
  };
}
