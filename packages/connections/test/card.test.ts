import {
  accountLines,
  card,
  createProfiles,
  masterKeyFromText,
  newMasterKey,
  openVault,
  type Profile,
  type ProfileInput,
  readBalance,
  readBalances,
} from "@lumiverse/connections";
import { openSqliteStore } from "@lumiverse/connections/node";
import { type JsonObject, registry } from "@lumiverse/core";
import { afterEach, describe, expect, test } from "vitest";
import { settingsLines } from "../src/card/settings-lines.ts";
import { type Fault, type FaultServer, json, startFaultServer } from "./fault-server.ts";
import "./providers.ts";

const servers: FaultServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});
const profileOf = async (input: Omit<ProfileInput, "name">): Promise<Profile> => {
  const store = await openSqliteStore(":memory:");
  const profiles = createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]) });
  const profile = await profiles.create({ name: "Mine", key: "sk-test-key", ...input });
  await store.close();
  return profile;
};
const linesOf = (profile: Profile): string[] => card(profile, registry().get(profile.provider)).lines.map(({ text }) => text);

describe("the lines of a card", () => {
  test.each([
    ["automatic and system", { enabled: true, automatic: true, system: true }, "Cache 5m • auto + system"],
    ["all explicit", { enabled: true, ttl: "1h", tools: true, system: true, conversation: true }, "Cache 1h • tools + system + messages"],
    ["nothing ticked", { enabled: true }, "Cache 5m • auto"],
    ["off", { enabled: false, automatic: true, system: true }, undefined],
  ])("caching at Anthropic with %s", async (_, promptCache, line) => {
    const lines = linesOf(await profileOf({ provider: "anthropic", model: "claude-opus-4-5", settings: { promptCache } }));
    expect(lines).toEqual(["Anthropic / claude-opus-4-5", ...(line === undefined ? [] : [line])]);
  });

  test("caching at NanoGPT and OpenAI, in their own terms", async () => {
    const nanogpt = {
      promptCache: { enabled: true, stickyProvider: true, cutAfterMessageIndex: 4, explicitCacheControl: true, forceRouting: true },
    };
    expect(linesOf(await profileOf({ provider: "nanogpt", model: "m", settings: nanogpt }))).toContain(
      "Cache 5m • sticky • cut@4 • explicit • force route",
    );
    expect(
      linesOf(
        await profileOf({ provider: "openai", model: "m", settings: { promptCache: { mode: "explicit", ttl: "12h", system: true } } }),
      ),
    ).toContain("Cache 12h • system");
  });

  test("routing and plugins of OpenRouter in short", async () => {
    const settings = {
      routing: { sort: "price", order: ["a", "b", "c", "d"], ignore: ["e"], dataCollection: "deny", allowFallbacks: false },
      plugins: { webSearch: { enabled: true }, responseHealing: true, contextCompression: false },
    };
    expect(linesOf(await profileOf({ provider: "openrouter", model: "m", settings })).slice(1)).toEqual([
      "Routing: cheapest, prefers a, b, c and 1 more, never e, no data collection, no fallbacks",
      "Plugins: Web Search, Response Healing, no Context Compression",
    ]);
  });

  test.each(["constructor", "toString", "__proto__"])("a word that every object answers to is shown like any other (%s)", (word) => {
    const settings = JSON.parse(`{ "routing": { "sort": "${word}" }, "plugins": { "${word}": true, "webSearch": true } }`) as JsonObject;
    expect(settingsLines(settings).map(({ text }) => text)).toEqual([`Routing: ${word}`, "Plugins: Web Search"]);
  });

  test("the plan, the region, an overridden address, a missing key and the reasoning", async () => {
    expect(linesOf(await profileOf({ provider: "zai", model: "glm-5.1", settings: { codingPlan: true } }))).toEqual([
      "Z.AI / glm-5.1",
      "Coding Plan",
    ]);
    const reasoning = { effort: "high", show: false, history: "strip" } as const;
    const proxied = await profileOf({ provider: "openai", model: "", baseURL: "https://proxy.example", reasoning });
    expect(linesOf({ ...proxied, secrets: { key: "missing" } })).toEqual([
      "OpenAI / no model",
      "https://proxy.example/v1",
      "Key missing",
      "Reasoning: high • hidden • history stripped",
    ]);
  });

  test("a provider that is not installed still has a card", async () => {
    const profile = { ...(await profileOf({ provider: "openai", model: "m" })), provider: "gone" };
    expect(card(profile, undefined).lines[0]?.text).toBe("gone (not installed) / m");
  });
});

