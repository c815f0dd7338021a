import { createRegistry } from "@lumiverse/core";
import { describe, expect, test } from "vitest";
import { createClient } from "../src/client.ts";
import { KEY_VARIABLES, registerFromEnv } from "../src/env.ts";
import { fallback } from "../src/fallback/index.ts";
import { withBudget } from "../src/middleware/index.ts";
import { mock } from "../src/mock/index.ts";

describe("createClient", () => {
  const setup = () => {
    const a = mock(["from a", "again"], { id: "a" });
    const client = createClient({ providers: [a.provider], connections: { a: { fetch: a.fetch } } });
    return { a, client };
  };
  test("finds a model by provider/model, whose id may hold slashes", async () => {
    const { a, client } = setup();
    expect((await client("a/openai/gpt-oss").generate("hi")).text).toBe("from a");
    expect(a.requests[0]?.body).toMatchObject({ model: "openai/gpt-oss", messages: [{ role: "user", content: "hi" }] });
    const { text } = await client("a/m")
      .stream({ messages: [{ role: "user", content: "hi" }], seed: 1 })
      .response();
    expect(text).toBe("again");
    expect(client("a/m").connection).toBe(client("a/n").connection);
  });
  test("says what is wrong with a name", () => {
    const { client } = setup();
    expect(() => client("gpt")).toThrow(/not of the form provider\/model/);
    expect(() => client("b/gpt")).toThrow(/"b" is not installed or not imported \(here: a\)/);
  });
  test("wraps connections, and its models are targets of fallback", async () => {
    const { a, client: plain } = setup();
    const client = createClient({
      providers: [a.provider],
      connections: { a: { fetch: a.fetch } },
      wrap: (one) => withBudget(one, { calls: 0 }),
    });
    const both = fallback([client("a/x"), plain("a/y")]);
    expect((await both.generate({ model: "", messages: [{ role: "user", content: "hi" }] })).text).toBe("from a");
    expect(a.requests[0]?.body).toMatchObject({ model: "y" });
  });
});

describe("registerFromEnv", () => {
  test("knows the variable of every provider with a key", async () => {
    const all = (await import("lumiverse/all").then(() => import("@lumiverse/core"))).registry().list();
    const variables = all.flatMap(({ id, credential }) => (credential.kind === "none" || id === "custom" ? [] : [[id, credential.env]]));
    expect(Object.fromEntries(variables)).toEqual(KEY_VARIABLES);
  });
  test("registers providers whose key is there, and says what is not installed", async () => {
    const registry = createRegistry();
    const found = await registerFromEnv({
      registry,
      env: { GROQ_API_KEY: "k", OPENAI_API_KEY: "", XAI_API_KEY: "k" },
      load: (name) => (name.includes("xai") ? Promise.reject(new Error("no such package")) : import(name)),
    });
    expect(found.map(({ id, problem }) => [id, problem])).toEqual([
      ["groq", undefined],
      ["xai", expect.stringContaining("npm install @lumiverse/xai")],
    ]);
    expect(registry.list().map(({ id }) => id)).toEqual(["groq"]);
  });
});
