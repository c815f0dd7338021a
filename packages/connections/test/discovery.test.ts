/** Servers in the shapes that their projects document. None is at its usual port, so a port proves nothing here. */
import { createProfiles, discover, identify, type LocalServer, masterKeyFromText, newMasterKey, openVault } from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import { afterEach, describe, expect, test } from "vitest";
import { fingerprints } from "../src/discovery/fingerprints.ts";
import { type FaultServer, json, startFaultServer } from "./fault-server.ts";
import "./providers.ts";

const servers: FaultServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
type Pages = Readonly<Record<string, [status: number, body: unknown, headers?: Record<string, string>]>>;
const serve = async (pages: Pages, otherwise: [number, unknown] = [404, { detail: "Not Found" }]): Promise<number> => {
  const server = await startFaultServer((asked, response) => {
    const [status, body, headers] = pages[asked.path] ?? otherwise;
    if (typeof body !== "string") return json(response, status, body, headers);
    response.writeHead(status, { "content-type": "text/plain", ...headers }).end(body);
    return true;
  });
  servers.push(server);
  return server.port;
};
const list = (owner: string, more: object = {}): [number, unknown] => [
  200,
  { object: "list", data: [{ id: "the-model", object: "model", created: 1, owned_by: owner, ...more }] },
];

const props = { default_generation_settings: { n_ctx: 4096 }, total_slots: 1, build_info: "b9999" };
const KINDS: readonly (readonly [LocalServer, string, Pages, [number, unknown]?])[] = [
  [
    "lm-studio",
    "native list",
    {
      "/v1/models": list("organization_owner"),
      "/api/v0/models": [200, { object: "list", data: [{ id: "the-model", type: "llm", compatibility_type: "gguf", state: "loaded" }] }],
    },
  ],
  [
    "lm-studio",
    "refusals in a 200",
    { "/v1/models": list("someone") },
    [200, { error: "Unexpected endpoint or method. (GET /lumiverse)" }],
  ],
  [
    "lm-studio",
    "refusal of a request without a token",
    {},
    [401, { error: { type: "invalid_request", code: "invalid_api_key", message: "An LM Studio API token is required." } }],
  ],
  [
    "lm-studio",
    "list of loaded models",
    { "/v1/models": list("someone"), "/api/v1/models": [200, { models: [{ key: "the-model", loaded_instances: [] }] }] },
  ],
  ["lm-studio", "owner", { "/v1/models": list("organization_owner") }],
  ["ollama", "owner", { "/v1/models": list("library") }],
  ["ollama", "greeting", { "/": [200, "Ollama is running"], "/v1/models": list("someone"), "/api/version": [200, { version: "0.14.0" }] }],
  [
    "llama.cpp",
    "header",
    {
      "/health": [200, { status: "ok" }, { server: "llama.cpp" }],
      "/v1/models": list("llamacpp"),
      "/props": [200, props],
    },
  ],
  ["llama.cpp", "properties", { "/v1/models": list("me"), "/props": [200, props] }],
  ["llama.cpp", "owner", { "/v1/models": list("llamacpp") }],
  ["vllm", "owner", { "/v1/models": list("vllm", { max_model_len: 4096 }), "/version": [200, { version: "0.30.0" }] }],
  ["sglang", "own page", { "/v1/models": list("me"), "/model_info": [200, { model_path: "/m", is_generation: true }] }],
  [
    "sglang",
    "own page of older releases",
    { "/v1/models": list("me"), "/get_model_info": [200, { model_path: "/m", is_generation: true }] },
  ],
  ["sglang", "greeting", { "/v1/models": list("me"), "/": [200, '"SGLang is running"'] }],
  ["sglang", "owner, while it answers as Ollama, too", { "/v1/models": list("sglang"), "/": [200, '"Ollama is running"'] }],
  [
    "koboldcpp",
    "own page, while it answers as Ollama, too",
    {
      "/": [200, "Ollama is running"],
      "/v1/models": list("koboldcpp"),
      "/api/extra/version": [200, { result: "KoboldCpp", version: "1.121", protected: false, llm: true }],
    },
  ],
  [
    "koboldcpp",
    "owner, in a release that states its version only",
    { "/v1/models": list("koboldcpp"), "/api/extra/version": [200, { result: "KoboldCpp", version: "1.50" }] },
  ],
  [
    "text-generation-webui",
    "own page",
    { "/v1/models": list("user"), "/v1/internal/model/info": [200, { model_name: "the-model", lora_names: [] }] },
  ],
  ["tabbyapi", "owner", { "/v1/models": list("tabbyAPI") }],
  [
    "tabbyapi",
    "owner, while it answers as KoboldCpp, too",
    { "/v1/models": list("tabbyAPI"), "/api/extra/version": [200, { result: "KoboldCpp", version: "1.61" }] },
  ],
  [
    "tabbyapi",
    "description, with the list closed",
    { "/v1/models": [401, { detail: "Please provide an API key" }], "/openapi.json": [200, { info: { title: "TabbyAPI" }, paths: {} }] },
  ],
  ["litellm", "description", { "/v1/models": list("me"), "/openapi.json": [200, { info: { title: "LiteLLM API" } }] }],
  [
    "text-generation-webui",
    "description, with the list closed",
    { "/v1/models": [401, { detail: "Unauthorized" }], "/openapi.json": [200, { info: {}, paths: { "/v1/internal/model/info": {} } }] },
  ],
  [
    "litellm",
    "its greeting, with the list closed",
    { "/v1/models": [401, { error: { message: "No api key passed in.", code: "401" } }], "/health/liveliness": [200, '"I\'m alive!"'] },
  ],
  [
    "vllm",
    "measurements, with the list closed",
    { "/v1/models": [401, { error: "Unauthorized" }], "/metrics": [200, "# HELP x\nvllm:num_requests_running 0\n"] },
  ],
];