const at = Date.parse("2026-11-30T12:00:00Z");
describe("account lines", () => {
  test("an account's balance and a key's limit are told apart, and an unknown balance is not called empty", () => {
    expect(
      accountLines({
        balance: { amount: 12.5, currency: "USD" },
        keyLimit: { limit: 10, remaining: 3, used: 7, currency: "USD", resets: "monthly" },
        summary: "",
      }),
    ).toEqual(["Account credit: $12.50", "This key: $3.00 of $10.00 left, resets monthly"]);
    expect(accountLines({ keyLimit: { limit: null, remaining: null, used: 1.25, currency: "USD" }, summary: "" })).toEqual([
      "Account credit: not readable with this key",
      "This key: no limit, $1.25 used",
    ]);
  });

  test("windows say what is left and when they reset; what is not known is not zero", () => {
    const windows = [
      { name: "today", remaining: 8_000_000, limit: 10_000_000, unit: "input tokens", resetsAt: "2026-11-30T15:30:00Z" },
      { name: "images today", used: 3, unit: "images" },
      { name: "this week", fraction: 1.2, unit: "calls", resetsAt: "2026-12-02T13:00:00Z" },
      { name: "other", unit: "calls" },
    ];
    expect(accountLines({ windows, plan: "subscription", state: "active", summary: "" }, at)).toEqual([
      "Today: 8M of 10M input tokens left, resets in 3 h 30 min",
      "Images today: 3 images used",
      "This week: 120% used, resets in 2 d 1 h",
      "Other: unknown",
      "Plan: subscription, active",
    ]);
  });
});

describe("live balances", () => {
  const begin = async (
    provider: string,
    fault: Fault,
  ): Promise<{ profiles: ReturnType<typeof createProfiles>; profile: Profile; server: FaultServer }> => {
    const server = await startFaultServer(fault);
    servers.push(server);
    const store = await openSqliteStore(":memory:");
    const profiles = createProfiles({
      store,
      vault: await openVault(store, [masterKeyFromText(newMasterKey())]),
      connect: { fetch: server.vendorFetch, retry: false },
    });
    return { profiles, profile: await profiles.create({ name: "Mine", provider, key: "sk-test-key-123456", model: "m" }), server };
  };

  test("OpenRouter's key limit and, with a management key, the account's credit", async () => {
    const { profiles, profile } = await begin("openrouter", (asked, response) =>
      asked.path.endsWith("/credits")
        ? json(response, 200, { data: { total_credits: 20, total_usage: 7.5 } })
        : json(response, 200, { data: { usage: 2, limit: 5, limit_remaining: 3, is_management_key: true } }),
    );
    const balance = await readBalance(() => profiles.open(profile.id));
    const lines = card(profile, registry().get("openrouter"), balance).lines.filter(({ kind }) => kind === "account");
    expect(lines.map(({ text }) => text)).toEqual([
      "Account credit: $12.50",
      "This key: $3.00 of $5.00 left",
      expect.stringMatching(/management key/),
    ]);
    expect(lines[0]).toMatchObject({ age: "just now", readAt: balance.readAt });
  });

  test("NanoGPT's subscription windows with their resets", async () => {
    const { profiles, profile } = await begin("nanogpt", (asked, response) =>
      asked.path.endsWith("/usage")
        ? json(response, 200, {
            active: true,
            state: "active",
            limits: { weeklyInputTokens: 1000 },
            weeklyInputTokens: { used: 400, remaining: 600, percentUsed: 0.4, resetAt: Date.now() + 7_200_000 + 30_000 },
            dailyInputTokens: null,
          })
        : json(response, 200, { usd_balance: "4.00", nano_balance: "0" }),
    );
    const { lines } = card(profile, registry().get("nanogpt"), await readBalance(() => profiles.open(profile.id)));
    expect(lines.map(({ text }) => text)).toEqual([
      "NanoGPT / m",
      "Account credit: $4.00",
      "This week: 600 of 1K input tokens left, resets in 2 h 0 min",
      "Plan: subscription, active",
    ]);
  });

  test("a failure is a text beside the last balance and its age, and never shows the key", async () => {
    let broken = false;
    const { profiles, profile } = await begin("openrouter", (_, response) =>
      broken
        ? json(response, 500, { error: { message: "boom sk-test-key-123456" } })
        : json(response, 200, { data: { usage: 2, limit: 5, limit_remaining: 3 } }),
    );
    const before = await readBalance(() => profiles.open(profile.id));
    broken = true;
    const after = await readBalance(() => profiles.open(profile.id), before);
    const { lines } = card(profile, registry().get("openrouter"), after, Date.parse(before.readAt ?? "") + 300_000);
    expect(lines.slice(1).map(({ text, age }) => [text, age])).toEqual([
      ["Account credit: not readable with this key", "5 min ago"],
      ["This key: $3.00 of $5.00 left", "5 min ago"],
      [expect.stringMatching(/^The balance could not be read: .*boom \[key\]/), undefined],
    ]);
  });

  test("a vendor without balances has no line and no failure", async () => {
    const { profiles, profile } = await begin("groq", () => false);
    expect(await readBalance(() => profiles.open(profile.id))).toEqual({ isUnsupported: true });
  });

  test("a missing key is a failure as text", async () => {
    const { profiles, profile } = await begin("openrouter", () => false);
    await profiles.update(profile.id, { key: null });
    expect((await readBalance(() => profiles.open(profile.id))).failure).toMatch(/no key is stored/);
  });

  test("several balances are read at once, each with a failure of its own", async () => {
    const { profiles, profile } = await begin("openrouter", () => false);
    const balances = await readBalances([profile, { id: "nobody" }], (id) => profiles.open(id));
    expect(balances.get(profile.id)?.account?.keyLimit?.remaining).toBe(9);
    expect(balances.get("nobody")?.failure).toMatch(/there is no connection/);
  });
});
