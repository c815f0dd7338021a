import { readFileSync } from "node:fs";
import type { FieldIssue, ModelListing } from "@lumiverse/connections";
import type {
  AdminErrorBody,
  ConnectionDetail,
  ConnectionView,
  DraftPreview,
  ProviderForm,
  ProviderSummary,
} from "@lumiverse/gateway/admin";
import { afterEach, describe, expect, test, vi } from "vitest";
import { providers } from "../../connections/test/providers.ts";
import { ADMIN_KEY, openAdmin, type TestAdmin } from "./admin-client.ts";

interface Failed {
  error: AdminErrorBody;
}

let open: TestAdmin | undefined;
afterEach(async () => {
  await open?.close();
  open = undefined;
});
async function admin(...args: Parameters<typeof openAdmin>): Promise<TestAdmin> {
  open = await openAdmin(...args);
  return open;
}

const KEY = "sk-ant-canary-0123456789abcdef";
const CLAUDE = { provider: "anthropic", values: { name: "Claude", key: KEY, model: "claude-opus-4-5" } };

/** A path of a route with an id that does not exist. */
function example(path: string): string {
  return path.replace(/:\w+/g, "none").replace("/admin/v1", "");
}

describe("who may use the admin API", () => {
  test("every route but the session's asks for a session", async () => {
    const { admin: api, raw } = await admin();
    const checked: string[] = [];
    for (const { method, path } of api.routes) {
      if (path === "/admin/v1/session") continue;
      const response = await raw(method, `/admin/v1${example(path)}`, {
        headers: { "content-type": "application/json" },
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      expect(response.status, `${method} ${path}`).toBe(401);
      checked.push(path);
    }
    expect(checked.length).toBeGreaterThan(25);
  });

  test("a virtual key opens nothing, wherever it is sent", async () => {
    const { admin: api, gateway, raw } = await admin();
    const { secret } = await gateway.keys.create({ name: "program", seesTargets: true });
    const routes = api.routes.filter(({ path }) => path !== "/admin/v1/session");
    expect((await raw("GET", `/admin/v1/connections?key=${secret}`)).status).toBe(401);
    const opened = await raw("POST", "/admin/v1/session", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ key: secret, token: secret }),
    });
    expect(opened.status).toBe(401);
    for (const headers of [
      { authorization: `Bearer ${secret}` },
      { "x-api-key": secret },
      { "x-goog-api-key": secret },
      { cookie: `lumiverse_console_4141=${secret}` },
    ])
      for (const { method, path } of routes) {
        const body = method === "GET" ? {} : { body: JSON.stringify({ key: secret, name: "mine", models: ["*"] }) };
        const response = await raw(method, `/admin/v1${example(path)}`, {
          headers: { ...headers, "content-type": "application/json" },
          ...body,
        });
        // After some wrong keys, the next ones have to wait.
        expect([401, 429], `${method} ${path}`).toContain(response.status);
      }
    expect(await gateway.keys.list()).toHaveLength(1);
  });

  test("a one-time token opens one session, and its cookie is closed to scripts and other sites", async () => {
    const { admin: api, raw } = await admin();
    const token = await api.oneTimeToken();
    const enter = (): Promise<Response> =>
      raw("POST", "/admin/v1/session", { headers: { "content-type": "application/json" }, body: JSON.stringify({ token }) });
    const first = await enter();
    expect(first.status).toBe(201);
    const cookie = first.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    // A moment would end the session at once where the browser's clock is ahead.
    expect(cookie).toMatch(/Max-Age=43200/);
    expect(cookie).not.toMatch(/Expires/i);
    expect(cookie).not.toContain(token);
    const headers = { cookie: cookie.split(";")[0] ?? "" };
    expect((await raw("GET", "/admin/v1/info", { headers })).status).toBe(200);
    expect((await enter()).status).toBe(401);
    await raw("DELETE", "/admin/v1/session", { headers: { ...headers, "content-type": "application/json" } });
    expect((await raw("GET", "/admin/v1/info", { headers })).status).toBe(401);
  });

  test.each([
    ["an hour by the clock of people, as after a night's sleep of the machine", 61, 0],
    ["an hour of running, whatever people set the clock to", -60, 61],
  ])("a one-time token expires after %s", async (_, dateMinutes, elapsedMinutes) => {
    const { admin: api, raw } = await admin();
    const token = await api.oneTimeToken();
    const [date, elapsed] = [Date.now(), performance.now()];
    vi.spyOn(Date, "now").mockReturnValue(date + dateMinutes * 60_000);
    vi.spyOn(performance, "now").mockReturnValue(elapsed + elapsedMinutes * 60_000);
    try {
      const headers = { "content-type": "application/json" };
      const response = await raw("POST", "/admin/v1/session", { headers, body: JSON.stringify({ token }) });
      expect(response.status).toBe(401);
    } finally {
      vi.restoreAllMocks();
    }
  });

  test("pages of other sites are refused", async () => {
    const { raw } = await admin();
    const authorization = `Bearer ${ADMIN_KEY}`;
    for (const headers of [
      { origin: "https://evil.example" },
      { origin: "null" },
      { "sec-fetch-site": "cross-site" },
      { host: "evil.example", origin: "http://127.0.0.1:4141" },
    ])
      expect((await raw("GET", "/admin/v1/connections", { headers: { authorization, ...headers } })).status, JSON.stringify(headers)).toBe(
        403,
      );
  });

  test.each([
    ["text/plain", '"text/plain"'],
    ["application/x-www-form-urlencoded", '"application/x-www-form-urlencoded"'],
    ["multipart/form-data; boundary=x", '"multipart/form-data"'],
    ["", "without a content type"],
  ])(
    "every route that changes something refuses a request of the content type %j, which a page of another site could send",
    async (type, named) => {
      const { admin: api, raw } = await admin();
      const authorization = `Bearer ${ADMIN_KEY}`;
      const body = new TextEncoder().encode(JSON.stringify(CLAUDE)); // bytes get no content type of their own
      const changing = api.routes.filter(({ method }) => method !== "GET");
      expect(changing.length).toBeGreaterThan(15);
      for (const { method, path } of changing) {
        const headers = { authorization, ...(type === "" ? {} : { "content-type": type }) };
        const response = await raw(method, `/admin/v1${example(path)}`, { headers, body });
        expect(response.status, `${method} ${path}`).toBe(403);
        const { error } = (await response.json()) as Failed;
        expect(error).toMatchObject({ code: "forbidden", hint: "Send the header content-type: application/json" });
        expect(error.message).toContain(named);
      }
    },
  );

  test("many requests with the right key at once are no guesses", async () => {
    const { ask } = await admin();
    const statuses = await Promise.all(Array.from({ length: 60 }, async () => (await ask("GET", "/info")).status));
    expect([...new Set(statuses)]).toEqual([200]);
  });

  test("an admin key that could be guessed is refused, and guesses are slowed down", async () => {
    const { raw } = await admin();
    const guess = (): Promise<Response> => raw("GET", "/admin/v1/info", { headers: { authorization: "Bearer wrong" } });
    const statuses = await Promise.all(Array.from({ length: 30 }, async () => (await guess()).status));
    expect(statuses).toContain(401);
    expect(statuses).toContain(429);
  });
});

