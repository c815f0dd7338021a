import {
  ConnectionsError,
  createProfiles,
  exportProfiles,
  importProfiles,
  lockedVault,
  masterKeyFromText,
  newMasterKey,
  openVault,
  type Profiles,
  previewImport,
} from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import { createRegistry, registry, type SettingsMigration } from "@lumiverse/core";
import { afterEach, describe, expect, test } from "vitest";
import { EXPORT_PURPOSE } from "../src/transfer/export.ts";
import { importKey, seal } from "../src/vault/cipher.ts";
import { deriveKey, newDerivation } from "../src/vault/derivation.ts";
import "./providers.ts";

const CANARY = "canary-7f3a91";
const PASSPHRASE = "a passphrase of the test";
const COST = 2 ** 10;
const opened: Profiles[] = [];
afterEach(async () => void (await Promise.all(opened.splice(0).map(({ store }) => store.close()))));
const begin = async (): Promise<Profiles> => {
  const store = await openSqliteStore(":memory:");
  const profiles = createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]) });
  opened.push(profiles);
  return profiles;
};
const filled = async (): Promise<Profiles> => {
  const profiles = await begin();
  await profiles.create({
    name: "Claude",
    provider: "anthropic",
    key: `sk-ant-${CANARY}`,
    model: "claude-opus-4-5",
    settings: { promptCache: { enabled: true } },
    reasoning: { effort: "high" },
  });
  await profiles.create({
    name: "Local",
    provider: "custom",
    baseURL: "http://localhost:8000/v1",
    key: `local-${CANARY}`,
    settings: { server: "vllm", headers: { "x-secret": `header-${CANARY}` } },
  });
  return profiles;
};

