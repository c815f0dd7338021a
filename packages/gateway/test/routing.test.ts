import Anthropic from "@anthropic-ai/sdk";
import type { Profile } from "@lumiverse/connections";
import OpenAI from "openai";
import { afterEach, describe, expect, test } from "vitest";
import type { AliasInput } from "../src/index.ts";
import { findTarget } from "../src/routing/target.ts";
import { CHAT, chatBody, listen, openTestGateway, type TestGateway, until } from "./gateways.ts";
import { answer, chunk, json, refuse, WORDS } from "./vendor-server.ts";

let opened: TestGateway | undefined;
let clock = Date.UTC(2026, 10, 30, 12);
const gateway = async (options: Parameters<typeof openTestGateway>[0] = {}): Promise<TestGateway> => {
  opened = await openTestGateway({ now: () => clock, ...options });
  return opened;
};
afterEach(async () => {
  await opened?.close();
  clock = Date.UTC(2026, 10, 30, 12);
});

const list = (name: string, targets: string[], policy: AliasInput["policy"] = {}): AliasInput => ({
  name,
  targets: targets.map((target) => ({ target })),
  policy,
});
const HI = { role: "user", content: "Hi" } as const;
const asked = ({ vendor }: TestGateway): (string | undefined)[] => vendor.asked.map(({ body }) => body.model);
const textOf = async (response: Response): Promise<string> => {
  const body = (await response.json()) as { choices: { message: { content: string } }[] };
  return body.choices[0]?.message.content ?? "";
};

describe("names of models", () => {
  test("a model is named by its connection, whatever the case of its letters, and may contain slashes and colons", async () => {
    const one = await gateway();
    for (const model of ["local/a", "LOCAL/a", "local/org/model:8b"]) expect((await one.ask(CHAT, chatBody(model))).status).toBe(200);
    expect(asked(one)).toEqual(["a", "a", "org/model:8b"]);
  });

  test("a connection's name alone means its own model", async () => {
    const one = await gateway();
    await one.ask(CHAT, chatBody("spare"));
    expect(asked(one)).toEqual(["spare-model"]);
  });

  test("the longest name of a connection wins", async () => {
    const one = await gateway();
    await one.profiles.create({ name: "local/eu", provider: "custom", baseURL: "http://localhost:1/eu/v1", model: "own" });
    one.gateway.refresh();
    await one.ask(CHAT, chatBody("local/eu/m"));
    expect(one.vendor.asked[0]).toMatchObject({ path: "/eu/v1/chat/completions", body: { model: "m" } });
  });

  test("a connection that another process has just added is served at once, although names are kept for a second", async () => {
    const one = await gateway();
    await one.ask(CHAT, chatBody("local/a"));
    await one.profiles.create({ name: "Fresh", provider: "custom", baseURL: "http://localhost:1/fresh/v1", model: "own" });
    clock += 10;
    expect((await one.ask(CHAT, chatBody("fresh/b"))).status).toBe(200);
    expect((await one.ask(CHAT, chatBody("nobody/b"))).status).toBe(404);
  });

  test("names are read again after the clock was set back", async () => {
    const one = await gateway();
    await one.ask(CHAT, chatBody("local/a"));
    await one.profiles.update((await one.profiles.find("local"))?.id ?? "", { name: "renamed" });
    clock -= 3_600_000;
    expect((await one.ask(CHAT, chatBody("local/a"))).status).toBe(404);
    expect((await one.ask(CHAT, chatBody("renamed/a"))).status).toBe(200);
  });

  test("an alias whose connection was removed is reported, and readiness counts it without names", async () => {
    const one = await gateway();
    await one.gateway.aliases.save({ name: "Old", targets: [{ target: "spare/m" }, { target: "local/m" }] });
    await one.gateway.aliases.save({ name: "Fine", targets: [{ target: "local/m" }] });
    expect(await one.gateway.missingTargets()).toEqual([]);
    await one.profiles.remove((await one.profiles.find("spare"))?.id ?? "");
    one.gateway.refresh();
    expect(await one.gateway.missingTargets()).toMatchObject([{ alias: "Old", target: "spare/m", index: 0 }]);
    const ready = await one.gateway.fetch(new Request("http://localhost:4141/health/ready"));
    expect([ready.status, await ready.json()]).toEqual([200, { status: "ok", missingTargets: 1 }]);
  });

  test("a name of a million slashes is compared with no more names than a short one", () => {
    let lookUps = 0;
    const profiles = new Map<string, Profile>();
    profiles.get = () => {
      lookUps++;
      return undefined;
    };
    expect(findTarget(`local${"/".repeat(1_000_000)}m`, { profiles })).toBeUndefined();
    expect(lookUps).toBeLessThan(500);
  });

  test("an unknown name is a 404 that names near ones", async () => {
    const one = await gateway();
    const response = await one.ask(CHAT, chatBody("grok/llama"));
    expect(response.status).toBe(404);
    expect(await response.text()).toContain("groq/…");
  });

  test("an alias can be called like a model of another vendor, and its targets set fields of the request", async () => {
    const one = await gateway();
    await one.gateway.aliases.save({
      name: "claude-fast",
      targets: [{ target: "local/m", options: { temperature: 0.1, maxOutputTokens: 7 } }],
    });
    await one.ask(CHAT, chatBody("Claude-Fast", { temperature: 0.9 }));
    expect(one.vendor.asked[0]?.body).toMatchObject({ model: "m", temperature: 0.1, max_tokens: 7 });
  });

  test("an alias whose connections are gone says so", async () => {
    const one = await gateway();
    await one.gateway.aliases.save(list("gone", ["no-such/m"]));
    const response = await one.ask(CHAT, chatBody("gone"));
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining("no target that exists")]);
  });

  test("an alias from outside is checked field by field", async () => {
    const one = await gateway();
    const bad = {
      name: "",
      targets: [{ target: 1, options: { messages: [], model: "x" }, weight: 2 }],
      policy: { attempts: 0, retries: 1 },
    };
    await expect(one.gateway.aliases.save(bad as never)).rejects.toMatchObject({
      code: "invalid",
      issues: [
        { path: "name" },
        { path: "targets.0.target" },
        { path: "targets.0.options.model" },
        { path: "targets.0.options.messages" },
        { path: "targets.0.weight" },
        { path: "policy.attempts" },
        { path: "policy.retries" },
      ],
    });
  });
});