describe("discovery", () => {
  test("every proof of a server decides for one of the servers below", async () => {
    const decided = await Promise.all(
      KINDS.map(async ([, , pages, otherwise]) => {
        const found = await identify(`http://127.0.0.1:${await serve(pages, otherwise)}`);
        return `${found?.server} by ${found?.provedBy}`;
      }),
    );
    const proofs = fingerprints.flatMap(({ server, proofs: all }) => all.map(({ path }) => `${server} by ${path}`));
    expect([...new Set(decided)].sort()).toEqual([...new Set(proofs)].sort());
  });

  test.each(KINDS.map((kind) => [kind[0], kind[1], kind] as const))("finds %s by its %s", async (server, _, [, , pages, otherwise]) => {
    const port = await serve(pages, otherwise);
    const found = await discover({ ports: [port], onlyGivenPorts: true });
    const isClosed = (pages["/v1/models"] ?? otherwise)?.[0] === 401;
    expect(found).toMatchObject([
      { server, baseURL: `http://127.0.0.1:${port}/v1`, needsKey: isClosed, models: isClosed ? [] : ["the-model"] },
    ]);
    const [{ profile } = { profile: { name: "", provider: "" } }] = found;
    expect(profile).toMatchObject({ provider: "custom", auth: isClosed ? "key" : "none", settings: { server } });
    const store = await openSqliteStore(":memory:");
    const profiles = createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]) });
    await profiles.create(profile);
    await store.close();
  });

  test("a web site, an unknown model server and a closed port are left out", async () => {
    const site = await serve({ "/": [200, "<!doctype html>Welcome"] }, [200, "<!doctype html>Welcome"]);
    const unknown = await serve({ "/v1/models": list("somebody") });
    expect(await discover({ ports: [site, unknown, 9], onlyGivenPorts: true })).toEqual([]);
  });

  test("a server with an open model list that wants a key is said to need one", async () => {
    const llama = await serve({ "/v1/models": list("llamacpp"), "/props": [401, { error: { message: "Invalid API Key" } }] });
    const kobold = await serve({ "/v1/models": list("koboldcpp"), "/api/extra/version": [200, { version: "1.121", protected: true }] });
    const found = await discover({ ports: [llama, kobold], onlyGivenPorts: true });
    expect(found.map(({ server, needsKey, profile }) => [server, needsKey, profile.auth])).toEqual([
      ["llama.cpp", true, "key"],
      ["koboldcpp", true, "key"],
    ]);
  });

  test("the profile chats with a model that can, although embeddings are listed first", async () => {
    const data = ["text-embedding-nomic", "BAAI/bge-m3", "qwen3-8b"].map((id) => ({ id, object: "model", owned_by: "llamacpp" }));
    const found = await discover({ ports: [await serve({ "/v1/models": [200, { object: "list", data }] })], onlyGivenPorts: true });
    expect(found).toMatchObject([{ models: ["text-embedding-nomic", "BAAI/bge-m3", "qwen3-8b"], profile: { model: "qwen3-8b" } }]);
  });

  test("another server at a usual port is not taken for the server of that port", async () => {
    const port = await serve({ "/v1/models": list("somebody") });
    const asUsual: typeof fetch = (input, init) => fetch(String(input).replace(":1234/", `:${port}/`), init);
    expect(
      (await discover({ fetch: asUsual, hosts: ["127.0.0.1"], timeoutMs: 500 })).filter(({ baseURL }) => baseURL.includes(":1234/")),
    ).toEqual([]);
  });

  test("a port that accepts and keeps silent does not hold discovery up", async () => {
    const server = await startFaultServer(() => new Promise(() => {}));
    servers.push(server);
    const started = Date.now();
    expect(await identify(server.origin, { timeoutMs: 200 })).toBeUndefined();
    expect(Date.now() - started).toBeLessThan(2000);
  });

  test("nothing but GET is sent, and no key", async () => {
    const server = await startFaultServer();
    servers.push(server);
    await identify(server.origin);
    expect(server.asked.every(({ method, headers }) => method === "GET" && headers.authorization === undefined)).toBe(true);
    expect(server.asked.length).toBeGreaterThan(3);
  });
});
