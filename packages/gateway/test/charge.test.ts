import { createProfiles, masterKeyFromText, newMasterKey, openVault, type Profiles, type Store } from "@lumiverse/connections";
import type { ChatRequest } from "@lumiverse/core";
import "@lumiverse/anthropic";
import "@lumiverse/google";
import "@lumiverse/groq";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openStore } from "../../connections/test/databases.ts";
import { type PlannedCharge, planCharge } from "../src/calls/charge.ts";
import { parseGenerateContent } from "../src/inbound/generate-content/parse.ts";
import type { VirtualKey } from "../src/keys/key.ts";

const KEY: VirtualKey = {
  id: "key",
  name: "Team",
  hint: "abcd",
  limits: { budgetPerDay: 1000 },
  seesTargets: true,
  fromFile: false,
  createdAt: "2026-11-30T12:00:00.000Z",
};
const GROQ = "groq/llama-3.3-70b-versatile";
const HELLO = { role: "user", content: "Hello" } as const;
let store: Store;
let profiles: Profiles;

beforeAll(async () => {
  store = await openStore("sqlite", ":memory:");
  profiles = createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]) });
});
afterAll(async () => {
  await profiles.close();
  await store.close();
});

/** The charge of a call to `provider/model` for a key with a budget. */
async function plan(target: string, request: Omit<ChatRequest, "model">): Promise<PlannedCharge> {
  const [provider = "", model = ""] = target.split("/");
  const profile =
    (await profiles.find(provider)) ?? (await profiles.create({ name: provider, provider, model: "", key: "a-key-0123456789-0123456789" }));
  const connection = await profiles.open(profile.id);
  return planCharge(target, [{ target: { id: target, profile, model }, connection }], { ...request, model }, KEY, profiles);
}

async function cost(target: string, messages: ChatRequest["messages"], more: Partial<ChatRequest> = {}): Promise<number> {
  return (await plan(target, { messages, ...more })).whole.charge.cost;
}

describe("the charge of a call under a budget", () => {
  const data = "QUFB".repeat(500_000);

  test("an image that is not sent lowers no reservation", async () => {
    const image = { type: "image", data, mediaType: "image/png" } as const;
    const text = { type: "text", text: "Yes" } as const;
    const without = await cost(GROQ, [HELLO, { role: "assistant", content: [text] }, HELLO]);
    expect(without).toBeGreaterThan(0);
    expect(await cost(GROQ, [HELLO, { role: "assistant", content: [text, image] }, HELLO])).toBeGreaterThanOrEqual(without);
  });

  test.each(["anthropic/claude-sonnet-4-5", "google/gemini-2.5-flash"])(
    "an image that is sent to %s costs less than its base64 as text",
    async (target) => {
      const image = await cost(target, [{ role: "user", content: [{ type: "image", data, mediaType: "image/png" }] }]);
      const text = await cost(target, [{ role: "user", content: data }]);
      expect(image).toBeGreaterThan(await cost(target, [HELLO]));
      expect(image).toBeLessThan(text / 2);
    },
  );

  test("what only looks like an image is reserved as text in the arguments of a call", async () => {
    const source = { type: "base64", media_type: "image/png", data: data.slice(0, 150_000) };
    const forms = [
      { type: "image_url", image_url: { url: `data:image/png;base64,${source.data}` } },
      { type: "image", source },
      { inlineData: { mimeType: "image/png", data: source.data } },
    ];
    for (const target of ["anthropic/claude-sonnet-4-5", "google/gemini-2.5-flash"]) {
      const text = await cost(target, [{ role: "user", content: source.data }]);
      for (const form of forms) {
        const args = JSON.stringify({ content: [form] });
        const call = { type: "tool-call", id: "c1", name: "look", arguments: args } as const;
        const result = { type: "tool-result", id: "c1", name: "look", content: "done" } as const;
        const turns = [HELLO, { role: "assistant", content: [call] }, { role: "tool", content: [result] }] as const;
        expect(await cost(target, turns)).toBeGreaterThan(text);
      }
    }
  });

  test.each([
    ["generationConfig", { candidateCount: 8, maxOutputTokens: 1000 }],
    ["generationConfig", { candidate_count: 8, max_output_tokens: 1000 }],
    ["generation_config", { candidateCount: 8, maxOutputTokens: 1000 }],
    ["generation_config", { candidate_count: 8, max_output_tokens: 1000 }],
  ])("reads the limit and the choices in each spelling (%s %o)", async (field, config) => {
    const contents = [{ role: "user", parts: [{ text: "Hello" }] }];
    const { request } = parseGenerateContent({ body: { contents, [field]: config }, headers: new Headers(), model: "gemini-2.5-flash" });
    const { whole } = await plan("google/gemini-2.5-flash", request);
    expect(whole.charge.tokens).toBeGreaterThan(8 * 1000);
    expect(whole.charge.tokens).toBeLessThan(9 * 1000);
    expect([...(whole.outputs?.values() ?? [])]).toEqual([undefined]);
  });

  test("reserves what the higher of two limits allows, and lowers neither of them", async () => {
    const body = {
      contents: [{ role: "user", parts: [{ text: "Hello" }] }],
      generationConfig: { maxOutputTokens: 100, max_output_tokens: 60_000 },
    };
    const { request } = parseGenerateContent({ body, headers: new Headers(), model: "gemini-2.5-flash" });
    const planned = await plan("google/gemini-2.5-flash", request);
    expect(planned.whole.charge.tokens).toBeGreaterThan(60_000);
    expect(planned.within(planned.whole.charge.cost - 1)).toBeUndefined();
  });

  test("an output limit that the gateway sets leaves room for the budget of thinking", async () => {
    const planned = await plan("anthropic/claude-sonnet-4-5", { messages: [HELLO], reasoning: { budgetTokens: 50_000 } });
    const limits = [planned.whole, planned.within(planned.whole.charge.cost / 1.2), planned.within(planned.whole.charge.cost / 2)];
    const [whole, less, half] = limits.map((grant) => grant?.outputs?.get(0));
    expect(whole).toBeGreaterThan(50_000);
    expect(less === undefined || less > 50_000).toBe(true);
    expect(half).toBeUndefined();
    expect(limits[2]).toBeUndefined();
  });
});
