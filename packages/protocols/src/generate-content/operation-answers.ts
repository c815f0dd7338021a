/** How the answers to operations are read: loaded when one is asked for. */
import {
  type Answered,
  type CheckedCall,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type OperationResponse,
} from "@lumiverse/core";
import { facts } from "../families/gemini.ts";
import { errorOf } from "./errors.ts";

/** One page of the list; undefined: it is none. */
export function readModels({ status, json }: OperationResponse): Answered<readonly ModelInfo[]> | undefined {
  if (status !== 200 || !isObject(json)) return undefined;
  const models = Array.isArray(json["models"]) ? json["models"].filter(isObject).filter(generates).map(modelInfo) : [];
  const token = json["nextPageToken"];
  return typeof token === "string" && token !== "" ? { value: models, next: { token } } : { value: models };
}

/** Embedding, video and live models are in the list too. */
function generates({ supportedGenerationMethods: methods }: JsonObject): boolean {
  return !Array.isArray(methods) || methods.includes("generateContent");
}

function modelInfo(model: JsonObject): ModelInfo {
  const { name, displayName, inputTokenLimit, outputTokenLimit, thinking, maxTemperature } = model;
  const id = String(name ?? "").replace(/^models\//, "");
  const known = facts(id);
  const takes = {
    ...known,
    // The list says yes of models whose levels this library does not know, and leaves the field out for those that don't think.
    ...(thinking === true && (known.reasoning === undefined || known.reasoning === false) ? { reasoning: true } : {}),
    ...(typeof maxTemperature === "number" && known.temperature !== false ? { temperature: [0, maxTemperature] as const } : {}),
    countTokens: true,
  };
  return {
    id,
    ...(typeof displayName === "string" ? { name: displayName } : {}),
    ...(typeof inputTokenLimit === "number" ? { inputTokens: inputTokenLimit } : {}),
    ...(typeof outputTokenLimit === "number" ? { maxOutputTokens: outputTokenLimit } : {}),
    takes,
    source: "live",
  };
}

/** What an answer to a free call says of the key: refusals that are about the key, the project or the quota, told apart. Undefined: it says nothing. */
export function verdictOf({ status, json }: Pick<OperationResponse, "status" | "json">): KeyVerdict | undefined {
  if (status >= 200 && status < 300)
    return { key: "valid", usable: "unknown", reason: "the key was accepted; quota and billing show only when a model is called" };
  const body: unknown = Array.isArray(json) ? json[0] : json;
  const error = isObject(body) && isObject(body["error"]) ? errorOf(body["error"], NO_CALL, status) : undefined;
  if (error === undefined) return status === 401 ? { key: "invalid", usable: false, reason: "HTTP 401" } : undefined;
  const said = { reason: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  switch (error.code) {
    case "authentication":
      return { key: "invalid", usable: false, ...said };
    case "permission":
    case "insufficient-balance":
      return { key: "valid", usable: false, ...said };
    case "rate-limit":
      return { key: "valid", usable: false, ...said };
    case "model-not-found":
    case "not-found":
      // Whoever gets as far as a missing model has come through with the key.
      return { key: "valid", usable: "unknown", ...said };
    default:
      return undefined;
  }
}
/** Errors look at a call only to see how large its prompt is. */
const NO_CALL: Pick<CheckedCall, "messages"> = { messages: [] };