describe("connections", () => {
  test.each([
    ["settings", "["],
    ["reasoning", '{"a":'],
    ["key", "["],
  ])("a body whose %s are nested a hundred thousand levels deep is refused, and nothing fails", async (field, open) => {
    const { raw, reported } = await admin();
    const deep = `${open.repeat(100_000)}${open === "[" ? "" : "1"}${(open === "[" ? "]" : "}").repeat(100_000)}`;
    for (const path of ["/providers/groq/preview", "/connections"]) {
      const response = await raw("POST", `/admin/v1${path}`, {
        headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" },
        body: `{"provider":"groq","values":{"name":"x","${field}":${deep}}}`,
      });
      expect(response.status).toBe(400);
      expect(await response.text()).toContain("nested more than 200 levels deep");
    }
    expect(reported).toEqual([]);
  });

  test("the form of every provider is served, and an empty draft of it is answered with problems instead of a failure", async () => {
    const { ask, reported } = await admin();
    const { body: list } = await ask<ProviderSummary[]>("GET", "/providers");
    expect(list.map(({ id }) => id).sort()).toEqual(providers.map(({ id }) => id).sort());
    for (const { id } of list) {
      const { status, body } = await ask<ProviderForm>("GET", `/providers/${id}/form`);
      expect(status, id).toBe(200);
      expect(body.fields.length, id).toBeGreaterThan(3);
      const preview = await ask<DraftPreview>("POST", `/providers/${id}/preview`, { values: {} });
      expect(preview.status, id).toBe(200);
      expect(
        preview.body.issues.map(({ path }) => path),
        id,
      ).toContain("name");
    }
    expect(reported).toEqual([]);
  });

  test("a preview shows the effective addresses and the card before anything is saved", async () => {
    const { ask, sent } = await admin();
    const zai = await ask<DraftPreview>("POST", "/providers/zai/preview", {
      values: { name: "Z", key: "zai-key-0123456789", model: "glm-5", settings: { codingPlan: true } },
    });
    expect(zai.body.address?.chat).toBe("https://api.z.ai/api/coding/paas/v4/chat/completions");
    const claude = await ask<DraftPreview>("POST", "/providers/anthropic/preview", {
      values: { ...CLAUDE.values, settings: { promptCache: { enabled: true, ttl: "1h", system: true } } },
    });
    expect(claude.body.lines?.map(({ text }) => text)).toContain("Cache 1h • system");
    expect(sent).toEqual([]);
  });

  test("all problems come back by field, and nothing is saved", async () => {
    const { ask } = await admin();
    const { status, body } = await ask<Failed>("POST", "/connections", {
      provider: "openrouter",
      values: { name: "", settings: { routing: { sort: "nonsense" } } },
    });
    expect(status).toBe(400);
    const paths = (body.error.issues ?? []).map(({ path }: FieldIssue) => path);
    expect(paths).toEqual(expect.arrayContaining(["name", "settings.routing.sort"]));
    expect((await ask<unknown[]>("GET", "/connections")).body).toEqual([]);
  });

  test("an error names its subject once", async () => {
    const { ask } = await admin(() => Response.json({ error: { message: "no", code: "invalid_api_key" } }, { status: 401 }));
    const key = "sk-an-invented-key-0123456789";
    for (const { id } of providers) {
      const values = { name: "N", key, auth: "key", baseURL: "https://proxy.example.com/v1", model: "m" };
      const unknownField = await ask<Failed>("POST", "/connections", { provider: id, values: { ...values, zz: 1 } });
      expect(unknownField.body.error.message, id).toMatch(/^zz: there is no such field/);
      // A word and a colon, and then the same again.
      for (const [method, path, body] of [
        ["POST", "/connections", { provider: id, values: { ...values, settings: { zz: 1 } } }],
        ["POST", "/connections", { provider: id, values: {} }],
        ["POST", "/connections", { provider: id, values: { ...values, baseURL: `ftp://${id}` } }],
        ["POST", `/providers/${id}/check`, { values }],
        ["POST", `/providers/${id}/check`, { values: { ...values, settings: { zz: 1 } } }],
        ["POST", `/providers/${id}/models`, { values }],
        ["POST", `/providers/${id}/preview`, { values: { ...values, baseURL: "nonsense://" } }],
        ["POST", "/providers/zz/preview", { values }],
      ] as const)
        expect((await ask(method, path, body)).text, `${method} ${path} ${JSON.stringify(body)}`).not.toMatch(
          /\b([\w.-]+): \1(?::| must| is)/,
        );
    }
  });

  test("renaming keeps the key, and the placeholder of a stored key is no key", async () => {
    const { ask, profiles } = await admin();
    const { body: made } = await ask<ConnectionView>("POST", "/connections", CLAUDE);
    const { body: detail } = await ask<ConnectionDetail>("GET", `/connections/${made.profile.id}`);
    expect(detail.values["key"]).toBeUndefined();
    const renamed = await ask<ConnectionView>("PUT", `/connections/${made.profile.id}`, {
      values: { ...detail.values, name: "Work" },
      revision: detail.profile.revision,
    });
    expect(renamed.status).toBe(200);
    expect((await profiles.source(made.profile.id)).key).toBe(KEY);
    const masked = await ask<Failed>("PUT", `/connections/${made.profile.id}`, {
      values: { ...detail.values, key: "••••••••" },
      revision: 2,
    });
    expect(masked.status).toBe(400);
    expect(masked.body.error.issues?.map(({ path }) => path)).toEqual(["key"]);
    const removed = await ask<ConnectionView>("PUT", `/connections/${made.profile.id}`, {
      values: detail.values,
      revision: 2,
      removeKey: true,
    });
    expect(removed.body.profile.secrets.key).toBe("missing");
  });

  test("a save that is based on an older revision is refused and shows what is stored", async () => {
    const { ask } = await admin();
    const { body: made } = await ask<ConnectionView>("POST", "/connections", CLAUDE);
    const path = `/connections/${made.profile.id}`;
    const save = (name: string): ReturnType<typeof ask<Failed>> =>
      ask<Failed>("PUT", path, { values: { name, model: "claude-opus-4-5" }, revision: 1 });
    expect((await save("First window")).status).toBe(200);
    const second = await save("Second window");
    expect(second.status).toBe(409);
    expect(second.body.error).toMatchObject({ code: "conflict", current: { name: "First window", revision: 2 } });
  });

  test("a key is asked for again when the host changes", async () => {
    const { ask } = await admin();
    const { body: made } = await ask<ConnectionView>("POST", "/connections", CLAUDE);
    const moved = await ask<Failed>("PUT", `/connections/${made.profile.id}`, {
      values: { ...CLAUDE.values, key: undefined, baseURL: "https://proxy.example/v1" },
      revision: 1,
    });
    expect(moved.status).toBe(400);
    expect(moved.body.error.code).toBe("key-required");
  });

  test("models are listed and the key is checked before anything is saved, with the values of the form", async () => {
    const { ask, sent } = await admin((request) =>
      request.url.includes("/models")
        ? Response.json({ data: [{ id: "local-model", object: "model" }] })
        : Response.json({ error: { message: "no" } }, { status: 404 }),
    );
    const values = { baseURL: "http://127.0.0.1:7777/v1", auth: "none" };
    const { body } = await ask<ModelListing>("POST", "/providers/custom/models", { values });
    expect(body.models.map(({ id }) => id)).toContain("local-model");
    expect(sent.map(({ url }) => url)).toContain("http://127.0.0.1:7777/v1/models");
    expect(sent.every((request) => request.headers.get("authorization") === null)).toBe(true);
    expect((await ask<unknown[]>("GET", "/connections")).body).toEqual([]);
  });

  test("a source that refuses and one that never answers do not delay the list of another", async () => {
    const { ask } = await admin((request) => {
      const { port } = new URL(request.url);
      if (port === "7001") return Response.json({ data: [{ id: "good-model", object: "model" }] });
      if (port === "7002") return new Response("no", { status: 500 });
      return new Promise<Response>((_, reject) => request.signal.addEventListener("abort", () => reject(request.signal.reason)));
    });
    const ids: string[] = [];
    for (const port of [7003, 7002, 7001]) {
      const values = { name: `Server ${port}`, baseURL: `http://127.0.0.1:${port}/v1`, auth: "none", settings: { server: "llama.cpp" } };
      const { body } = await ask<ConnectionView>("POST", "/connections", { provider: "custom", values });
      ids.push(body.profile.id);
    }
    const [silent, refusing, good] = ids.map((id) => ask<ModelListing>("POST", `/connections/${id}/models`));
    const first = await Promise.race([silent, good]);
    expect(first?.body.models.map(({ id }) => id)).toEqual(["good-model"]);
    expect((await refusing)?.body.failure).toMatchObject({ code: "server" });
  });

  test("order, default, copy and removal", async () => {
    const { ask } = await admin();
    const ids: string[] = [];
    for (const name of ["One", "Two", "Three"])
      ids.push((await ask<ConnectionView>("POST", "/connections", { ...CLAUDE, values: { ...CLAUDE.values, name } })).body.profile.id);
    const [one = "", two = "", three = ""] = ids;
    const names = async (): Promise<string[]> =>
      (await ask<ConnectionView[]>("GET", "/connections")).body.map(({ profile }) => profile.name);
    await ask("PUT", "/connections/order", { ids: [three, one] });
    expect(await names()).toEqual(["Three", "One", "Two"]);
    await ask("POST", `/connections/${two}/default`);
    await ask("POST", `/connections/${two}/duplicate`);
    await ask("DELETE", `/connections/${one}`);
    expect(await names()).toEqual(["Three", "Two", "Two (Copy)"]);
    const { body } = await ask<ConnectionView[]>("GET", "/connections");
    expect(body.filter(({ profile }) => profile.isDefault).map(({ profile }) => profile.name)).toEqual(["Two"]);
  });
});