describe("export and import", () => {
  test("a plain export holds no secret, and the import asks for the keys", async () => {
    const text = await exportProfiles(await filled());
    expect(text).not.toContain(CANARY);
    const other = await begin();
    expect(await previewImport(other, text)).toMatchObject({
      secrets: "none",
      entries: [
        { name: "Claude", origin: "https://api.anthropic.com", hasKey: false, issues: [] },
        { name: "Local", origin: "http://localhost:8000", hasKey: false, issues: [] },
      ],
    });
    expect(await other.list()).toEqual([]);
    const [claude, local] = await importProfiles(other, text, [0, 1]);
    expect(claude).toMatchObject({
      model: "claude-opus-4-5",
      settings: { promptCache: { enabled: true } },
      reasoning: { effort: "high" },
      secrets: { key: "missing" },
    });
    expect((await other.source(local?.id ?? "")).settings).toEqual({ server: "vllm" });
  });

  test("an export with a passphrase restores every secret, and opens with nothing else", async () => {
    const text = await exportProfiles(await filled(), { passphrase: PASSPHRASE, cost: COST });
    expect(text).not.toContain(CANARY);
    const other = await begin();
    expect((await previewImport(other, text)).secrets).toBe("sealed");
    expect((await previewImport(other, text, PASSPHRASE)).entries.map(({ hasKey }) => hasKey)).toEqual([true, true]);
    await expect(importProfiles(other, text, [0], "another passphrase")).rejects.toMatchObject({ code: "invalid" });
    const [claude, local] = await importProfiles(other, text, [0, 1], PASSPHRASE);
    expect((await other.source(claude?.id ?? "")).key).toBe(`sk-ant-${CANARY}`);
    expect(await other.source(local?.id ?? "")).toMatchObject({
      key: `local-${CANARY}`,
      settings: { server: "vllm", headers: { "x-secret": `header-${CANARY}` } },
    });
  });

  test("a name that differs from a stored one in its Unicode form alone receives a number", async () => {
    const profiles = await begin();
    await profiles.create({ name: "Caf\u00e9", provider: "openrouter", auth: "key", model: "a/b" });
    const text = (await exportProfiles(profiles)).replace("Caf\u00e9", "Cafe\u0301");
    expect((await previewImport(profiles, text)).entries[0]?.storedAs).toBe("Cafe\u0301 (2)");
    expect((await importProfiles(profiles, text, [0])).map(({ name }) => name)).toEqual(["Cafe\u0301 (2)"]);
  });

  test("a connection that is switched off stays so in an import", async () => {
    const profiles = await filled();
    const [claude] = await profiles.list();
    await profiles.update(claude?.id ?? "", { isEnabled: false });
    const imported = await importProfiles(await begin(), await exportProfiles(profiles), [0, 1]);
    expect(imported.map(({ name, isEnabled }) => [name, isEnabled])).toEqual([
      ["Claude", false],
      ["Local", true],
    ]);
  });

  test("an entry is the same as a stored connection when nothing but secrets and the order of fields differs", async () => {
    const profiles = await begin();
    await profiles.create({ name: "Plain", provider: "openrouter", auth: "key", model: "a/b" });
    await profiles.create({
      name: "Local",
      provider: "custom",
      baseURL: "http://localhost:8000/v1",
      auth: "none",
      settings: { server: "vllm", headers: { "x-secret": "one" } },
    });
    const plain = { name: "A", provider: "openrouter", auth: "key", model: "a/b" };
    const local = { name: "B", provider: "custom", baseURL: "http://localhost:8000/v1", auth: "none" };
    const entries: [object, string | undefined][] = [
      [plain, "Plain"],
      [{ ...plain, settings: { routing: { sort: "price" } } }, undefined],
      [{ ...plain, reasoning: { effort: "high" } }, undefined],
      [{ ...local, settings: { headers: { "x-secret": "another" }, server: "vllm" } }, "Local"],
      [{ ...local, settings: { server: "llama.cpp" } }, undefined],
      [local, undefined],
      [{ ...local, auth: "key", settings: { server: "vllm" } }, undefined],
    ];
    const file = { format: "lumiverse-connections", version: 1, profiles: entries.map(([entry]) => entry) };
    const preview = await previewImport(profiles, JSON.stringify(file));
    expect(preview.entries.map(({ issues, sameAs }) => [issues, sameAs])).toEqual(entries.map(([, same]) => [[], same]));
  });

  test("an import never gives a stored key to another address, whatever ids and names it carries", async () => {
    const profiles = await filled();
    const [claude] = await profiles.list();
    const file = JSON.parse(await exportProfiles(profiles)) as { profiles: Record<string, unknown>[] };
    file.profiles = [{ ...file.profiles[0], id: claude?.id, baseURL: "https://evil.example/v1" }];
    const [imported] = await importProfiles(profiles, JSON.stringify(file), [0]);
    expect(imported).toMatchObject({ name: "Claude (2)", origin: "https://evil.example", isDefault: false, secrets: { key: "missing" } });
    expect(imported?.id).not.toBe(claude?.id);
    expect((await profiles.source(imported?.id ?? "")).key).toBeUndefined();
    expect((await profiles.get(claude?.id ?? "")).origin).toBe("https://api.anthropic.com");
  });

  test("only the accepted entries are imported, and entries that cannot be are shown with their problem", async () => {
    const file = JSON.parse(await exportProfiles(await filled())) as { profiles: Record<string, unknown>[] };
    file.profiles.push({ name: "Odd", provider: "not-installed", model: "m", auth: "key", settings: {} });
    const other = await begin();
    const text = JSON.stringify(file);
    expect((await previewImport(other, text)).entries[2]?.issues).toEqual([
      { path: "provider", message: expect.stringMatching(/not installed/) },
    ]);
    expect((await importProfiles(other, text, [1])).map(({ name }) => name)).toEqual(["Local"]);
  });

  test("a preview finds everything that would stop the import halfway, and all other entries are imported", async () => {
    const entry = { provider: "custom", model: "m", baseURL: "http://127.0.0.1:1/v1", auth: "none", settings: {} };
    const wrong: [object, string][] = [
      [{ name: "  " }, "name"],
      [{ name: "b", baseURL: "ftp://host" }, "baseURL"],
      [{ name: "c", settings: { nonsense: true } }, "settings.nonsense"],
      [{ name: "d", settings: JSON.parse('{"headers":{"__proto__":"x"}}') }, "settings.headers.__proto__"],
      [{ name: "f", provider: "openai", auth: "environment", baseURL: "https://evil.example/v1" }, "auth"],
      [{ name: "g", provider: "constructor" }, "provider"],
      [{ name: "h", reasoning: { effort: "enormous" } }, "reasoning.effort"],
      [{ name: "i", settingsVersion: 7 }, "settings"],
    ];
    const file = { format: "lumiverse-connections", version: 1, profiles: [...wrong.map(([one]) => one), { name: "good" }] };
    file.profiles = file.profiles.map((one) => ({ ...entry, ...one }));
    const profiles = await begin();
    const { entries } = await previewImport(profiles, JSON.stringify(file));
    expect(entries.map(({ issues }) => issues[0]?.path)).toEqual([...wrong.map(([, path]) => path), undefined]);
    const accepted = entries.filter(({ issues }) => issues.length === 0).map(({ index }) => index);
    expect((await importProfiles(profiles, JSON.stringify(file), accepted)).map(({ name }) => name)).toEqual(["good"]);
  });

  test("settings of an older release are migrated when they are imported, and those of a newer one are refused", async () => {
    const profiles = await begin();
    const custom = registry().get("custom");
    const settings = await custom.settings?.();
    if (settings === undefined) throw new Error("custom has settings");
    const migrations: SettingsMigration[] = [({ kind, ...others }) => ({ ...others, ...(kind === undefined ? {} : { server: kind }) })];
    const newer = createProfiles({
      store: profiles.store,
      vault: lockedVault(new ConnectionsError({ code: "vault-locked", message: "no secret is needed here" })),
      registry: createRegistry([{ ...custom, settings: async () => ({ ...settings, migrations }) }]),
    });
    const file = (settingsVersion: number, given: object): string =>
      JSON.stringify({
        format: "lumiverse-connections",
        version: 1,
        profiles: [{ name: "A", provider: "custom", baseURL: "http://127.0.0.1:1/v1", auth: "none", settings: given, settingsVersion }],
      });
    expect((await importProfiles(newer, file(0, { kind: "vllm" }), [0]))[0]).toMatchObject({
      settings: { server: "vllm" },
      settingsVersion: 1,
    });
    expect((await importProfiles(newer, file(1, { server: "vllm" }), [0]))[0]?.settings).toEqual({ server: "vllm" });
    expect(JSON.parse(await exportProfiles(newer)).profiles[0]).toMatchObject({ settingsVersion: 1, settings: { server: "vllm" } });
    expect((await previewImport(newer, file(2, {}))).entries[0]?.issues).toMatchObject([{ path: "settings" }]);
    await expect(importProfiles(newer, file(2, {}), [0])).rejects.toMatchObject({ code: "invalid", issues: [{ path: "0.settings" }] });
    await expect(previewImport(newer, file(-1, {}))).rejects.toMatchObject({ code: "invalid" });
  });

  test("sealed secrets that another program wrote cannot pass for texts", async () => {
    const derivation = newDerivation(COST);
    const sealed = [{ key: 5 }, [null], [{ key: { toString: "x" }, settings: [] }], ["text"], 7].map((one) => JSON.stringify(one));
    for (const text of [...sealed, "canary{", ""]) {
      const key = await importKey(await deriveKey(PASSPHRASE, derivation));
      const file = {
        format: "lumiverse-connections",
        version: 1,
        profiles: [{ name: "A", provider: "openai", auth: "key", settings: {} }],
        secrets: { derivation, ...(await seal(key, text, EXPORT_PURPOSE)) },
      };
      const result = await importProfiles(await begin(), JSON.stringify(file), [0], PASSPHRASE).catch((cause: unknown) => cause);
      if (text.startsWith("[")) expect(result).toMatchObject([{ name: "A", secrets: { key: "missing" } }]);
      else expect(result).toMatchObject({ code: "invalid", message: expect.not.stringContaining("canary") });
    }
  });

  test.each([
    ["no JSON", "canary{"],
    ["another file", '{"format":"other","profiles":[]}'],
    ["a later version", '{"format":"lumiverse-connections","version":2,"profiles":[]}'],
    ["an entry without a name", '{"format":"lumiverse-connections","version":1,"profiles":[{"provider":"openai"}]}'],
  ])("%s is refused without being quoted", async (_, text) => {
    const error: unknown = await previewImport(await begin(), text).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "invalid" });
    expect(String(error)).not.toContain("canary");
  });

  test("a file cannot make the key derivation use up the memory", async () => {
    const file = JSON.parse(await exportProfiles(await filled(), { passphrase: PASSPHRASE, cost: COST })) as {
      secrets: { derivation: { n: number } };
    };
    file.secrets.derivation.n = 2 ** 30;
    await expect(previewImport(await begin(), JSON.stringify(file), PASSPHRASE)).rejects.toMatchObject({ code: "invalid" });
  });

  test("a locked vault exports no secrets, and a plain export works", async () => {
    const profiles = await filled();
    const reason: unknown = await openVault(profiles.store, [masterKeyFromText(newMasterKey())]).catch((cause: unknown) => cause);
    const locked = createProfiles({ store: profiles.store, vault: lockedVault(reason as Parameters<typeof lockedVault>[0]) });
    expect(JSON.parse(await exportProfiles(locked)).profiles).toHaveLength(2);
    await expect(exportProfiles(locked, { passphrase: PASSPHRASE, cost: COST })).rejects.toMatchObject({ code: "vault-locked" });
    await expect(exportProfiles(profiles, { passphrase: "short" })).rejects.toMatchObject({ code: "invalid" });
  });
});
