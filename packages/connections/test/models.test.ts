import {
  type ConnectionSource,
  listModels,
  type ModelListCache,
  memoryCache,
  nearestNames,
  searchModels,
  storeCache,
} from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import { registry } from "@lumiverse/core";
import { afterEach, describe, expect, test } from "vitest";
import { type Fault, type FaultServer, isModels, json, startFaultServer } from "./fault-server.ts";
import "./providers.ts";

const servers: FaultServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
const begin = async (fault?: Fault): Promise<FaultServer> => {
  const server = await startFaultServer(fault);
  servers.push(server);
  return server;
};
const draft = (provider: string, changes: Partial<ConnectionSource> = {}): ConnectionSource => ({
  provider: registry().get(provider),
  auth: "key",
  key: "sk-test-key",
  settings: {},
  ...changes,
});

describe("the Models button", () => {
  test("lists what the vendor serves, live, before anything is saved", async () => {
    const server = await begin();
    const listing = await listModels(draft("groq"), { cache: memoryCache(), connect: { fetch: server.vendorFetch } });
    expect(listing).toMatchObject({ source: "live", notes: [] });
    expect(listing.models.map(({ id }) => id)).toContain("good-model");
    expect(listing.failure).toBeUndefined();
  });

  test("works without a key where the list is public, and sends no credential then", async () => {
    const server = await begin();
    const { key: _, ...keyless } = draft("openrouter");
    const listing = await listModels(keyless, { cache: memoryCache(), connect: { fetch: server.vendorFetch } });
    expect(listing.source).toBe("live");
    expect(server.asked.map(({ headers }) => headers.authorization)).toEqual([undefined]);
  });

  test("falls back to the built-in list and says so, when there is no key and the list is not public", async () => {
    const server = await begin((_, response) => json(response, 401, { error: { message: "No key", code: "invalid_api_key" } }));
    const { key: _, ...keyless } = draft("openai");
    const listing = await listModels(keyless, { cache: memoryCache(), connect: { fetch: server.vendorFetch, retry: false } });
    expect(listing.source).toBe("catalogue");
    expect(listing.models.length).toBeGreaterThan(5);
    expect(listing.notes.join(" ")).toMatch(/live list failed.*built-in list/);
  });

  test("a refused key is a failure with the built-in list beside it", async () => {
    const server = await begin((_, response) => json(response, 401, { error: { message: "Incorrect key", code: "invalid_api_key" } }));
    const listing = await listModels(draft("openai"), { cache: memoryCache(), connect: { fetch: server.vendorFetch, retry: false } });
    expect(listing).toMatchObject({ source: "catalogue", failure: { code: "authentication" } });
    expect(listing.models.length).toBeGreaterThan(5);
  });

  test("a vendor without a list has its built-in one, with a note", async () => {
    const listing = await listModels(draft("zai"), { cache: memoryCache() });
    expect(listing.models.map(({ id }) => id)).toContain("glm-5.1");
    expect(listing.notes).toEqual([expect.stringMatching(/no model list.*built-in/)]);
  });

  test("a server that is down and has no built-in list gives none, with the reason", async () => {
    const listing = await listModels(draft("custom", { auth: "none", resolvedURL: "http://127.0.0.1:9/v1" }), {
      cache: memoryCache(),
      connect: { retry: false },
    });
    expect(listing).toMatchObject({ source: "none", models: [], failure: { code: "network" } });
  });

  test("is cached by address and key, with its age, until it is refreshed", async () => {
    const server = await begin();
    const store = await openSqliteStore(":memory:");
    for (const cache of [memoryCache(), storeCache(store)]) {
      server.asked.length = 0;
      const options = { cache, connect: { fetch: server.vendorFetch } };
      const first = await listModels(draft("groq"), options);
      await new Promise((resolve) => setTimeout(resolve, 20));
      const second = await listModels(draft("groq"), options);
      expect(second.fetchedAt).toBe(first.fetchedAt);
      expect(second.ageMs).toBeGreaterThanOrEqual(15);
      expect(server.asked.filter(isModels)).toHaveLength(1);
      await listModels(draft("groq", { key: "sk-other" }), options);
      await listModels(draft("groq", { resolvedURL: "https://proxy.example/v1" }), options);
      await listModels(draft("groq"), { ...options, refresh: true });
      await listModels(draft("groq"), { ...options, maxAgeMs: 0 });
      expect(server.asked.filter(isModels).length).toBeGreaterThanOrEqual(4);
    }
    const rows = await store.read.selectFrom("model_lists").selectAll().execute();
    expect(rows).toHaveLength(3);
    expect(JSON.stringify(rows)).not.toContain("sk-");
    await store.close();
  });

  test("a list that another clock dates into the future is read again", async () => {
    const server = await begin();
    const cache = memoryCache();
    const future: ModelListCache = {
      ...cache,
      set: (key, list) => cache.set(key, { ...list, fetchedAt: new Date(Date.now() + 3_600_000).toISOString() }),
    };
    const options = { cache: future, connect: { fetch: server.vendorFetch } };
    await listModels(draft("groq"), options);
    expect((await listModels(draft("groq"), options)).source).toBe("live");
    expect(server.asked.filter(isModels)).toHaveLength(2);
  });

  test("an older list is shown when the vendor fails, with its age and the failure", async () => {
    let broken = false;
    const server = await begin((_, response) => broken && json(response, 401, { error: { message: "gone", code: "invalid_api_key" } }));
    const options = { cache: memoryCache(), connect: { fetch: server.vendorFetch, retry: false as const }, maxAgeMs: 0 };
    const first = await listModels(draft("groq"), options);
    broken = true;
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await listModels(draft("groq"), options);
    expect(second).toMatchObject({ source: "live", fetchedAt: first.fetchedAt, failure: { code: "authentication" } });
    expect(second.notes.join(" ")).toMatch(/last list that was read/);
  });

  test("a vendor that does not answer does not hold anybody up", async () => {
    const server = await begin(() => new Promise(() => {}));
    const started = Date.now();
    const listing = await listModels(draft("groq"), {
      cache: memoryCache(),
      timeoutMs: 200,
      connect: { fetch: server.vendorFetch, retry: false },
    });
    expect(Date.now() - started).toBeLessThan(2000);
    expect(listing.source).toBe("catalogue");
  });
});