describe("secrets", () => {
  test("no answer of any route holds one, whatever fails", async () => {
    const canaries = { key: "sk-canary-key-0123456789abcdef", header: "canary-header-0123456789" };
    const {
      ask,
      admin: api,
      gateway,
    } = await admin(() => Response.json({ error: { message: `the key ${canaries.key} is wrong` } }, { status: 401 }));
    const values = {
      name: "Secret",
      baseURL: "http://127.0.0.1:7777/v1",
      auth: "key",
      key: canaries.key,
      model: "m",
      settings: { headers: { "x-secret": canaries.header } },
    };
    const { body: made } = await ask<ConnectionView>("POST", "/connections", { provider: "custom", values });
    const { secret, key } = await gateway.keys.create({ name: "program" });
    const asked: string[] = [];
    for (const { method, path } of api.routes) {
      if (method === "DELETE" || path.endsWith("/revoke")) continue;
      const filled = path
        .replace("/admin/v1", "")
        .replace("/connections/:id", `/connections/${made.profile.id}`)
        .replace("/keys/:id", `/keys/${key.id}`)
        .replace("/providers/:id", "/providers/custom")
        .replace(":id", "none");
      const message = { messages: [{ role: "user", content: "Hello" }] };
      const body = {
        values,
        editing: made.profile.id,
        provider: "custom",
        revision: 99,
        ids: [],
        connection: made.profile.id,
        model: "m",
        request: message,
        returned: "code",
        token: "none",
        name: "another",
      };
      const { text, status } = await ask(method, filled, body);
      for (const canary of [...Object.values(canaries), secret]) expect(text, `${method} ${filled} (${status})`).not.toContain(canary);
      asked.push(filled);
    }
    expect(asked.length).toBeGreaterThan(25);
  });
});