describe("a list of targets", () => {
  test("the next target answers when one fails before its first content, and headers and the ledger show every attempt", async () => {
    const one = await gateway();
    one.vendor.answers.set("a", refuse(503));
    one.vendor.answers.set("b", refuse(500));
    await one.gateway.aliases.save(list("main", ["local/a", "spare/b", "third/c"]));
    for (const stream of [false, true]) {
      const response = await one.ask(CHAT, chatBody("main", { stream }));
      expect(response.status).toBe(200);
      expect(response.headers.get("x-lumiverse-target")).toBe("third/c");
      expect(response.headers.get("x-lumiverse-attempts")).toBe("3");
      expect(response.headers.get("x-lumiverse-attempt-log")).toMatch(
        /^local\/a 503 overloaded \d+ms, spare\/b 500 server \d+ms, third\/c 200 ok \d+ms$/,
      );
      await response.text();
      await one.gateway.aliases.save(list("main", ["local/a", "spare/b", "third/c"], { cooldownMs: 0 }));
    }
    const { calls } = await one.gateway.ledger.list();
    expect(calls[0]).toMatchObject({ state: "finished", connection: "third", model: "c", requestedModel: "main" });
    expect(calls[0]?.attempts.map(({ connection, error }) => [connection, error])).toEqual([
      ["local", "overloaded"],
      ["spare", "server"],
      ["third", undefined],
    ]);
  });

  test("a mistake of the caller is not passed on", async () => {
    const one = await gateway();
    one.vendor.answers.set("a", refuse(400));
    await one.gateway.aliases.save(list("main", ["local/a", "spare/b"]));
    expect((await one.ask(CHAT, chatBody("main"))).status).toBe(400);
    expect(asked(one)).toEqual(["a"]);
  });

  test("a target that cannot serve the request is passed over before a byte leaves", async () => {
    const one = await gateway();
    await one.gateway.aliases.save(list("vision", ["groq/llama-3.3-70b-versatile", "local/seeing"]));
    const image = { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0KGgo=" } };
    const response = await one.ask(CHAT, {
      model: "vision",
      messages: [{ role: "user", content: [{ type: "text", text: "What is it?" }, image] }],
    });
    expect([response.status, asked(one)]).toEqual([200, ["seeing"]]);
  });

  test("after content has arrived, a failure is an error in the stream", async () => {
    const one = await gateway();
    one.vendor.answers.set("cut", (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(chunk({ content: "half of an ans" }));
      setTimeout(() => response.destroy(), 20);
    });
    await one.gateway.aliases.save(list("main", ["local/cut", "spare/b"]));
    const response = await one.ask(CHAT, chatBody("main", { stream: true }));
    const text = await response.text();
    expect(response.status).toBe(200);
    expect(text).toContain("half of an ans");
    expect(text).toContain('"error"');
    expect(asked(one)).toEqual(["cut"]);
    expect((await one.gateway.ledger.list()).calls[0]).toMatchObject({ state: "failed", error: { code: "network" } });
  });

  test("with restart, the neutral protocol takes back what was sent and the next target answers from the start", async () => {
    const one = await gateway();
    one.vendor.answers.set("cut", (_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(chunk({ content: "half of an ans" }));
      setTimeout(() => response.destroy(), 20);
    });
    await one.gateway.aliases.save(list("main", ["local/cut", "spare/b"], { afterContent: "restart" }));
    const request = { messages: [{ role: "user", content: "Count." }] };
    const text = await (await one.ask("/lumiverse/v1/chat", { model: "main", request })).text();
    expect(text).toContain('{"type":"replace","index":0}');
    expect(text).toContain("event: response");
    // Chat Completions cannot take anything back, so its clients receive the error.
    expect(await (await one.ask(CHAT, chatBody("main", { stream: true }))).text()).toContain('"error"');
  });

  test("a target that is overloaded rests, in every process on the database, as long as its vendor says", async () => {
    const one = await gateway();
    one.vendor.answers.set("a", refuse(429, { "retry-after": "20" }));
    await one.gateway.aliases.save(list("main", ["local/a", "spare/b"]));
    await one.ask(CHAT, chatBody("main"));
    await until(async () => (await one.ask(CHAT, chatBody("main"))).headers.get("x-lumiverse-attempts") === "1", "the cool-down");
    const before = one.vendor.asked.length;
    const other = await openTestGateway({ vendor: one.vendor, now: () => clock });
    await other.close();
    clock += 19_000;
    await one.ask(CHAT, chatBody("main"));
    expect(asked(one).slice(before)).toEqual(["b"]);
    clock += 2000;
    await one.ask(CHAT, chatBody("main"));
    expect(asked(one).slice(before)).toEqual(["b", "a", "b"]);
  });

  test("the target whose rest ends first is tried when all rest, and one success ends its rest", async () => {
    const one = await gateway();
    let healthy = false;
    const flaky = (wait: string) => (given: Parameters<typeof answer>[0], response: Parameters<typeof answer>[1]) =>
      healthy ? answer(given, response) : refuse(429, { "retry-after": wait })(given, response);
    one.vendor.answers.set("a", flaky("60"));
    one.vendor.answers.set("b", flaky("30"));
    await one.gateway.aliases.save(list("main", ["local/a", "spare/b"]));
    expect((await one.ask(CHAT, chatBody("main"))).status).toBe(429);
    await until(async () => {
      const attempts = (await one.ask(CHAT, chatBody("main"))).headers.get("x-lumiverse-attempt-log");
      return attempts?.startsWith("spare/b") === true;
    }, "the rest of both");
    healthy = true;
    const count = one.vendor.asked.length;
    expect(await textOf(await one.ask(CHAT, chatBody("main")))).toBe(WORDS.join(""));
    expect(asked(one).slice(count)).toEqual(["b"]);
  });

  test("one budget of attempts covers all targets, and the answer tells clients not to repeat the call", async () => {
    const one = await gateway();
    for (const model of ["a", "b", "c", "d"]) one.vendor.answers.set(model, refuse(503));
    await one.gateway.aliases.save(list("main", ["local/a", "local/b", "local/c", "local/d"], { attempts: 2, cooldownMs: 0 }));
    const response = await one.ask(CHAT, chatBody("main"));
    expect([response.status, response.headers.get("x-should-retry"), asked(one)]).toEqual([503, "false", ["a", "b"]]);
  });

  test("a single target is tried three times and then refused for good", async () => {
    const one = await gateway();
    one.vendor.answers.set("a", refuse(503, { "retry-after-ms": "1" }));
    const response = await one.ask(CHAT, chatBody("local/a"));
    expect([response.status, response.headers.get("x-should-retry"), response.headers.get("x-lumiverse-attempts")]).toEqual([
      503,
      "false",
      "3",
    ]);
    expect(asked(one)).toEqual(["a", "a", "a"]);
    expect((await one.gateway.ledger.list()).calls).toHaveLength(1);
  });

  const BODIES = [
    [CHAT, chatBody("local/a")],
    ["/v1/responses", { model: "local/a", input: "Hi" }],
    ["/v1/messages", { model: "local/a", max_tokens: 9, messages: [{ role: "user", content: "Hi" }] }],
    ["/v1beta/models/local/a:generateContent", { contents: [{ role: "user", parts: [{ text: "Hi" }] }] }],
  ] as const;

  test.each(BODIES)("a single target that asks for a long wait is left to the client: %s", async (path, body) => {
    const one = await gateway();
    for (const [wait, shouldRetry] of [
      [6, null],
      [60, null],
      [61, "false"],
    ] as const) {
      one.vendor.asked.splice(0);
      one.vendor.answers.set("a", refuse(503, { "retry-after": String(wait) }));
      const response = await one.ask(path, body);
      expect([response.status, response.headers.get("retry-after"), response.headers.get("x-should-retry")]).toEqual([
        path === "/v1/messages" ? 529 : 503,
        String(wait),
        shouldRetry,
      ]);
      expect(asked(one)).toEqual(["a"]);
    }
  });

  test("official clients repeat a call whose wait is left to them, and no more often than the gateway would", async () => {
    const one = await gateway({ maxWaitMs: 0 });
    one.vendor.answers.set("a", refuse(503, { "retry-after-ms": "5" }));
    const server = await listen(one.gateway);
    const apiKey = "any";
    const clients = [
      () => new OpenAI({ apiKey, baseURL: `${server.url}/v1` }).chat.completions.create({ model: "local/a", messages: [HI] }),
      () => new Anthropic({ apiKey, baseURL: server.url }).messages.create({ model: "local/a", max_tokens: 9, messages: [HI] }),
    ];
    for (const ask of clients) {
      one.vendor.asked.splice(0);
      await expect(ask()).rejects.toThrow();
      expect(asked(one)).toEqual(["a", "a", "a"]);
    }
    await server.close({ graceMs: 0 });
  });

  test("a single target that recovers is used with the next call, after one request, however often it failed", async () => {
    const one = await gateway();
    one.vendor.answers.set("a", refuse(503, { "retry-after-ms": "1" }));
    await one.gateway.aliases.save(list("solo", ["local/a"]));
    await one.gateway.aliases.save(list("left", ["keyless/b", "local/a"]));
    for (const model of ["solo", "local/a", "left"]) expect((await one.ask(CHAT, chatBody(model))).status).toBe(503);
    one.vendor.answers.delete("a");
    for (const model of ["solo", "local/a", "left"]) {
      one.vendor.asked.splice(0);
      expect((await one.ask(CHAT, chatBody(model))).status).toBe(200);
      expect(asked(one)).toEqual(["a"]);
    }
  });

  test("a target that is left alone of a list is tried three times", async () => {
    const one = await gateway();
    const refused = refuse(503, { "retry-after-ms": "1" });
    const [large, small] = ["llama-3.3-70b-versatile", "llama-3.1-8b-instant"];
    for (const model of ["b", small]) one.vendor.answers.set(model, refused);
    await one.profiles.create({ name: "keyless", provider: "groq", model: large, auth: "key" }).catch(() => undefined);
    await one.gateway.aliases.save(list("main", [`keyless/${large}`, "local/b"]));
    await one.gateway.aliases.save(list("priced", [`groq/${large}`, `groq/${small}`]));
    one.gateway.refresh();
    expect((await one.ask(CHAT, chatBody("main"))).status).toBe(503);
    expect(asked(one)).toEqual(["b", "b", "b"]);
    // The key can pay for the small model alone.
    const { secret } = await one.gateway.keys.create({ name: "Team", limits: { budgetPerDay: 0.0006 } });
    expect((await one.ask(CHAT, chatBody("priced", { max_tokens: 2000 }), { key: secret })).status).toBe(503);
    expect(asked(one).slice(3)).toEqual([small, small, small]);
  });

  test("a connection that cannot be opened is passed over", async () => {
    const one = await gateway();
    await one.profiles.create({ name: "keyless", provider: "groq", model: "llama-3.3-70b-versatile", auth: "key" }).catch(() => undefined);
    await one.gateway.aliases.save(list("main", ["keyless/llama-3.3-70b-versatile", "local/b"]));
    one.gateway.refresh();
    expect((await one.ask(CHAT, chatBody("main"))).status).toBe(200);
    expect(asked(one)).toEqual(["b"]);
  });
});

describe("a connection that is switched off", () => {
  const switchOff = async (one: TestGateway, name: string): Promise<void> => {
    const profile = await one.profiles.find(name);
    await one.profiles.update(profile?.id ?? "", { isEnabled: false });
    one.gateway.refresh();
  };

  test("is refused by its name for good, without a request, and works again when it is switched on", async () => {
    const one = await gateway();
    await switchOff(one, "local");
    const response = await one.ask(CHAT, chatBody("local/a"));
    expect([response.status, response.headers.get("x-should-retry")]).toEqual([503, "false"]);
    expect(await response.text()).toContain('the connection \\"local\\" is switched off');
    const messages = [{ role: "user", content: "Hi" }];
    for (const [path, body] of [
      ["/v1/responses", { model: "local/a", input: "Hi" }],
      ["/v1/messages", { model: "local/a", max_tokens: 9, messages }],
      ["/v1beta/models/local/a:generateContent", { contents: [{ role: "user", parts: [{ text: "Hi" }] }] }],
      ["/lumiverse/v1/chat", { model: "local/a", request: { messages } }],
    ] as const)
      expect([path, (await one.ask(path, body)).status]).toEqual([path, 503]);
    expect(asked(one)).toEqual([]);
    await one.profiles.update((await one.profiles.find("local"))?.id ?? "", { isEnabled: true });
    one.gateway.refresh();
    expect((await one.ask(CHAT, chatBody("local/a"))).status).toBe(200);
  });

  test("is passed over in a list, which is refused when all of it is switched off", async () => {
    const one = await gateway();
    await one.gateway.aliases.save(list("main", ["local/a", "spare/b"]));
    await switchOff(one, "local");
    expect((await one.ask(CHAT, chatBody("main"))).headers.get("x-lumiverse-attempts")).toBe("1");
    expect(asked(one)).toEqual(["b"]);
    await switchOff(one, "spare");
    const response = await one.ask(CHAT, chatBody("main"));
    expect([response.status, await response.text()]).toEqual([503, expect.stringContaining('all connections of the model \\"main\\"')]);
    expect(asked(one)).toEqual(["b"]);
  });

  test("is left out of the list of models, and so is an alias that has no other", async () => {
    const one = await gateway();
    await one.gateway.aliases.save(list("both", ["local/a", "spare/b"]));
    await one.gateway.aliases.save(list("alone", ["local/a"]));
    await switchOff(one, "local");
    const { data } = (await (await one.gateway.fetch(new Request("http://localhost:4141/v1/models"))).json()) as { data: { id: string }[] };
    const ids = data.map(({ id }) => id);
    expect(ids).toContain("both");
    expect(ids).toContain("spare/spare-model");
    expect(ids.filter((id) => id === "alone" || id.startsWith("local"))).toEqual([]);
  });

  test("does not describe an alias: the first target that can be used does", async () => {
    const models = [{ id: "big", context_window: 9000 }];
    const one = await gateway({
      wrapFetch: (send) => async (url, init) =>
        String(url).endsWith("/models") ? Response.json({ object: "list", data: models }) : send(url, init),
    });
    await one.gateway.aliases.save(list("main", ["gone/big", "local/a", "spare/big"]));
    await switchOff(one, "local");
    const request = new Request("http://localhost:4141/v1/models", { headers: { "anthropic-version": "2023-06-01" } });
    const { data } = (await (await one.gateway.fetch(request)).json()) as { data: { id: string }[] };
    expect(data.find(({ id }) => id === "main")).toMatchObject({ max_input_tokens: 9000 });
  });

  test("is unknown to a key that may not use it", async () => {
    const one = await gateway();
    await switchOff(one, "local");
    const { secret } = await one.gateway.keys.create({ name: "Guest", models: ["spare/*"] });
    const response = await one.ask(CHAT, chatBody("local/a"), { key: secret });
    expect([response.status, await response.text()]).toEqual([403, expect.not.stringContaining("switched off")]);
  });
});

describe("a key that may not see targets", () => {
  test("receives neither the name nor the address of the target, in answers and in errors", async () => {
    const one = await gateway();
    one.vendor.answers.set("secret-model", (_, response) =>
      json(response, 404, { error: { message: "The model `secret-model` does not exist at groq", code: "model_not_found" } }),
    );
    await one.gateway.aliases.save(list("house", ["groq/secret-model"]));
    await one.gateway.aliases.save(list("open", ["groq/llama-3.3-70b-versatile"]));
    const { secret } = await one.gateway.keys.create({ name: "Guest" });
    for (const [model, stream] of [
      ["house", false],
      ["house", true],
      ["open", false],
      ["open", true],
    ] as const) {
      const response = await one.ask(CHAT, chatBody(model, { stream }), { key: secret });
      const shown = JSON.stringify([...response.headers]) + (await response.text());
      for (const name of ["secret-model", "groq", "llama", "vendor-model"]) expect(shown.toLowerCase()).not.toContain(name);
      expect(response.headers.get("x-lumiverse-attempts")).toBe("1");
      expect(response.headers.get("x-should-retry")).toBe(model === "house" ? "false" : null);
    }
    const { calls } = await one.gateway.ledger.list();
    expect(new Set(calls.map(({ connection, model }) => `${connection}/${model}`))).toEqual(
      new Set(["groq/secret-model", "groq/llama-3.3-70b-versatile"]),
    );
  });

  test("does not learn the name of a target from a longer name that begins with it", async () => {
    const one = await gateway();
    one.vendor.answers.set("secret-model", (_, response) =>
      json(response, 404, { error: { message: "The model `secret-model-2026-08-06` does not exist", code: "model_not_found" } }),
    );
    await one.gateway.aliases.save(list("house", ["groq/secret-model"]));
    const { secret } = await one.gateway.keys.create({ name: "Guest" });
    const response = await one.ask(CHAT, chatBody("house"), { key: secret });
    expect(await response.text()).not.toContain("secret-model");
  });

  test("does not learn which connection cannot be used", async () => {
    const one = await gateway();
    const model = "llama-3.3-70b-versatile";
    await one.profiles.create({ name: "keyless", provider: "groq", model, auth: "key" }).catch(() => undefined);
    await one.gateway.aliases.save(list("house", [`keyless/${model}`]));
    one.gateway.refresh();
    const guest = await one.gateway.keys.create({ name: "Guest" });
    const owner = await one.gateway.keys.create({ name: "Owner", seesTargets: true });
    const [hidden, shown] = await Promise.all([guest, owner].map(({ secret }) => one.ask(CHAT, chatBody("house"), { key: secret })));
    expect(await shown?.text()).toContain("keyless");
    const text = await hidden?.text();
    expect(text).toContain("no key is stored");
    for (const name of ["keyless", "groq", "llama"]) expect(text).not.toContain(name);
  });

  test("a key that may see them does", async () => {
    const one = await gateway();
    await one.gateway.aliases.save(list("house", ["local/m"]));
    const { secret } = await one.gateway.keys.create({ name: "Owner", seesTargets: true });
    const response = await one.ask(CHAT, chatBody("house"), { key: secret });
    expect(response.headers.get("x-lumiverse-target")).toBe("local/m");
  });
});

describe("the model that an answer names", () => {
  const named = async (one: TestGateway, model: string, stream: boolean): Promise<unknown[]> => {
    const text = await (await one.ask(CHAT, chatBody(model, { stream }))).text();
    const bodies = stream ? [...text.matchAll(/^data: (\{.*)$/gm)].map(([, json = ""]) => json) : [text];
    return [...new Set(bodies.map((json) => (JSON.parse(json) as { model?: unknown }).model))];
  };

  test.each([true, false])("is what the client asked for, whoever answers (stream: %s)", async (stream) => {
    const one = await gateway();
    one.vendor.answers.set("down", refuse(503));
    await one.gateway.aliases.save(list("Claude-House", ["local/down", "spare/m"]));
    for (const model of ["local/m", "local", "claude-house", "groq/llama-3.3-70b-versatile"])
      expect(await named(one, model, stream)).toEqual([model]);
    // The vendor calls its answer vendor-model.
    const response = await one.ask(CHAT, chatBody("claude-house", { stream }));
    expect(response.headers.get("x-lumiverse-target")).toBe("spare/m");
    await response.text();
    const { calls } = await one.gateway.ledger.list();
    const called = calls.filter(({ requestedModel }) => requestedModel === "claude-house");
    expect(called.map(({ connection, model }) => `${connection}/${model}`)).toEqual(["spare/m", "spare/m"]);
  });

  test.each([true, false])("is an alias that is called as the model of its target, too (stream: %s)", async (stream) => {
    const one = await gateway();
    await one.gateway.aliases.save(list("gpt-9", ["local/gpt-9"]));
    expect(await named(one, "gpt-9", stream)).toEqual(["gpt-9"]);
  });
});
