import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProfiles, isConnectionsError, masterKeyFromText, newMasterKey, openVault, type Profiles } from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import { registry } from "@lumiverse/core";
import { withDemo } from "@lumiverse/gateway/admin";
import { afterEach, describe, expect, test } from "vitest";
import { providers } from "../../connections/test/providers.ts";
import { type Demo, openDemo } from "../src/index.ts";

const fixtures: Readonly<Record<string, string>> = Object.fromEntries(
  providers.map(({ id }) => [id, new URL(`../../../providers/${id}/fixtures/`, import.meta.url).pathname]),
);
const open: Demo[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function demo(given: Readonly<Record<string, string>> = fixtures): Promise<{ demo: Demo; skipped: [string, string][] }> {
  const skipped: [string, string][] = [];
  const opened = await openDemo({ registry: registry(), fixtures: given, onSkipped: (...why) => void skipped.push(why) });
  open.push(opened);
  return { demo: opened, skipped };
}

async function ownProfiles(): Promise<Profiles> {
  const store = await openSqliteStore(":memory:");
  return createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]) });
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "done",
    (cause: unknown) => (isConnectionsError(cause) ? cause.code : String(cause)),
  );

describe("the demo", () => {
  test("has one connection for each of the 21 providers, and each one answers", async () => {
    const { demo: opened, skipped } = await demo();
    expect(skipped).toEqual([]);
    const all = await opened.profiles.list();
    expect(all.map(({ provider }) => provider).sort()).toEqual(providers.map(({ id }) => id).sort());
    for (const { id, model, name } of all) {
      const connection = await opened.profiles.open(id);
      const { finishReason, text, reasoning } = await connection.generate({ model, messages: [{ role: "user", content: "Hello" }] });
      expect(text + reasoning, name).not.toBe("");
      expect(finishReason, name).toMatch(/^(?:stop|length)$/);
    }
  });

  test("never reaches an address of nobody", async () => {
    const { demo: opened } = await demo();
    const { fetch } = opened.profiles.connectOptions;
    await expect(fetch?.("https://example.com/v1/models")).rejects.toThrow(/the demo has no examples for https:\/\/example\.com/);
  });

  test("leaves out a provider whose fixtures cannot be read, and says why", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lumiverse-demo-"));
    mkdirSync(join(folder, "text"));
    writeFileSync(join(folder, "text/case.json"), "{");
    try {
      const { demo: opened, skipped } = await demo({ groq: fixtures["groq"] ?? "", openai: folder, xai: join(folder, "none") });
      expect((await opened.profiles.list()).map(({ provider }) => provider)).toEqual(["groq"]);
      expect(skipped.map(([id]) => id)).toEqual(["openai", "xai"]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe("a person's own connections beside those of the demo", () => {
  test("come first, win a name, hold the default, and can be changed; those of the demo cannot", async () => {
    const { demo: opened } = await demo({ groq: fixtures["groq"] ?? "" });
    const own = await ownProfiles();
    const both = await withDemo(own, opened.profiles, { stays: true });
    const [shown] = await opened.profiles.list();
    const id = shown?.id ?? "";
    expect((await both.default())?.id).toBe(id);
    const mine = await both.create({ name: shown?.name ?? "", provider: "custom", baseURL: "http://127.0.0.1:9/v1", auth: "none" });
    expect((await both.list()).map((profile) => [profile.id, profile.isDefault])).toEqual([
      [mine.id, true],
      [id, false],
    ]);
    expect((await both.find(shown?.name ?? ""))?.id).toBe(mine.id);
    for (const change of [both.update(id, { name: "x" }), both.remove(id), both.duplicate(id), both.setDefault(id)])
      expect(await codeOf(change)).toBe("unavailable");
    expect(both.isDemo(id)).toBe(true);
    expect(both.isDemo(mine.id)).toBe(false);
    await both.remove(mine.id);
    expect(await both.list()).toHaveLength(1);
  });

  test("take their place, unless the demo is to stay, and leave it when they are removed", async () => {
    const { demo: opened } = await demo({ groq: fixtures["groq"] ?? "" });
    const both = await withDemo(await ownProfiles(), opened.profiles);
    const names = async (): Promise<string[]> => (await both.list()).map(({ name }) => name);
    expect(await names()).toEqual(["Demo Groq"]);
    const mine = await both.create({ name: "Mine", provider: "custom", baseURL: "http://127.0.0.1:9/v1", auth: "none" });
    expect(await names()).toEqual(["Mine"]);
    expect(await both.find("Demo Groq")).toBeUndefined();
    expect((await both.default())?.name).toBe("Mine");
    await both.remove(mine.id);
    expect(await names()).toEqual(["Demo Groq"]);
    expect((await both.find("Demo Groq"))?.provider).toBe("groq");
  });

  test("never share a key: a connection of one's own to the same vendor does not answer from examples", async () => {
    const { demo: opened } = await demo({ groq: fixtures["groq"] ?? "" });
    const own = await ownProfiles();
    const both = await withDemo(own, opened.profiles, { stays: true });
    const mine = await both.create({ name: "Mine", provider: "groq", key: "gsk_0123456789", model: "m" });
    expect((await both.source(mine.id)).connect).toBeUndefined();
    const shown = (await both.list()).find(({ id }) => both.isDemo(id));
    const source = await both.source(shown?.id ?? "");
    expect(source.connect?.fetch).toBeDefined();
    expect(source.key).not.toBe("gsk_0123456789");
  });
});