describe("sign-in", () => {
  const vendor = (request: Request): Response =>
    new URL(request.url).pathname.endsWith("/auth/keys")
      ? Response.json({ key: "sk-or-v1-0123456789abcdef" })
      : new Response("no", { status: 404 });
  const router = { provider: "openrouter", values: { name: "Router", model: "a/b" } };
  interface Started {
    token: string;
    url: string;
  }

  test("returns to the configured address, whatever the request says, and a return of another sign-in stores nothing", async () => {
    const { ask, profiles, sent } = await admin(vendor);
    const { body: started } = await ask<Started>("POST", "/sign-ins", router);
    const callback = new URL(new URL(started.url).searchParams.get("callback_url") ?? "");
    expect(callback.href).toMatch(/^http:\/\/127\.0\.0\.1:4141\/sign-in\/[\w-]{16,}$/);
    const { status, body } = await ask<Failed>("POST", "/sign-ins/finish", {
      token: started.token,
      returned: "http://127.0.0.1:4141/sign-in/another?code=x",
    });
    expect([status, body.error.code]).toEqual([502, "authentication"]);
    expect(await profiles.list()).toEqual([]);
    expect(sent).toEqual([]);
  });

  test("takes the bare code, ends with a connection, and works once", async () => {
    const { ask, profiles, sent } = await admin(vendor);
    const { body: started } = await ask<Started>("POST", "/sign-ins", router);
    const finish = (): ReturnType<typeof ask<{ name: string }>> =>
      ask("POST", "/sign-ins/finish", { token: started.token, returned: "code-as-pasted" });
    const twice = await Promise.all([finish(), finish()]);
    expect(twice.map(({ body }) => body.name)).toEqual(["Router", "Router"]);
    expect(sent).toHaveLength(1);
    expect((await profiles.list()).map(({ name, secrets }) => [name, secrets.key])).toEqual([["Router", "set"]]);
    expect((await finish()).status).toBe(404);
  });

  test("answers two returns at the same time each for itself, and lets the right one be tried after a wrong one", async () => {
    const { ask, profiles } = await admin(vendor);
    const { body: started } = await ask<Started>("POST", "/sign-ins", router);
    const finish = (returned: string): ReturnType<typeof ask<{ name: string }>> =>
      ask("POST", "/sign-ins/finish", { token: started.token, returned });
    const wrong = "http://127.0.0.1:4141/sign-in/another?code=x";
    const [, refused] = await Promise.all([finish("code-as-pasted"), finish(wrong)]);
    expect(refused.status).not.toBe(200);
    // Without an effect, unless the wrong return came first.
    await finish("code-as-pasted");
    expect(await profiles.list()).toHaveLength(1);
    const again = (await ask<Started>("POST", "/sign-ins", { ...router, values: { ...router.values, name: "Second" } })).body;
    expect((await ask("POST", "/sign-ins/finish", { token: again.token, returned: wrong })).status).toBe(502);
    expect((await ask("POST", "/sign-ins/finish", { token: again.token, returned: "code" })).status).toBe(200);
  });

  test("is refused for a provider without one, and for a form with problems", async () => {
    const { ask } = await admin(vendor);
    expect((await ask("POST", "/sign-ins", { provider: "groq", values: { name: "G" } })).status).toBe(400);
    expect(
      (await ask<Failed>("POST", "/sign-ins", { provider: "openrouter", values: { name: "" } })).body.error.issues?.map(({ path }) => path),
    ).toContain("name");
  });
});

