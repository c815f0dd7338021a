/** How nine local servers are recognised: by pages and words of their own, never by a port. Documented by their projects, seen in 2026. */
import { wordOf } from "@lumiverse/core/provider";
import { isRecord } from "../profile/secret-settings.ts";
import type { Page } from "../read-page.ts";

export type LocalServer =
  | "lm-studio"
  | "ollama"
  | "llama.cpp"
  | "vllm"
  | "sglang"
  | "koboldcpp"
  | "text-generation-webui"
  | "tabbyapi"
  | "litellm";

export interface Fingerprint {
  server: LocalServer;
  name: string;
  /** Where it listens unless told otherwise. Only decides where to look. */
  ports: readonly number[];
  /** Pages that are asked, in order. The first that proves the server decides. */
  proofs: readonly { path: string; proves: (page: Page) => boolean; version?: (page: Page) => unknown }[];
}

/** In the order in which they are tried: a server that imitates others (KoboldCpp answers as Ollama, too) comes before those it imitates. */
export const fingerprints: readonly Fingerprint[] = [
  {
    server: "koboldcpp",
    name: "KoboldCpp",
    ports: [5001],
    proofs: [
      {
        path: "/api/extra/version",
        proves: ({ json }) => isRecord(json) && json["result"] === "KoboldCpp",
        version: ({ json }) => (isRecord(json) ? json["version"] : undefined),
      },
    ],
  },
  {
    server: "lm-studio",
    name: "LM Studio",
    ports: [1234],
    proofs: [
      // The native list describes how each model is packed, which no other server does.
      {
        path: "/api/v0/models",
        proves: ({ json }) => entries(json, "data").some((model) => "compatibility_type" in model && "state" in model),
      },
      { path: "/api/v1/models", proves: ({ json }) => entries(json, "models").some((model) => "loaded_instances" in model) },
      { path: "/v1/models", proves: ({ json }) => owners(json).includes("organization_owner") },
      // It answers unknown paths with 200 and these words.
      { path: "/lumiverse", proves: ({ json }) => isRecord(json) && /^Unexpected endpoint or method\. \(GET /.test(wordOf(json["error"])) },
    ],
  },
  {
    server: "ollama",
    name: "Ollama",
    ports: [11434],
    proofs: [
      { path: "/", proves: ({ text }) => text.trim() === "Ollama is running" },
      { path: "/v1/models", proves: ({ json }) => owners(json).includes("library") },
    ],
  },
  {
    server: "llama.cpp",
    name: "llama.cpp",
    ports: [8080, 9931],
    proofs: [
      { path: "/health", proves: ({ headers }) => /llama\.cpp/i.test(headers.get("server") ?? "") },
      {
        path: "/props",
        proves: ({ json }) => isRecord(json) && isRecord(json["default_generation_settings"]) && "total_slots" in json,
        version: ({ json }) => (isRecord(json) ? json["build_info"] : undefined),
      },
      { path: "/v1/models", proves: ({ json }) => owners(json).includes("llamacpp") },
    ],
  },
  {
    server: "sglang",
    name: "SGLang",
    ports: [30000],
    proofs: [
      { path: "/get_model_info", proves: ({ json }) => isRecord(json) && "model_path" in json && "is_generation" in json },
      { path: "/v1/models", proves: ({ json }) => owners(json).includes("sglang") },
    ],
  },
  {
    server: "vllm",
    name: "vLLM",
    ports: [8000],
    proofs: [
      { path: "/v1/models", proves: ({ json }) => owners(json).includes("vllm") },
      // With a key the list is closed, and the measurements are not.
      { path: "/metrics", proves: ({ text }) => /^vllm:/m.test(text) },
    ],
  },
  {
    server: "tabbyapi",
    name: "TabbyAPI",
    ports: [5000],
    proofs: [
      {
        path: "/openapi.json",
        proves: ({ json }) => isRecord(json) && isRecord(json["info"]) && /tabbyapi/i.test(wordOf(json["info"]["title"])),
      },
      { path: "/v1/models", proves: ({ json }) => owners(json).includes("tabbyapi") },
    ],
  },
  {
    server: "text-generation-webui",
    name: "text-generation-webui",
    ports: [5000],
    proofs: [
      { path: "/v1/internal/model/info", proves: ({ json }) => isRecord(json) && "model_name" in json && "lora_names" in json },
      {
        path: "/openapi.json",
        proves: ({ json }) => isRecord(json) && isRecord(json["paths"]) && "/v1/internal/model/info" in json["paths"],
      },
    ],
  },
  {
    server: "litellm",
    name: "LiteLLM",
    ports: [4000],
    proofs: [
      {
        path: "/health/liveliness",
        proves: ({ headers, text }) => headers.has("x-litellm-version") || /^"?I'm alive!"?$/.test(text.trim()),
      },
      {
        path: "/openapi.json",
        proves: ({ json }) => isRecord(json) && isRecord(json["info"]) && /litellm/i.test(wordOf(json["info"]["title"])),
      },
    ],
  },
];

function entries(json: unknown, name: string): Record<string, unknown>[] {
  const list = isRecord(json) ? json[name] : undefined;
  return Array.isArray(list) ? list.filter(isRecord) : [];
}

/** What a model list is signed with. */
function owners(json: unknown): string[] {
  return entries(json, "data").map((model) => wordOf(model["owned_by"]).toLowerCase());
}
