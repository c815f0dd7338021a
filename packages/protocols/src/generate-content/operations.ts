/** Model list, token count, and what an answer tells about a key. https://ai.google.dev/api/models */
import {
  definedFields,
  endpoint,
  isObject,
  type JsonObject,
  type KeyVerdict,
  LumiverseError,
  type ModelInfo,
  type Operation,
  type OperationResponse,
} from "@lumiverse/core/provider";
import { capabilitiesOf } from "../families/gemini.ts";
import { statedStatus } from "../shared/failure-envelopes.ts";
import { isFilledText, tokenCount } from "../shared/json-values.ts";
import { interpretError } from "./errors.ts";
import type { GenerateContentHost } from "./host.ts";

/**
 * Counts the tokens of a request. `wrapped`: the Gemini API counts the system prompt and tools only inside `generateContentRequest`. `bare`: Vertex AI accepts
 * the fields themselves. https://ai.google.dev/api/tokens
 */
export function countTokens<S>(host: GenerateContentHost, form: "wrapped" | "bare"): Operation<number, S> {
  return {
    origin: "base",
    request({ base, call }) {
      if (call === undefined) throw new LumiverseError({ code: "configuration", message: "countTokens needs a request" });
      const resource = host.resource(call);
      const rendered = call.route.protocol.render(call).request.body ?? {};
      const { systemInstruction, contents, tools, generationConfig } = rendered;
      const body: JsonObject =
        form === "wrapped"
          ? { generateContentRequest: { model: resource.slice(1), ...rendered } }
          : {
              ...definedFields({ systemInstruction }),
              contents,
              ...definedFields({ tools, generationConfig }),
            };
      return { method: "POST", url: endpoint(base, `${resource}:countTokens`), body };
    },
    parse({ status, json }) {
      const value = status === 200 && isObject(json) ? tokenCount(json["totalTokens"]) : undefined;
      return value === undefined ? undefined : { value };
    },
  };
}

/** The Gemini API's model list: the models that generate content, with their limits. */
export function modelList<S>(): Operation<readonly ModelInfo[], S> {
  return {
    origin: "base",
    request: ({ base, page }) => {
      const url = endpoint(base, "/models?pageSize=1000");
      if (page?.["token"] !== undefined) url.searchParams.set("pageToken", page["token"]);
      return { method: "GET", url };
    },
    parse({ status, json }) {
      if (status !== 200 || !isObject(json)) return undefined;
      const value = Array.isArray(json["models"]) ? json["models"].filter(isObject).filter(generatesContent).flatMap(modelInfo) : [];
      const token = json["nextPageToken"];
      return isFilledText(token) ? { value, next: { token } } : { value };
    },
  };
}

/** False for embedding, video and live models, which are in the same list. */
function generatesContent({ supportedGenerationMethods: methods }: JsonObject): boolean {
  return !Array.isArray(methods) || methods.includes("generateContent");
}

function modelInfo(model: JsonObject): ModelInfo[] {
  const { name, displayName, inputTokenLimit, outputTokenLimit, thinking, maxTemperature } = model;
  if (typeof name !== "string") return [];
  const id = name.replace(/^models\//, "");
  const known = capabilitiesOf(id);
  const info: ModelInfo = {
    id,
    ...(typeof displayName === "string" ? { name: displayName } : {}),
    ...(typeof inputTokenLimit === "number" ? { inputTokens: inputTokenLimit } : {}),
    ...(typeof outputTokenLimit === "number" ? { maxOutputTokens: outputTokenLimit } : {}),
    capabilities: {
      ...known,
      // The list has `thinking: true` also for models whose levels are unknown here, and leaves the field out for models that do not think.
      ...(thinking === true && (known.reasoning === undefined || known.reasoning === false) ? { reasoning: true } : {}),
      ...(typeof maxTemperature === "number" && known.temperature !== false ? { temperature: [0, maxTemperature] as const } : {}),
      countTokens: true,
    },
    source: "live",
  };
  return [info];
}

/** What the answer to a free call, the list of models or a token count, tells about the key: it separates refusals of the key, the project and the quota. Undefined when it tells nothing. */
export function keyVerdict({ status, json }: Pick<OperationResponse, "status" | "json">): KeyVerdict | undefined {
  if (status < 300 && isObject(json) && (Array.isArray(json["models"]) || typeof json["totalTokens"] === "number"))
    return {
      key: "valid",
      usable: "unknown",
      reason: "the key was accepted; quota and billing are checked only when a model is called",
    };
  const body: unknown = Array.isArray(json) ? json[0] : json;
  const error =
    isObject(body) && isObject(body["error"])
      ? interpretError({ error: body["error"], messages: [], httpStatus: statedStatus(body) ?? status })
      : undefined;
  if (error === undefined) return status === 401 ? { key: "invalid", usable: false, reason: "HTTP 401" } : undefined;
  const explanation = { reason: error.message, ...definedFields({ hint: error.hint }) };
  switch (error.code) {
    case "authentication":
      return { key: "invalid", usable: false, ...explanation };
    case "permission":
    case "insufficient-balance":
    case "rate-limit":
      return { key: "valid", usable: false, ...explanation };
    case "model-not-found":
    case "not-found":
      // The vendor checks the key before it looks for the model.
      return { key: "valid", usable: "unknown", ...explanation };
    default:
      return undefined;
  }
}