describe("search", () => {
  const models = [
    { id: "vendor/claude-opus-4-5", name: "Claude Opus 4.5", contextTokens: 200_000, price: { currency: "USD", input: 5 }, source: "t" },
    {
      id: "claude-haiku",
      contextTokens: 100_000,
      price: { currency: "USD", input: 1 },
      capabilities: { "input.image": false },
      source: "t",
    },
    { id: "gpt-5", contextTokens: 400_000, source: "t" },
  ] as const;

  test("finds words in any order, in ids and names", () => {
    expect(searchModels(models, { text: "4.5 claude" }).map(({ id }) => id)).toEqual(["vendor/claude-opus-4-5"]);
    expect(searchModels(models, { text: "claude" }).map(({ id }) => id)).toEqual(["claude-haiku", "vendor/claude-opus-4-5"]);
    expect(searchModels(models, { capability: "input.image" }).map(({ id }) => id)).toEqual(["gpt-5", "vendor/claude-opus-4-5"]);
  });

  test("sorts by price, with unknown prices last, and by context", () => {
    expect(searchModels(models, { sort: "price" }).map(({ id }) => id)).toEqual(["claude-haiku", "vendor/claude-opus-4-5", "gpt-5"]);
    expect(searchModels(models, { sort: "context" }).map(({ id }) => id)).toEqual(["gpt-5", "vendor/claude-opus-4-5", "claude-haiku"]);
  });

  test("nearest names survive misspelling, prefixes and dates, and are empty for nonsense", () => {
    const names = ["claude-opus-4-5", "claude-sonnet-4-5", "gpt-5", "gpt-5-mini"];
    expect(nearestNames("claud-opus-4.5", names)[0]).toBe("claude-opus-4-5");
    expect(nearestNames("openai/gpt-5", names)[0]).toBe("gpt-5");
    expect(nearestNames("zzzzzzzzzzzzzzzz", names)).toEqual([]);
  });
});