describe("chat", () => {
  const answer = (text: string): Response =>
    new Response(
      [
        `{"choices":[{"index":0,"delta":{"role":"assistant","content":${JSON.stringify(text)}}}]}`,
        '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}',
        "[DONE]",
      ]
        .map((data) => `data: ${data}\n\n`)
        .join(""),
      { headers: { "content-type": "text/event-stream" } },
    );
  const local = (name: string, port: number): unknown => ({
    provider: "custom",
    values: { name, baseURL: `http://127.0.0.1:${port}/v1`, auth: "none", model: "m", settings: { server: "llama.cpp" } },
  });
  const hello = { messages: [{ role: "user", content: "Hello" }] };

  test("a chat goes through the gateway and is in its ledger", async () => {
    const { ask, gateway } = await admin(() => answer("Hi."));
    const { body } = await ask<ConnectionView>("POST", "/connections", local("Home", 7777));
    const { status, text } = await ask("POST", "/chat", { connection: body.profile.id, model: "m", request: hello });
    expect(status).toBe(200);
    expect(text).toContain("Hi.");
    const { calls } = await gateway.ledger.list();
    expect(calls).toMatchObject([{ state: "finished", connection: "Home", model: "m", protocol: "lumiverse" }]);
    expect((await ask<{ calls: unknown[] }>("GET", "/calls")).body.calls).toHaveLength(1);
    expect((await ask<unknown[]>("GET", "/usage?by=connection")).body).toMatchObject([{ connection: "Home", calls: 1 }]);
  });

  test("a chat with a connection that was removed sends nothing", async () => {
    const { ask, sent } = await admin(() => answer("Hi."));
    const { body } = await ask<ConnectionView>("POST", "/connections", local("Home", 7777));
    await ask("DELETE", `/connections/${body.profile.id}`);
    const { status, body: failed } = await ask<Failed>("POST", "/chat", { connection: body.profile.id, model: "m", request: hello });
    expect(status).toBe(404);
    expect(failed.error.code).toBe("not-found");
    expect(sent).toEqual([]);
  });

  test("a connection is switched off and on: a chat is refused meanwhile, and neither its balance nor a vendor is asked", async () => {
    const { ask, sent } = await admin(() => answer("Hi."));
    const { id } = (await ask<ConnectionView>("POST", "/connections", local("Home", 7777))).body.profile;
    const chat = { connection: id, model: "m", request: hello };
    const off = await ask<ConnectionView>("PUT", `/connections/${id}/enabled`, { isEnabled: false });
    expect(off.body).toMatchObject({
      profile: { isEnabled: false },
      card: { lines: expect.arrayContaining([expect.objectContaining({ kind: "switched-off" })]) },
    });
    expect(await ask("POST", "/chat", chat)).toMatchObject({ status: 503, text: expect.stringContaining("is switched off") });
    expect((await ask("POST", `/connections/${id}/balance`, {})).status).toBe(200);
    expect(await ask<Failed>("POST", "/explain", chat)).toMatchObject({ status: 503, body: { error: { code: "switched-off" } } });
    expect(sent).toEqual([]);
    expect((await ask("PUT", `/connections/${id}/enabled`, { isEnabled: "no" })).status).toBe(400);
    await ask("PUT", `/connections/${id}/enabled`, { isEnabled: true });
    expect(await ask("POST", "/chat", chat)).toMatchObject({ status: 200, text: expect.stringContaining("Hi.") });
  });

  test("a name that also means another connection is refused, so that no chat reaches the wrong server", async () => {
    const { ask, sent } = await admin(() => answer("Hi."));
    const { body } = await ask<ConnectionView>("POST", "/connections", local("Home", 7001));
    await ask("POST", "/connections", local("Home/big", 7002));
    const { status, body: failed } = await ask<Failed>("POST", "/chat", { connection: body.profile.id, model: "big/m", request: hello });
    expect(status).toBe(409);
    expect(failed.error.message).toContain("Home/big");
    expect(sent).toEqual([]);
  });

  test("the request is shown without sending it, with its headers masked", async () => {
    const { ask, sent } = await admin();
    const { body } = await ask<ConnectionView>("POST", "/connections", CLAUDE);
    const explained = await ask<{ url: string; headers: Record<string, string>; body: { model: string } }>("POST", "/explain", {
      connection: body.profile.id,
      request: hello,
    });
    expect(explained.status).toBe(200);
    expect(explained.body.url).toBe("https://api.anthropic.com/v1/messages");
    expect(explained.body.body.model).toBe("claude-opus-4-5");
    expect(explained.text).not.toContain(KEY);
    expect(sent).toEqual([]);
  });

  test("a page cannot set headers of the call", async () => {
    const { ask, sent } = await admin(() => answer("Hi."));
    const { body } = await ask<ConnectionView>("POST", "/connections", local("Home", 7777));
    await ask("POST", "/chat", { connection: body.profile.id, model: "m", request: { ...hello, headers: { "x-injected": "1" } } });
    expect(sent.length).toBeGreaterThan(0);
    expect(sent.every((request) => request.headers.get("x-injected") === null)).toBe(true);
  });
});

