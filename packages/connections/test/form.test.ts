import { type Form, form, isShown, issueText, summaryOf } from "@lumiverse/connections";
import type { JsonObject, Provider } from "@lumiverse/core";
import { registry } from "@lumiverse/core";
import { defineProvider } from "@lumiverse/core/provider";
import { annotations, defineSettings } from "@lumiverse/core/settings";
import Rjsf from "@rjsf/core";
import { customizeValidator } from "@rjsf/validator-ajv8";
import { Ajv2020 } from "ajv/dist/2020.js";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, test } from "vitest";
import { providers } from "./providers.ts";
import { put, sample } from "./sample-values.ts";

const KEY = "sk-0123456789abcdef";
const of = (id: string): Promise<Form> => form(registry().get(id));
const field = (given: Form, path: string) => given.fields.find((one) => one.path === path);
const messages = async (given: Form, values: unknown): Promise<Record<string, string>> =>
  Object.fromEntries(((await given.parse(values)).issues ?? []).map(({ path, message }) => [path, message]));

/** Pairs of settings that exclude each other. */
const EXCLUSIVE = /^[A-Z].* accepts \w+ or \w+, not both$/;

describe.each(providers.map((one) => [one.id, one] as const))("the form of %s", (id, provider: Provider) => {
  test("is JSON Schema 2020-12 that compiles, and every field has a title, help, a kind and titled choices", async () => {
    const { schema, fields, sections } = await form(provider);
    expect(() => new Ajv2020({ strict: false, allErrors: true }).compile(schema)).not.toThrow();
    for (const one of fields) {
      expect(one.title, one.path).toMatch(/^\S/);
      expect(one.title, one.path).not.toContain(".");
      expect(one.help ?? "", one.path).toMatch(/\S/);
      for (const choice of one.choices ?? []) expect(choice.title, `${one.path} ${choice.value}`).not.toBe("");
      if (one.condition !== undefined)
        expect(
          fields.map(({ path }) => path),
          one.path,
        ).toContain(one.condition.path);
    }
    expect(new Set(fields.map(({ path }) => path)).size).toBe(fields.length);
    expect(new Set(sections.map(({ title }) => title)).size).toBe(sections.length);
  });

  test("has no field of kind json", async () => {
    expect((await form(provider)).fields.filter(({ kind }) => kind === "json")).toEqual([]);
  });

  test("is drawn by react-jsonschema-form, with every shown field", async () => {
    const made = await form(provider);
    const validator = customizeValidator({ AjvClass: Ajv2020 as never, ajvOptionsOverrides: { strict: false } }); // its type names the older draft
    const html = renderToStaticMarkup(createElement(Rjsf, { schema: made.schema, uiSchema: made.uiSchema, validator, formData: {} }));
    expect(html).not.toMatch(/Unknown field type|Unsupported field/);
    // An unset choice stays unset.
    for (const select of html.match(/<select[^>]*root_settings.*?<\/select>/g) ?? []) {
      const [path = ""] = /root_[\w.]+/.exec(select) ?? [];
      const one = made.fields.find((candidate) => `root_${candidate.path.replaceAll(".", "_")}` === path);
      if (one?.default === undefined)
        expect(select).toMatch(/<option value="" selected="">|<option value="">[^<]*<\/option>(?!.*selected)/);
    }
    for (const one of made.fields) {
      if (one.kind === "sign-in" || !isShown(one, made.fields, {}) || !one.title) continue;
      expect(html.includes(`root_${one.path.replaceAll(".", "_")}`), one.path).toBe(true);
    }
    for (const one of made.fields)
      if (one.condition !== undefined && one.kind !== "sign-in" && !isShown(one, made.fields, {}))
        expect(html.includes(`"root_${one.path.replaceAll(".", "_")}"`), one.path).toBe(false);
  });

  test("has no two groups of one title, one inside the other", async () => {
    const walk = (schema: JsonObject, above: readonly string[]): void => {
      const title = String(schema["title"] ?? "");
      if (schema["properties"] !== undefined) expect(above, id).not.toContain(title);
      const inner = { ...(schema["properties"] as JsonObject | undefined) };
      for (const one of Object.values(inner)) walk(one as JsonObject, [...above, title]);
    };
    walk((await form(provider)).schema as JsonObject, []);
  });

  test("parses a value in every field, and its own schema accepts the same values", async () => {
    const made = await form(provider);
    const region = id === "google-vertex" ? { settings: { region: "us-central1" } } : {};
    const values: JsonObject = {
      name: "All",
      model: "some-model",
      ...region,
      ...(provider.base === undefined ? { baseURL: "http://localhost:1/v1" } : {}),
    };
    for (const one of made.fields)
      if (one.path.startsWith("settings.") && !(id === "google-vertex" && one.path === "settings.region"))
        put(values, one.path, sample(one));
    const parsed = await made.parse({ ...values, auth: "none", baseURL: "http://localhost:1/v1" });
    expect((parsed.issues ?? []).filter(({ message }) => !EXCLUSIVE.test(message))).toEqual([]);
    const validate = new Ajv2020({ strict: false, allErrors: true, formats: { uri: true } }).compile(made.schema);
    validate({ ...values, auth: "none" });
    const wrong = (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
    expect(wrong).toEqual([]);
  });
});

describe("parse", () => {
  test("gives a profile that the store accepts, without what was left empty", async () => {
    const made = await of("anthropic");
    const { profile } = await made.parse({
      name: " Claude ",
      key: ` ${KEY} `,
      baseURL: "",
      model: "claude-opus-4-5",
      settings: { promptCache: { enabled: true, ttl: "1h" }, betas: [], userId: "", citations: null },
      reasoning: { effort: "budget", budgetTokens: 2048, history: "3" },
    });
    expect(profile).toEqual({
      name: "Claude",
      provider: "anthropic",
      key: KEY,
      auth: "key",
      model: "claude-opus-4-5",
      settings: { promptCache: { enabled: true, ttl: "1h" } },
      reasoning: { effort: { budgetTokens: 2048 }, history: 3 },
    });
  });

  test("names every problem by field, in words with the field's title", async () => {
    const found = await messages(await of("openrouter"), {
      name: "",
      key: KEY,
      baseURL: "http://public.example/v1",
      settings: { routing: { sort: "fast", order: "one" }, responseCacheSeconds: 0, app: { url: "no url" }, nonsense: true },
      other: 1,
    });
    expect(found).toEqual({
      name: "Name is required",
      baseURL: expect.stringMatching(/^API URL uses plain http for the public host public.example/),
      "settings.routing.sort": 'Sort must be one of "price", "throughput", "latency", "exacto"',
      "settings.routing.order": "Preferred providers must be a list",
      "settings.responseCacheSeconds": "Response cache must be a whole number from 1 to 86400",
      "settings.app.url": "App URL must be a URL such as https://example.com",
      "settings.nonsense": "settings.nonsense: there is no such setting",
      other: "other: there is no such field",
    });
  });

  test("one text for a problem names the field once", async () => {
    const { issues = [] } = await (await of("openai")).parse({ key: KEY, zz: 1 });
    expect(issues.map(issueText)).toEqual(["zz: there is no such field", "Name is required"]);
    expect(summaryOf(issues)).toBe("zz: there is no such field (and 1 more)");
    expect(issueText({ path: "name", message: "is required" })).toBe("name: is required");
    expect(issueText({ path: "model", message: "model is required" })).toBe("model is required");
    expect(issueText({ path: "model", message: "models must be text" })).toBe("model: models must be text");
    expect(summaryOf([{ path: "", message: "The form has no values" }])).toBe("The form has no values");
  });

  test("a missing key is named together with a missing address", async () => {
    expect(await messages(await of("custom"), { name: "A", auth: "key" })).toEqual({
      baseURL: expect.stringMatching(/^API URL is required/),
      key: "API key is required",
    });
  });

  test("a key of the environment is for the vendor's own address alone", async () => {
    const made = await of("openai");
    expect(await messages(made, { name: "A", auth: "environment", baseURL: "https://proxy.example.com/v1" })).toEqual({
      auth: expect.stringMatching(/^Key must be a stored key or none/),
    });
    expect(await messages(made, { name: "A", auth: "environment" })).toEqual({});
  });

  test("an empty key is an error only where no key is stored", async () => {
    const made = await of("openai");
    expect(await messages(made, { name: "A" })).toEqual({ key: "API key is required" });
    expect((await made.parse({ name: "A" }, { hasStoredKey: true })).profile).toEqual({ name: "A", provider: "openai", auth: "key" });
  });

  test("a value whose field is hidden is not saved", async () => {
    const { profile } = await (await of("nanogpt")).parse({
      name: "N",
      key: KEY,
      settings: { subscription: true, provider: "some-upstream" },
    });
    expect(profile?.settings).toEqual({ subscription: true });
  });

  test("problems with a key do not quote it", async () => {
    const found = await messages(await of("openai"), { name: "A", key: "canary with blanks" });
    expect(found["key"]).toMatch(/^API key contains blanks/);
    expect(JSON.stringify(found)).not.toContain("canary");
  });
});

describe("credentials", () => {
  const account = (change: object = {}): string =>
    JSON.stringify({
      type: "service_account",
      client_email: "bot@project-7.iam.gserviceaccount.com",
      project_id: "project-7",
      private_key_id: "1",
      private_key: `-----BEGIN PRIVATE KEY-----\n${btoa("not a real key, but base64")}\n-----END PRIVATE KEY-----\n`,
      ...change,
    });

  test("a service account says its project and e-mail, and no secret", async () => {
    const made = await of("google-vertex");
    const { details: facts } = made.describeKey(account());
    expect(facts).toMatchObject({ project: "project-7" });
    expect(JSON.stringify(facts)).toContain("bot@project-7");
    expect(JSON.stringify(facts)).not.toContain("PRIVATE");
    expect(field(made, "key")).toMatchObject({ kind: "secret-text", title: "Service account JSON" });
  });

  test.each([
    ["a person's own sign-in", { type: "authorized_user" }, /authorized_user/],
    ["an OAuth client", { type: undefined, web: {} }, /OAuth client/],
    ["a federation file", { type: "external_account" }, /external_account/],
    ["no e-mail", { client_email: undefined }, /client_email/],
  ])("%s is named as the wrong kind of JSON", async (_, change, problem) => {
    const described = (await of("google-vertex")).describeKey(account(change));
    expect(described.problem).toMatch(problem);
  });

  test("sign-in is offered where the vendor has one, and a keyless choice where keys are optional", async () => {
    expect(field(await of("openrouter"), "signIn")?.kind).toBe("sign-in");
    expect(field(await of("openai"), "signIn")).toBeUndefined();
    expect(field(await of("custom"), "auth")).toMatchObject({ default: "none" });
    expect(field(await of("openai"), "auth")).toMatchObject({ default: "key" });
  });
});

describe("addresses", () => {
  test.each([
    ["zai", {}, "https://api.z.ai/api/paas/v4/chat/completions"],
    ["zai", { settings: { codingPlan: true } }, "https://api.z.ai/api/coding/paas/v4/chat/completions"],
    ["openai", { baseURL: "https://my-proxy.example.com/v1/chat/completions" }, "https://my-proxy.example.com/v1/chat/completions"],
    ["custom", { baseURL: "localhost:5000" }, "http://localhost:5000/v1/chat/completions"],
    ["custom", { baseURL: "localhost:5000", settings: { protocol: "messages" } }, "http://localhost:5000/v1/messages"],
    ["nanogpt", { settings: { subscription: true } }, "https://nano-gpt.com/api/subscription/v1/chat/completions"],
  ])("%s with %j chats at %s", async (id, values, chat) => {
    expect((await (await of(id)).address(values)).address?.chat).toBe(chat);
  });

  test("the model list's address is shown, too, and a wrong URL is explained", async () => {
    expect((await (await of("groq")).address({})).address?.models).toBe("https://api.groq.com/openai/v1/models");
    expect(await (await of("groq")).address({ baseURL: "ftp://x" })).toEqual({
      problem: expect.stringMatching(/^The URL has the scheme ftp:/),
    });
    expect(await (await of("custom")).address({})).toEqual({ problem: expect.stringMatching(/is required/) });
  });
});

describe("conditions", () => {
  test("fields of prompt caching appear once it is enabled", async () => {
    const made = await of("anthropic");
    const ttl = field(made, "settings.promptCache.ttl");
    expect(ttl && isShown(ttl, made.fields, {})).toBe(false);
    expect(ttl && isShown(ttl, made.fields, { settings: { promptCache: { enabled: true } } })).toBe(true);
  });

  test("an absent value counts as its default, and an unset switch as off", async () => {
    const custom = await of("custom");
    const usage = field(custom, "settings.usageInStream");
    expect(usage && isShown(usage, custom.fields, {})).toBe(true);
    expect(usage && isShown(usage, custom.fields, { settings: { protocol: "messages" } })).toBe(false);
    const nanogpt = await of("nanogpt");
    const upstream = field(nanogpt, "settings.provider");
    expect(upstream && isShown(upstream, nanogpt.fields, {})).toBe(true);
  });
});

describe("the sections of the mission", () => {
  test("OpenRouter has Routing and Plugins", async () => {
    const { sections } = await of("openrouter");
    const titles = (section: string): string[] => sections.find(({ title }) => title === section)?.fields.map(({ title }) => title) ?? [];
    expect(titles("Routing")).toEqual(
      expect.arrayContaining(["Sort", "Preferred providers", "Allowed providers", "Ignored providers", "Quantizations", "Data collection"]),
    );
    expect(titles("Plugins")).toEqual(expect.arrayContaining(["Web Search", "Response Healing", "Context Compression"]));
  });

  test("Anthropic has six caching fields, whose help says when to use each", async () => {
    const { sections } = await of("anthropic");
    const fields = sections.find(({ title }) => title === "Prompt caching")?.fields ?? [];
    expect(fields.map(({ title, kind, default: value }) => [title, kind, value])).toEqual([
      ["Enable Prompt Caching", "boolean", false],
      ["Prompt Cache TTL", "choice", "5m"],
      ["Use Automatic Caching", "boolean", false],
      ["Cache Tools", "boolean", false],
      ["Cache System Prompt", "boolean", false],
      ["Cache Conversation Prefix", "boolean", false],
    ]);
    expect(fields[1]?.choices).toEqual([
      { value: "5m", title: "5 minutes" },
      { value: "1h", title: "1 hour" },
    ]);
    const help = fields.map((one) => one.help);
    for (const [index, meaning] of [
      /same to the byte/,
      /every few minutes.*pause/,
      /normal chats.*no other box/,
      /agents/,
      /character card/,
      /long chats/,
    ].entries())
      expect(help[index]).toMatch(meaning);
  });

  test.each([
    ["zai", "settings.codingPlan", "tri-state"],
    ["google-vertex", "settings.region", "text"],
    ["nanogpt", "settings.subscription", "tri-state"],
    ["custom", "settings.headers", "record"],
    ["openai", "settings.api", "choice"],
  ])("%s has %s as %s", async (id, path, kind) => {
    expect(field(await of(id), path)?.kind).toBe(kind);
  });
});

test("a third party's provider has a form without any code of ours", async () => {
  const provider = defineProvider<{ mode?: "slow" | "fast-lane"; loud?: boolean }>({
    id: "third-party",
    name: "Third Party",
    docs: "https://example.com",
    version: "1.0.0",
    contract: 1,
    credential: { kind: "none" },
    base: "https://api.example.com/v1",
    route: () => {
      throw new Error("not called");
    },
    operations: () => Promise.reject(new Error("not called")),
    settings: async () =>
      defineSettings<{ mode?: "slow" | "fast-lane"; loud?: boolean }>({
        validator: { "~standard": { version: 1, vendor: "by hand", validate: (value) => ({ value: value as object }) } },
        schema: {
          type: "object",
          properties: {
            mode: { type: "string", enum: ["slow", "fast-lane"], ...annotations({ title: "Mode", section: "Speed" }) },
            loud: { type: "boolean", ...annotations({ title: "Loud", help: "Says more", section: "Speed" }) },
          },
        },
      }),
  });
  const made = await form(provider as unknown as Provider); // the form does not look at the settings' type
  expect(made.sections.map(({ title }) => title)).toEqual(["Connection", "Address", "Model", "Speed", "Reasoning"]);
  expect(field(made, "settings.mode")).toMatchObject({
    kind: "choice",
    choices: [
      { value: "slow", title: "Slow" },
      { value: "fast-lane", title: "Fast lane" },
    ],
  });
  expect(field(made, "settings.loud")).toMatchObject({ kind: "tri-state", help: "Says more" });
  expect((await made.parse({ name: "T", settings: { loud: false } })).profile?.settings).toEqual({ loud: false });
});
