/** How nine local servers are recognised: by pages and words that only they have, never by a port. */
import { isObject, wordOf } from "@lumiverse/core/provider";
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

export interface Proof {
  path: string;
  proves: (page: Page) => boolean;
  /** How this answer is known: `run` (a test runs the server), the server's own source or documentation, or reports of its users. */
  known: "run" | "source" | "documentation" | "reports";
  /** The place that states it: a file of the server's repository at GitHub, a page, or the test. Read 2026-11-30. */
  at: string;
}

export interface Fingerprint {
  server: LocalServer;
  name: string;
  /** Its default ports. They decide only where to look. */
  ports: readonly number[];
  /** Pages that are asked, in order. The first that proves the server decides. */
  proofs: readonly Proof[];
  /** The page with its version. */
  version?: { path: string; field: string };
  /** The page that shows that chats need a key, although the model list is open. */
  keyed?: { path: string; isKeyed: (page: Page) => boolean };
}

/**
 * In the order in which they are tried: a server that imitates another one comes before it. TabbyAPI imitates KoboldCpp
 * (theroyallab/tabbyAPI endpoints/Kobold/router.py), and KoboldCpp and SGLang imitate Ollama.
 */
export const fingerprints: readonly Fingerprint[] = [
  {
    server: "tabbyapi",
    name: "TabbyAPI",
    ports: [5000],
    proofs: [
      { path: "/v1/models", proves: isOwnedBy("tabbyapi"), known: "source", at: "theroyallab/tabbyAPI endpoints/core/types/model.py" },
      { path: "/openapi.json", proves: isTitled(/tabbyapi/i), known: "source", at: "theroyallab/tabbyAPI endpoints/server.py" },
    ],
  },
  {
    server: "koboldcpp",
    name: "KoboldCpp",
    ports: [5001],
    proofs: [
      {
        path: "/api/extra/version",
        // Servers that imitate KoboldCpp send only a name and a version.
        proves: ({ json }) => isObject(json) && json["result"] === "KoboldCpp" && "protected" in json && "llm" in json,
        known: "source",
        at: "LostRuins/koboldcpp koboldcpp.py (get_capabilities)",
      },
      { path: "/v1/models", proves: isOwnedBy("koboldcpp"), known: "source", at: "LostRuins/koboldcpp koboldcpp.py" },
    ],
    version: { path: "/api/extra/version", field: "version" },
    keyed: { path: "/api/extra/version", isKeyed: ({ json }) => isObject(json) && json["protected"] === true },
  },
  {
    server: "lm-studio",
    name: "LM Studio",
    ports: [1234],
    proofs: [
      {
        path: "/api/v0/models",
        // Only LM Studio lists these two fields of a model.
        proves: ({ json }) => objectsIn(json, "data").some((model) => "compatibility_type" in model && "state" in model),
        known: "documentation",
        at: "https://lmstudio.ai/docs/developer/rest/endpoints",
      },
      {
        path: "/api/v1/models",
        proves: ({ json }) => objectsIn(json, "models").some((model) => "loaded_instances" in model),
        known: "documentation",
        at: "https://lmstudio.ai/docs/developer/rest/list",
      },
      {
        path: "/v1/models",
        // With authentication, its lists need a token, and the refusal names LM Studio.
        proves: ({ status, text }) => status === 401 && /LM Studio API token/.test(text),
        known: "reports",
        at: "https://github.com/agustif/opencode-lmstudio/issues/41",
      },
      {
        path: "/v1/models",
        proves: isOwnedBy("organization_owner"),
        known: "reports",
        at: "https://github.com/eyalrot/ollama_openai/pull/34",
      },
      {
        path: "/lumiverse",
        // It answers unknown paths with 200 and these words.
        proves: ({ json }) => isObject(json) && /^Unexpected endpoint or method\. \(GET /.test(wordOf(json["error"])),
        known: "reports",
        at: "https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/618",
      },
    ],
  },
  {
    server: "llama.cpp",
    name: "llama.cpp",
    ports: [8080, 9931],
    proofs: [
      {
        path: "/health",
        proves: ({ headers }) => /llama\.cpp/i.test(headers.get("server") ?? ""),
        known: "run",
        at: "packages/connections/test/real-server.test.ts",
      },
      {
        path: "/props",
        proves: ({ json }) => isObject(json) && isObject(json["default_generation_settings"]) && "total_slots" in json,
        known: "run",
        at: "packages/connections/test/real-server.test.ts",
      },
      { path: "/v1/models", proves: isOwnedBy("llamacpp"), known: "run", at: "packages/connections/test/real-server.test.ts" },
    ],
    version: { path: "/props", field: "build_info" },
    keyed: { path: "/props", isKeyed: ({ status }) => status === 401 },
  },
  {
    server: "sglang",
    name: "SGLang",
    ports: [30000],
    proofs: [
      {
        path: "/v1/models",
        proves: isOwnedBy("sglang"),
        known: "source",
        at: "sgl-project/sglang python/sglang/srt/entrypoints/openai/protocol.py",
      },
      {
        path: "/model_info",
        proves: isModelOfSglang,
        known: "source",
        at: "sgl-project/sglang python/sglang/srt/entrypoints/http_server.py",
      },
      // Releases before 2026 have the same page under its old name.
      {
        path: "/get_model_info",
        proves: isModelOfSglang,
        known: "source",
        at: "sgl-project/sglang python/sglang/srt/entrypoints/http_server.py",
      },
      {
        path: "/",
        proves: ({ json }) => json === "SGLang is running",
        known: "source",
        at: "sgl-project/sglang python/sglang/srt/entrypoints/http_server.py (sglang_root)",
      },
    ],
  },
  {
    server: "ollama",
    name: "Ollama",
    ports: [11434],
    proofs: [
      { path: "/", proves: ({ text }) => text.trim() === "Ollama is running", known: "source", at: "ollama/ollama server/routes.go" },
      { path: "/v1/models", proves: isOwnedBy("library"), known: "source", at: "ollama/ollama openai/openai.go (ToListCompletion)" },
    ],
    version: { path: "/api/version", field: "version" },
  },
  {
    server: "vllm",
    name: "vLLM",
    ports: [8000],
    proofs: [
      {
        path: "/v1/models",
        proves: isOwnedBy("vllm"),
        known: "source",
        at: "vllm-project/vllm vllm/entrypoints/openai/engine/protocol.py",
      },
      {
        path: "/metrics",
        // With a key, the model list is closed, but the metrics are open.
        proves: ({ text }) => /^vllm:/m.test(text),
        known: "documentation",
        at: "https://docs.vllm.ai/en/latest/design/metrics.html",
      },
    ],
    version: { path: "/version", field: "version" },
  },
  {
    server: "text-generation-webui",
    name: "text-generation-webui",
    ports: [5000],
    proofs: [
      {
        path: "/v1/internal/model/info",
        proves: ({ json }) => isObject(json) && "model_name" in json && "lora_names" in json,
        known: "source",
        at: "oobabooga/text-generation-webui modules/api/models.py",
      },
      {
        path: "/openapi.json",
        proves: ({ json }) => isObject(json) && isObject(json["paths"]) && "/v1/internal/model/info" in json["paths"],
        known: "source",
        at: "oobabooga/text-generation-webui modules/api/script.py",
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
        known: "documentation",
        at: "https://docs.litellm.ai/docs/proxy/health",
      },
      { path: "/openapi.json", proves: isTitled(/litellm/i), known: "source", at: "BerriAI/litellm litellm/proxy/proxy_server.py" },
    ],
  },
];

/** True for a list with a model that has this `owned_by`. */
function isOwnedBy(owner: string): Proof["proves"] {
  return ({ json }) => objectsIn(json, "data").some((model) => wordOf(model["owned_by"]).toLowerCase() === owner);
}

/** True for a description of an API with this title. */
function isTitled(title: RegExp): Proof["proves"] {
  return ({ json }) => isObject(json) && isObject(json["info"]) && title.test(wordOf(json["info"]["title"]));
}

function isModelOfSglang({ json }: Page): boolean {
  return isObject(json) && "model_path" in json && "is_generation" in json;
}

/** The objects in a list of a JSON answer. Empty for anything else. */
export function objectsIn(json: unknown, name: string): Record<string, unknown>[] {
  const list = isObject(json) ? json[name] : undefined;
  return Array.isArray(list) ? list.filter(isObject) : [];
}
