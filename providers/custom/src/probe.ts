/** Finds out what kind of server answers: by its model list, its header `server`, and an endpoint that only this kind has. The port is not considered. */
import {
  endpoint,
  isObject,
  type JsonObject,
  type Operation,
  type OperationResponse,
  type Page,
  type ServerInfo,
} from "@lumiverse/core/provider";
import { outsideVersion } from "@lumiverse/protocols/chat-completions";
import type { Kind } from "./servers.ts";
import type { CustomSettings } from "./settings.ts";

/** The value of `owned_by` in the model list. */
const OWNERS: Readonly<Record<string, Kind>> = {
  organization_owner: "lm-studio",
  library: "ollama",
  koboldcpp: "koboldcpp",
  llamacpp: "llama.cpp",
  vllm: "vllm",
  sglang: "sglang",
  tabbyapi: "tabbyapi",
};
/** LiteLLM states this date for all models, with the owner `openai`. */
const LITELLM_CREATED = 1677610602;

/** The endpoint with the context length and the version, and the paths of both. `root` is the URL without `/v1`. */
const ENDPOINTS: Readonly<Partial<Record<Kind, { path: string; from: "root" | "base"; context?: string; version?: string }>>> = {
  "lm-studio": { path: "/api/v0/models", from: "root", context: "data.0.loaded_context_length" },
  ollama: { path: "/api/ps", from: "root", context: "models.0.context_length" },
  koboldcpp: { path: "/api/extra/true_max_context_length", from: "root", context: "value" },
  // The limit is the context of one slot, not the one that the model was trained with.
  "llama.cpp": { path: "/props", from: "root", context: "default_generation_settings.n_ctx", version: "build_info" },
  tabbyapi: { path: "/model", from: "base", context: "parameters.max_seq_len" },
  // Many small servers state the owner `user`. Only this one has the endpoint.
  "text-generation-webui": { path: "/internal/model/info", from: "base" },
};

export const probe: Operation<ServerInfo, CustomSettings> = {
  origin: "base",
  request({ base, page }) {
    const own = ENDPOINTS[page?.["server"] as Kind]; // `parse` put a kind there
    if (own === undefined) return { method: "GET", url: endpoint(base, "/models") };
    return { method: "GET", url: own.from === "base" ? endpoint(base, own.path) : outsideVersion(base, own.path) };
  },
  parse({ context: { base }, ...response }) {
    return response.url === endpoint(base, "/models").href ? readList(response) : { value: readEndpoint(response) };
  },
};

function readList(response: OperationResponse): { value: ServerInfo; next?: Page } {
  const { json, headers, status } = response;
  const entry = first(json);
  const owner = typeof entry?.["owned_by"] === "string" ? entry["owned_by"].toLowerCase() : "";
  let server: string = OWNERS[owner] ?? "unknown";
  let from = `owned_by "${owner}" in the model list`;
  if (server === "unknown" && /llama\.cpp/i.test(headers.get("server") ?? "")) {
    server = "llama.cpp";
    from = "the header server";
  } else if (server === "unknown" && entry?.["created"] === LITELLM_CREATED) {
    server = "litellm";
    from = "the placeholder date of its model list";
  } else if (server === "unknown") from = `the model list (HTTP ${status}) names no known server`;
  const value: ServerInfo = { server, from };
  const context = entry?.["max_model_len"];
  if (typeof context === "number") value.contextTokens = context;
  const next = server === "unknown" && owner === "user" ? "text-generation-webui" : server;
  // `next` is one of the keys, or has no endpoint of its own.
  return ENDPOINTS[next as Kind] === undefined ? { value } : { value, next: { server: next } };
}

/** The path alone identifies the endpoint, so after a refusal the result of the model list remains. */
function readEndpoint({ url, status, json }: OperationResponse): ServerInfo {
  const { pathname } = new URL(url);
  const found = Object.entries(ENDPOINTS).find(([, { path }]) => pathname.endsWith(path));
  const [server = "unknown", own] = found ?? [];
  const answered = status < 400 && isObject(json);
  if (server === "text-generation-webui" && !(answered && "model_name" in json))
    return { server: "unknown", from: "the model list names no known server" };
  const value: ServerInfo = { server, from: answered ? `its model list and ${pathname}` : "its model list" };
  const context = answered ? at(json, own?.context) : undefined;
  const version = answered ? at(json, own?.version) : undefined;
  if (typeof context === "number" && context > 0) value.contextTokens = context;
  if (typeof version === "string") value.version = version;
  return value;
}

function first(json: unknown): JsonObject | undefined {
  const list = isObject(json) ? json["data"] : undefined;
  return Array.isArray(list) ? list.find(isObject) : undefined;
}

function at(json: unknown, path: string | undefined): unknown {
  let value = json;
  for (const key of path?.split(".") ?? []) value = Array.isArray(value) ? value[Number(key)] : isObject(value) ? value[key] : undefined;
  return path === undefined ? undefined : value;
}