describe("keys", () => {
  test("a key is shown once, limited and revoked", async () => {
    const { ask } = await admin();
    const made = await ask<{ key: { id: string }; secret: string }>("POST", "/keys", {
      name: "Editor",
      limits: { parallel: 3, requestsPerMinute: 5, budgetPerDay: 2 },
      models: ["Claude/*"],
    });
    expect(made.status).toBe(201);
    const list = await ask<{ key: { name: string; limits: unknown }; use: unknown }[]>("GET", "/keys");
    expect(list.body).toMatchObject([
      {
        key: { name: "Editor", limits: { parallel: 3, requestsPerMinute: 5, budgetPerDay: 2 } },
        use: { running: 0, requestsThisMinute: 0 },
      },
    ]);
    expect(list.text).not.toContain(made.body.secret);
    expect((await ask<{ name: string }>("PATCH", `/keys/${made.body.key.id}`, { name: "IDE" })).body.name).toBe("IDE");
    expect((await ask<{ revokedAt: string }>("POST", `/keys/${made.body.key.id}/revoke`)).body.revokedAt).toMatch(/^\d{4}-/);
    expect((await ask("POST", "/keys", { name: "" })).status).toBe(400);
    expect((await ask("DELETE", `/keys/${made.body.key.id}`)).status).toBe(204);
  });
});

