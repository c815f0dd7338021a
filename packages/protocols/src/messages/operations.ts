/** Model list, key check and token count of the vendor's API, as data for core to run. */
import {
  endpoint,
  type Facts,
  isObject,
  type JsonObject,
  type KeyVerdict,
  type ModelInfo,
  type Operation,
  type OperationResponse,
} from "@lumiverse/core";
import { facts } from "../families/claude.ts";
import { parseError } from "./errors.ts";
import { VERSION } from "./host.ts";

const headers = { "anthropic-version": VERSION };

export function modelList<S>(): Operation<readonly ModelInfo[], S> {
  return {
    origin: "base",
    request({ base }, page) {
      const url = endpoint(base, "/models?limit=1000");
      const after = page?.["after"];
      if (after !== undefined) url.searchParams.set("after_id", after);
      return { method: "GET", url, headers };
    },
    parse(response) {
      const { json } = response;
      if (response.status !== 200 || !isObject(json) || !Array.isArray(json["data"])) return undefined;
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

/** The model list wants a key and costs nothing. On another host it may be public, and then proves nothing. */
export function keyCheck<S>(own: string): Operation<KeyVerdict, S> {
  return {
    origin: "base",
    request: ({ base }) => ({ method: "GET", url: endpoint(base, "/models?limit=1"), headers }),
    parse: (response, { base }) => ({ value: verdict(response, base.origin === new URL(own).origin) }),
  };
}

function verdict(response: OperationResponse, own: boolean): KeyVerdict {
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

/** What the count takes of a request: it has no limit, no sampling and no stream. */
const COUNTED = [
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

/** Free of charge, by a rate of its own; it runs the same checks as the call. */
export function tokenCount<S>(): Operation<number, S> {
  return {
    origin: "base",
    request({ base, call }) {
      const rendered = call?.route.protocol.render(call);
      const body: JsonObject = {};
      for (const field of COUNTED) if (rendered?.request.body?.[field] !== undefined) body[field] = rendered.request.body[field];
      return { method: "POST", url: endpoint(base, "/messages/count_tokens"), headers: { ...headers, ...rendered?.request.headers }, body };
    },
    parse({ status, json }) {
      const tokens = isObject(json) ? json["input_tokens"] : undefined;
      return status === 200 && typeof tokens === "number" ? { value: tokens } : undefined;
    },
  };
}
