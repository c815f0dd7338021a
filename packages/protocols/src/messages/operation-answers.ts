/** How the answers to operations are read: loaded when one is asked for. */
import {
  type Answered,
  type Facts,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type OperationResponse,
} from "@lumiverse/core";
import { facts } from "../families/claude.ts";
import { parseError } from "./errors.ts";

/** One page of the list; undefined: it is none. */
export function readModels({ status, json }: OperationResponse): Answered<readonly ModelInfo[]> | undefined {
  if (status !== 200 || !isObject(json) || !Array.isArray(json["data"])) return undefined;
  const value = json["data"].filter(isObject).flatMap(modelInfo);
  const last = json["last_id"];
  return json["has_more"] === true && typeof last === "string" ? { value, next: { after: last } } : { value };
}

function modelInfo(entry: JsonObject): ModelInfo[] {
  const { id, display_name: name, created_at: created, max_input_tokens: context, max_tokens: output, capabilities } = entry;
  if (typeof id !== "string") return [];
  return [
    {
      id,
      ...(typeof name === "string" ? { name } : {}),
      // Not known is the epoch's beginning here.
      ...(typeof created === "string" && !created.startsWith("1970") ? { released: created.slice(0, 10) } : {}),
      ...(typeof context === "number" ? { contextTokens: context } : {}),
      ...(typeof output === "number" ? { maxOutputTokens: output } : {}),
      takes: { ...facts(id), ...(isObject(capabilities) ? capabilityFacts(capabilities) : {}) },
      source: "live",
    },
  ];
}

/** What the vendor says of a model, over what its name says. */
function capabilityFacts(capabilities: JsonObject): Facts {
  const out: { -readonly [K in keyof Facts]: Facts[K] } = {};
  const flag = (fact: keyof Facts, value: unknown): void => {
    if (isObject(value) && typeof value["supported"] === "boolean") out[fact] = value["supported"];
  };
  flag("input.image", capabilities["image_input"]);
  flag("input.file", capabilities["pdf_input"]);
  flag("output.schema", capabilities["structured_outputs"]);
  flag("tools.strict", capabilities["structured_outputs"]);
  flag("sources", capabilities["citations"]);
  const { effort, thinking } = capabilities;
  if (isObject(thinking) && thinking["supported"] === false) out.reasoning = false;
  if (isObject(effort) && effort["supported"] === true) {
    const words = ["low", "medium", "high", "xhigh", "max"].filter((word) => isObject(effort[word]) && effort[word]["supported"] === true);
    if (words.length > 0) out.reasoning = words;
  }
  return out;
}

export function verdict(response: OperationResponse, own: boolean): KeyVerdict {
  const { status } = response;
  if (status === 200)
    return own
      ? { key: "valid", usable: "unknown", reason: "the key is known; whether there is credit shows only when something is sent" }
      : { key: "unknown", usable: "unknown", reason: "the host answered, but its model list may be public" };
  const error = parseError({ status, headers: response.headers, text: response.text, json: response.json });
  const hint = error.hint === undefined ? {} : { hint: error.hint };
  if (status === 401) return { key: "invalid", usable: false, reason: error.message, ...hint };
  if (error.code === "insufficient-balance") return { key: "valid", usable: false, reason: error.message, ...hint };
  // Refused for what the key may do, not for what it is; and only a known key has a rate.
  if (own && (status === 403 || status === 429))
    return { key: "valid", usable: status === 429 ? "unknown" : false, reason: error.message, ...hint };
  return { key: "unknown", usable: "unknown", reason: error.message, ...hint };
}
