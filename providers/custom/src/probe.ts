/** What kind of server answers, by what it says of itself: its model list, the header `server`, then a page of its own. Ports prove nothing. */
import { endpoint, isObject, type JsonObject, type Operation, type OperationResponse, type Page, type ServerFacts } from "@lumiverse/core";
import type { Kind } from "./servers.ts";
import type { CustomSettings } from "./settings.ts";

/** The word that a server signs its models with. */
const OWNERS: Readonly<Record<string, Kind>> = {
  organization_owner: "lm-studio",
  library: "ollama",
  koboldcpp: "koboldcpp",
  llamacpp: "llama.cpp",
  vllm: "vllm",
  sglang: "sglang",
  tabbyapi: "tabbyapi",
};
/** LiteLLM gives all models this moment and the owner `openai`. */
const LITELLM_CREATED = 1677610602;

/** A page that tells the rest: where, and the fields of the context's length and of the version. `root` lies above `/v1`. */
const PAGES: Readonly<Partial<Record<Kind, { path: string; from: "root" | "base"; context?: string; version?: string }>>> = {
  "lm-studio": { path: "/api/v0/models", from: "root", context: "data.0.loaded_context_length" },
  ollama: { path: "/api/ps", from: "root", context: "models.0.context_length" },
  koboldcpp: { path: "/api/extra/true_max_context_length", from: "root", context: "value" },
  // What counts is the length of one slot, not what the model was trained for.
  "llama.cpp": { path: "/props", from: "root", context: "default_generation_settings.n_ctx", version: "build_info" },
  tabbyapi: { path: "/model", from: "base", context: "parameters.max_seq_len" },
  // Its list is signed `user`, as that of many small servers: this page is its own.
  "text-generation-webui": { path: "/internal/model/info", from: "base" },
};

export const probe: Operation<ServerFacts, CustomSettings> & { wanted: (settings: Partial<CustomSettings>) => boolean } = {
  wanted: ({ server }) => server === "auto",
  origin: "base",
  request({ base }, page) {
    const own = PAGES[page?.["server"] as Kind]; // a kind that `parse` put there
    if (own === undefined) return { method: "GET", url: endpoint(base, "/models") };
    return { method: "GET", url: own.from === "base" ? endpoint(base, own.path) : aboveVersion(base, own.path) };
  },
  parse(response, { base }) {
    return response.url === endpoint(base, "/models").href ? readList(response) : { value: readPage(response) };
  },
};

function readList(response: OperationResponse): { value: ServerFacts; next?: Page } {
  const { json, headers, status } = response;
  const entry = first(json);
  const owner = String(entry?.["owned_by"] ?? "").toLowerCase();
  let server: string = OWNERS[owner] ?? "unknown";
  let from = `owned_by "${owner}" in the model list`;
  if (server === "unknown" && /llama\.cpp/i.test(headers.get("server") ?? "")) {
    server = "llama.cpp";
    from = "the header server";
  } else if (server === "unknown" && entry?.["created"] === LITELLM_CREATED) {
    server = "litellm";
    from = "the placeholder date of its model list";
  } else if (server === "unknown") from = `nothing in the model list (HTTP ${status}) that a known server says`;
  const value: ServerFacts = { server, from };
  const context = entry?.["max_model_len"];
  if (typeof context === "number") value.contextTokens = context;
  const next = server === "unknown" && owner === "user" ? "text-generation-webui" : server;
  return PAGES[next as Kind] === undefined ? { value } : { value, next: { server: next } };
}

/** The page says who it is by its place alone, so a refusal leaves what the list said. */
function readPage({ url, status, json }: OperationResponse): ServerFacts {
  const { pathname } = new URL(url);
  const found = Object.entries(PAGES).find(([, page]) => pathname.endsWith(page.path));
  const [server = "unknown", page] = found ?? [];
  const told = status < 400 && isObject(json);
  if (server === "text-generation-webui" && !(told && "model_name" in json))
    return { server: "unknown", from: "nothing in the model list that a known server says" };
  const value: ServerFacts = { server, from: told ? `its model list and ${pathname}` : "its model list" };
  const context = told ? at(json, page?.context) : undefined;
  const version = told ? at(json, page?.version) : undefined;
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

export function aboveVersion(base: URL, path: string): URL {
  const root = new URL(base);
  root.pathname = root.pathname.replace(/\/v\d+\/?$/, "");
  return endpoint(root, path);
}