test("bodies that are wrong, too deep or no JSON are refused with a reason", async () => {
  const { ask, raw, reported } = await admin();
  const send = (body: string): Promise<Response> =>
    raw("POST", "/admin/v1/connections", { headers: { authorization: `Bearer ${ADMIN_KEY}`, "content-type": "application/json" }, body });
  for (const body of [
    "",
    "{",
    "[]",
    "null",
    '"text"',
    `${"[".repeat(5000)}${"]".repeat(5000)}`,
    '{"provider":1}',
    '{"provider":"custom","values":[]}',
    '{"__proto__":{"values":1}}',
  ])
    expect((await send(body)).status, body.slice(0, 40)).toBe(400);
  expect((await ask("GET", "/usage?by=nonsense")).status).toBe(400);
  expect((await ask("GET", "/usage?from=yesterday")).status).toBe(400);
  expect((await ask("GET", "/calls?limit=99999")).status).toBe(400);
  expect((await ask("GET", "/nothing")).status).toBe(404);
  expect(reported).toEqual([]);
});

test("docs/admin-api.md lists every route and no other", async () => {
  const { admin: api } = await admin();
  const text = readFileSync(new URL("../../../docs/admin-api.md", import.meta.url), "utf8");
  const listed = [...text.matchAll(/^\| `(GET|POST|PUT|PATCH|DELETE) (\/\S+?)` \|/gm)].map(([, method, path]) => `${method} ${path}`);
  expect(listed.sort()).toEqual(
    api.routes.map(({ method, path }) => `${method} ${path.replace("/admin/v1", "").replace(/(?<=.)\/$/, "")}`).sort(),
  );
});
