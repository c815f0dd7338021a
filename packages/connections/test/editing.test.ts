import {
  changesOf,
  createProfiles,
  draftSource,
  form,
  listModels,
  masterKeyFromText,
  memoryCache,
  newMasterKey,
  openVault,
  type Profiles,
  valuesOf,
} from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import { registry } from "@lumiverse/core";
import { afterEach, describe, expect, test } from "vitest";
import { type FaultServer, startFaultServer } from "./fault-server.ts";
import "./providers.ts";

const servers: FaultServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
const begin = async (): Promise<Profiles> => {
  const store = await openSqliteStore(":memory:");
  return createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]), connect: { retry: false } });
};
const listen = async (): Promise<FaultServer> => {
  const server = await startFaultServer();
  servers.push(server);
  return server;
};

describe("editing a profile in its form", () => {
  test("a form that is saved without a change changes nothing, and keeps the secrets", async () => {
    const profiles = await begin();
    const created = await profiles.create({
      name: "Local",
      provider: "custom",
      baseURL: "http://localhost:8000/v1",
      key: "sk-stored",
      model: "m",
      settings: { server: "vllm", headers: { "x-secret": "canary" } },
      reasoning: { effort: { budgetTokens: 512 }, show: false, history: 3 },
    });
    const values = valuesOf(created);
    expect(JSON.stringify(values)).not.toMatch(/canary|sk-stored/);
    const { profile } = await (await form(registry().get("custom"))).parse(values, { hasStoredKey: true });
    const saved = await profiles.update(created.id, changesOf(profile ?? { name: "", provider: "" }), { revision: created.revision });
    expect({ ...saved, revision: 0, updatedAt: "", secrets: saved.secrets.key }).toEqual({
      ...created,
      revision: 0,
      updatedAt: "",
      secrets: created.secrets.key,
    });
    expect(await profiles.source(created.id)).toMatchObject({
      key: "sk-stored",
      settings: { server: "vllm", headers: { "x-secret": "canary" } },
    });
  });

  test("a field that is emptied is cleared", async () => {
    const profiles = await begin();
    const { id } = await profiles.create({
      name: "A",
      provider: "openai",
      key: "sk-stored",
      baseURL: "https://api.openai.com/v1",
      model: "gpt-5",
      settings: { verbosity: "low" },
      reasoning: { effort: "low" },
    });
    const { profile } = await (await form(registry().get("openai"))).parse(
      { name: "A", auth: "key", baseURL: "", model: "", settings: { verbosity: "" }, reasoning: {} },
      { hasStoredKey: true },
    );
    const saved = await profiles.update(id, changesOf(profile ?? { name: "", provider: "" }));
    expect(saved).toMatchObject({ model: "", settings: {}, secrets: { key: "set" } });
    expect(saved.baseURL).toBeUndefined();
    expect(saved.reasoning).toBeUndefined();
  });
});

describe("unsaved values", () => {
  test("use the stored key and headers while the origin stays, and never at another origin", async () => {
    const [own, foreign] = [await listen(), await listen()];
    const profiles = await begin();
    const { id } = await profiles.create({
      name: "A",
      provider: "custom",
      baseURL: `${own.origin}/v1`,
      key: "sk-stored-key",
      settings: { headers: { "x-secret": "canary" } },
    });
    await listModels(await draftSource(profiles, { provider: "custom", baseURL: `${own.origin}/other/v1` }, id), { cache: memoryCache() });
    await listModels(await draftSource(profiles, { provider: "custom", baseURL: `${foreign.origin}/v1` }, id), { cache: memoryCache() });
    await listModels(await draftSource(profiles, { provider: "custom", baseURL: `${foreign.origin}/v1`, auth: "key" }, id), {
      cache: memoryCache(),
    });
    expect(own.asked.map(({ headers }) => [headers.authorization, headers["x-secret"]])).toEqual([["Bearer sk-stored-key", "canary"]]);
    expect(foreign.asked.length).toBeGreaterThan(0);
    expect(JSON.stringify(foreign.asked)).not.toMatch(/sk-stored-key|canary/);
  });

  test("problems are named by field", async () => {
    await expect(draftSource(await begin(), { provider: "openai", settings: { verbosity: "loud" } })).rejects.toMatchObject({
      code: "invalid",
      issues: [{ path: "settings.verbosity" }],
    });
  });
});
