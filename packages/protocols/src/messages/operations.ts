/** Model list, key check and token count. https://platform.claude.com/docs/en/api/models-list */
import {
  type Capabilities,
  definedFields,
  endpoint,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type OperationResponse,
} from "@lumiverse/core/provider";
import { capabilitiesOf } from "../families/claude.ts";
import { statedStatus } from "../shared/failure-envelopes.ts";
import { pickFields, tokenCount } from "../shared/json-values.ts";
import { parseError } from "./errors.ts";
import { VERSION } from "./host.ts";

const headers = { "anthropic-version": VERSION };

/** The model list, with what the vendor states about each model. */
export function modelList<S>(): Operation<readonly ModelInfo[], S> {
  return {
    origin: "base",
    request({ base, page }) {
      const url = endpoint(base, "/models?limit=1000");
      const after = page?.["after"];
      if (after !== undefined) url.searchParams.set("after_id", after);
      return { method: "GET", url, headers };
    },
    parse({ status, json }) {
      if (status !== 200 || !isObject(json) || !Array.isArray(json["data"])) return undefined;
      const value = json["data"].filter(isObject).flatMap(modelInfo);
      const last = json["last_id"];
      return json["has_more"] === true && typeof last === "string" ? { value, next: { after: last } } : { value };
    },
  };
}

function modelInfo(entry: JsonObject): ModelInfo[] {
  const { id, display_name: name, created_at: created, max_input_tokens: context, max_tokens: output, capabilities } = entry;
  if (typeof id !== "string") return [];
  return [
    {
      id,
      ...(typeof name === "string" ? { name } : {}),
      // The vendor writes 1970-01-01 for an unknown date.
      ...(typeof created === "string" && !created.startsWith("1970") ? { released: created.slice(0, 10) } : {}),
      ...(typeof context === "number" ? { contextTokens: context } : {}),
      ...(typeof output === "number" ? { maxOutputTokens: output } : {}),
      capabilities: { ...capabilitiesOf(id), ...(isObject(capabilities) ? statedCapabilities(capabilities) : {}) },
      source: "live",
    },
  ];
}

const EFFORT_WORDS = ["low", "medium", "high", "xhigh", "max"] as const;

/** The capabilities that the list states. They take precedence over those that follow from the model's id. */
function statedCapabilities(stated: JsonObject): Capabilities {
  const capabilities: { -readonly [C in keyof Capabilities]: Capabilities[C] } = {};
  const set = (capability: keyof Capabilities, value: unknown): void => {
    if (isObject(value) && typeof value["supported"] === "boolean") capabilities[capability] = value["supported"];
  };
  set("input.image", stated["image_input"]);
  set("input.file", stated["pdf_input"]);
  set("output.schema", stated["structured_outputs"]);
  set("tools.strict", stated["structured_outputs"]);
  set("sources", stated["citations"]);
  const { effort, thinking } = stated;
  if (isObject(thinking) && thinking["supported"] === false) capabilities.reasoning = false;
  if (isObject(effort) && effort["supported"] === true) {
    const words = EFFORT_WORDS.filter((word) => isObject(effort[word]) && effort[word]["supported"] === true);
    if (words.length > 0) capabilities.reasoning = words;
  }
  return capabilities;
}

/**
 * Checks the key by reading the model list, which is free. `vendor` is the URL whose model list requires a valid key. Other hosts may publish their list,
 * so an answer from them proves nothing.
 */
export function modelListCheck<S>(vendor: string): Operation<KeyVerdict, S> {
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, "/models?limit=1"), headers }),
    parse: ({ context, ...response }) => ({ value: keyVerdict(response, context.base.origin === new URL(vendor).origin) }),
  };
}

function keyVerdict(response: OperationResponse, isVendor: boolean): KeyVerdict {
  const { json, status } = response;
  if (status === 200 && isObject(json) && Array.isArray(json["data"]))
    return isVendor
      ? {
          key: "valid",
          usable: "unknown",
          reason: "the key was accepted; credit is checked only when a model is called",
        }
      : { key: "unknown", usable: "unknown", reason: "the host answered, but it may give its model list without a key" };
  const error = parseError({ status: statedStatus(json) ?? status, headers: response.headers, text: response.text, json });
  const explanation = { reason: error.message, ...definedFields({ hint: error.hint }) };
  if (status === 401 || error.code === "authentication") return { key: "invalid", usable: false, ...explanation };
  if (error.code === "insufficient-balance") return { key: "valid", usable: false, ...explanation };
  // The vendor checks permissions and rate limits only for keys that it knows, and writes JSON.
  if (isVendor && json !== undefined && (status === 403 || status === 429))
    return { key: "valid", usable: status === 429 ? "unknown" : false, ...explanation };
  return { key: "unknown", usable: "unknown", ...explanation };
}

/** The fields of a request that the endpoint accepts. It refuses limits, sampling and streaming. */
const COUNTED_FIELDS = [
  "model",
  "system",
  "messages",
  "tools",
  "tool_choice",
  "thinking",
  "output_config",
  "cache_control",
  "context_management",
  "mcp_servers",
];

/** The prompt's tokens. Free, with a rate limit of its own. https://platform.claude.com/docs/en/api/messages-count-tokens */
export function countTokens<S>(): Operation<number, S> {
  return {
    origin: "base",
    request({ base, call }) {
      const rendered = call?.route.protocol.render(call);
      const body = pickFields(rendered?.request.body ?? {}, COUNTED_FIELDS);
      return { method: "POST", url: endpoint(base, "/messages/count_tokens"), headers: { ...headers, ...rendered?.request.headers }, body };
    },
    parse({ status, json }) {
      const value = status === 200 && isObject(json) ? tokenCount(json["input_tokens"]) : undefined;
      return value === undefined ? undefined : { value };
    },
  };
}
