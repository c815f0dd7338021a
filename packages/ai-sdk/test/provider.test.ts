import { generateKeyPairSync } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { APICallError, NoSuchModelError } from "@ai-sdk/provider";
import { type Provider, registry } from "@lumiverse/core";
import { createProviderRegistry, generateText } from "ai";
import { describe, expect, test, vi } from "vitest";
import { createLumiverse, lumiverse } from "../src/index.ts";
import { errorOf, PROVIDERS } from "./helpers.ts";

const FOLDER = fileURLToPath(new URL("../../../providers", import.meta.url));
const IDS = readdirSync(FOLDER).filter((id) => existsSync(join(FOLDER, id, "src/index.ts")));

test("createProviderRegistry finds a model of all 21 providers, with keys from the environment", async () => {
  for (const id of IDS) await import(pathToFileURL(join(FOLDER, id, "src/index.ts")).href);
  expect(registry().list()).toHaveLength(21);
  // The server of `custom` has no address of its own.
  const own = createLumiverse({ connections: { custom: { baseURL: "http://127.0.0.1:9/v1" } } });
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const account = {
    type: "service_account",
    project_id: "harbour",
    client_email: "harbour@harbour.iam.gserviceaccount.com",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
  };
  for (const { id, credential } of registry().list()) {
    if (credential.kind === "service-account") vi.stubEnv(credential.env, JSON.stringify(account));
    else if (credential.kind === "api-key") vi.stubEnv(credential.env, "example-key-0001");
    for (const provider of id === "custom" ? [own] : [own, lumiverse])
      expect(createProviderRegistry({ lumiverse: provider }).languageModel(`lumiverse:${id}/maker/model:free`)).toMatchObject({
        specificationVersion: "v4",
        provider: `lumiverse.${id}`,
        modelId: "maker/model:free",
      });
  }
  vi.unstubAllEnvs();
  own.close();
  lumiverse.close();
});

describe("createLumiverse", () => {
  const fetch = vi.fn(async (_input: unknown, _init?: RequestInit) => Response.json({ error: { message: "no" } }, { status: 400 }));
  const options = { providers: PROVIDERS, connections: { groq: { apiKey: "secret-key-0001", fetch: fetch as typeof globalThis.fetch } } };
  test("connects with the given options, once per provider", async () => {
    const wrap = vi.fn((connection) => connection);
    const own = createLumiverse({ ...options, wrap });
    const models = createProviderRegistry({ lumiverse: own }, { separator: " > " });
    const error = await errorOf(generateText({ model: models.languageModel("lumiverse > groq/qwen/qwen3.8-27b"), prompt: "hi" }));
    own("groq/another");
    expect(APICallError.isInstance(error)).toBe(true);
    expect(new Headers(fetch.mock.calls[0]?.[1]?.headers).get("authorization")).toBe("Bearer secret-key-0001");
    expect(JSON.parse(String(fetch.mock.calls[0]?.[1]?.body)).model).toBe("qwen/qwen3.8-27b");
    expect(wrap).toHaveBeenCalledOnce();
    own.close();
    expect(await errorOf(generateText({ model: own("groq/x"), prompt: "hi", maxRetries: 0 }))).toMatchObject({ name: "AI_APICallError" });
  });
  test.each(["groq", "groq/", "/model", "nobody/model"])("refuses the name %s with the SDK's error", (name) => {
    expect(() => createLumiverse(options)(name)).toThrow(NoSuchModelError);
  });
  test("names the package to install for a provider that is not imported", () => {
    expect(() => createLumiverse({ providers: [] as Provider[] })("mistral/m")).toThrow(/@lumiverse\/mistral/);
  });
  test("has no embeddings and no images, and says so with the SDK's error", () => {
    const own = createLumiverse(options);
    expect(() => own.embeddingModel("groq/x")).toThrow(NoSuchModelError);
    expect(() => own.imageModel("groq/x")).toThrow(NoSuchModelError);
  });
});
