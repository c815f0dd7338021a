/** Translates raw parameters that are spelled for Chat Completions, as many front ends have saved them. */
import { type CheckedCall, definedFields, isObject, type JsonObject, type Note } from "@lumiverse/core/provider";

/** Fields of Chat Completions without a counterpart in Responses. */
const UNSUPPORTED = [
  "n",
  "seed",
  "stop",
  "logit_bias",
  "frequency_penalty",
  "presence_penalty",
  "modalities",
  "audio",
  "prediction",
  "web_search_options",
] as const;

/** The parameters in the spelling of Responses. Each moved or dropped field leaves a note. */
export function translateChatParameters(given: JsonObject | undefined, call: CheckedCall, notes: Note[]): JsonObject {
  const out: JsonObject = {};
  const moved = (from: string, to: string): void => {
    notes.push({ kind: "moved", field: from, message: `parameters.${from} belongs to Chat Completions. It was sent as ${to}.` });
  };
  for (const key of Object.keys(given ?? {})) {
    const value = given?.[key];
    if (key === "__proto__" || value === undefined) continue;
    switch (key) {
      case "max_tokens":
      case "max_completion_tokens":
        out["max_output_tokens"] = value;
        moved(key, "max_output_tokens");
        break;
      case "reasoning_effort":
        out["reasoning"] = { ...(isObject(out["reasoning"]) ? out["reasoning"] : {}), effort: value };
        moved(key, "reasoning.effort");
        break;
      case "verbosity":
        out["text"] = { ...(isObject(out["text"]) ? out["text"] : {}), verbosity: value };
        moved(key, "text.verbosity");
        break;
      case "response_format":
        out["text"] = { ...(isObject(out["text"]) ? out["text"] : {}), format: format(value) };
        moved(key, "text.format");
        break;
      case "logprobs":
        if (value === true) out["include"] = [...(Array.isArray(out["include"]) ? out["include"] : []), "message.output_text.logprobs"];
        moved(key, "include");
        break;
      case "stream_options": {
        // Every terminal event contains usage, and the option for it would be refused.
        const rest =
          isObject(value) && value["include_obfuscation"] !== undefined ? { include_obfuscation: value["include_obfuscation"] } : undefined;
        if (rest !== undefined) out[key] = rest;
        break;
      }
      case "tools":
        out[key] = Array.isArray(value) ? value.map(flatten) : value;
        break;
      case "tool_choice":
        out[key] = flatten(value);
        break;
      default: {
        if (call.policy.unsupported !== "send" && UNSUPPORTED.some((name) => name === key)) {
          notes.push({ kind: "dropped", field: key, message: `The Responses API has no ${key}, so parameters.${key} was dropped.` });
          break;
        }
        const present = out[key];
        if (key === "include" && Array.isArray(value) && Array.isArray(present)) out[key] = [...present, ...value];
        else out[key] = isObject(value) && isObject(present) ? { ...present, ...value } : value;
      }
    }
  }
  return out;
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
