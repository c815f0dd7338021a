import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { join } from "node:path";
import { connect } from "@lumiverse/core";
import type { KeyVerdict, Provider } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { provenanceFaults } from "../src/checks/provenance.ts";
import { readFixtures } from "../src/fixture/fixture.ts";
import { serve } from "../src/play/local-server.ts";
import { createCleaner } from "../src/record/cleaner.ts";
import { record } from "../src/record/record.ts";
import { rewriteCases } from "../src/record/write-expected.ts";
import { replay } from "../src/replay/replay.ts";
import { judge } from "../src/report/report.ts";
import { acme, acmeProtocol } from "./acme/provider.ts";
import { change, copied, FIXTURES, temporary } from "./temporary-cases.ts";

const KEY = "acme-live-key-123456";
const vendor = await serve((response, seen) => {
  // No connection may stay open, because nock intercepts only new ones.
  response.setHeader("connection", "close");
  const { stream, messages } = JSON.parse(seen.body) as { stream?: boolean; messages: { content: string }[] }; // what acme sends
  // The unstreamed answer to "A poem" has other words than the streamed one.
  const text = messages[0]?.content === "A poem" && stream !== true ? "Goodbye" : "Hello";
  const chunk = (delta: object, finish: string | null = null): string =>
    `data: ${JSON.stringify({ id: "x-1", model: "acme-large", user_id: "user_AbCdEf123456", choices: [{ delta, finish_reason: finish }] })}\n\n`;
  if (stream === true)
    response
      .writeHead(200, { "content-type": "text/event-stream", "set-cookie": "session=secret", "x-ratelimit-limit": "60" })
      .end(`${chunk({ content: "Hello " })}${chunk({ content: `from ${KEY}` })}${chunk({}, "stop")}data: [DONE]\n\n`);
  else
    response.writeHead(200, { "content-type": "application/json" }).end(
      JSON.stringify({
        id: "x-2",
        model: "acme-large",
        choices: [{ message: { content: `${text} from ${KEY}` }, finish_reason: "stop" }],
      }),
    );
});

describe("the recorder", () => {
  const fixtures = temporary("tape");
  const options = {
    fixtures,
    name: "text",
    title: "a plain answer",
    claims: ["streaming"] as const,
    request: { model: "acme-large", messages: [{ role: "user" as const, content: "Hi" }] },
    apiKey: KEY,
    baseURL: `${vendor.origin}/v1`,
  };

  it("writes a case that the suite reads and passes", async () => {
    await record(acme, options);
    const request = { model: "acme-large", messages: [{ role: "user" as const, content: "A poem" }] };
    await record(acme, { ...options, name: "poem", request });
    await vendor.close();
    const report = await judge(acme, { fixtures, runs: 10 }, (check) =>
      ["golden", "provenance", "streamed and unstreamed", "splits", "canary"].includes(check.group),
    );
    expect(report.results.filter((result) => result.outcome === "failed")).toEqual([]);
    expect(report.passed).toBeGreaterThan(5);
  });

  it("expects what two equal answers have in common and makes two cases of different answers", () => {
    expect(JSON.parse(readFileSync(join(fixtures, "scenarios.json"), "utf8"))).toEqual(["poem", "poem-unstreamed", "text"]);
    const [poem, unstreamed, text] = readFixtures(fixtures).map((fixture) => fixture.case);
    expect(text).toMatchObject({ streaming: "both", expect: { response: { text: "Hello from scrubbed-secret", finishReason: "stop" } } });
    expect(text?.expect.response).not.toHaveProperty("id");
    expect(poem).toMatchObject({ streaming: true, claims: ["streaming"], expect: { response: { id: "x-1" } } });
    expect(unstreamed).toMatchObject({
      streaming: false,
      claims: [],
      expect: { response: { id: "x-2", text: "Goodbye from scrubbed-secret" } },
    });
  });

  it("writes no key, no account and no cookie", () => {
    const written = readdirSync(join(fixtures, "text"))
      .map((file) => readFileSync(join(fixtures, "text", file), "utf8"))
      .join("\n");
    expect(written).toContain("scrubbed-secret");
    expect(written).toContain("scrubbed-account-1");
    for (const secret of [KEY, "user_AbCdEf123456", "set-cookie", "session=secret"]) expect(written).not.toContain(secret);
    expect(written).toContain("x-ratelimit-limit");
  });

  it("states which header carried the key", () => {
    const text = readFixtures(fixtures).find((fixture) => fixture.name === "text") ?? expect.fail();
    expect(text.exchanges.map(({ headers }) => headers)).toEqual([{ authorization: "Bearer {key}" }, { authorization: "Bearer {key}" }]);
  });

  it("hashes what it writes, so that a manual edit is noticed", () => {
    const fixture = readFixtures(fixtures).at(-1) ?? expect.fail();
    expect(provenanceFaults(fixture, undefined)).toEqual([]);
    const file = join(fixture.dir, "stream-1.response.sse");
    writeFileSync(file, readFileSync(file, "utf8").replace("Hello", "Hallo"));
    const edited = readFixtures(fixtures).at(-1);
    expect(edited === undefined ? "" : provenanceFaults(edited, undefined).join()).toContain(
      "exchange 0 is marked as recorded but was changed",
    );
  });

  it("replaces equal account names by equal text", () => {
    const { add, clean } = createCleaner();
    add("topsecret");
    expect(clean("org-12345678 topsecret a@b.example org-12345678")).toBe(
      "scrubbed-account-1 scrubbed-secret scrubbed-account-2 scrubbed-account-1",
    );
  });
});

describe("rewriting cases", () => {
  it.each([TypeError, ReferenceError, RangeError, SyntaxError])(
    "throws a %o of the provider's code, and expects it in no case",
    async (Kind) => {
      const folder = copied();
      const before = readFileSync(join(folder, "text", "case.json"), "utf8");
      const crash = new Kind("no such region");
      const render = (): never => {
        throw crash;
      };
      const crashing: Provider = { ...acme, route: (call) => ({ ...acme.route(call), protocol: { ...acmeProtocol, render } }) };
      await expect(rewriteCases(crashing, folder)).rejects.toBe(crash);
      expect(readFileSync(join(folder, "text", "case.json"), "utf8")).toBe(before);
      await rewriteCases(acme, folder);
      expect(JSON.parse(readFileSync(join(folder, "text", "case.json"), "utf8"))).toMatchObject(JSON.parse(before));
    },
  );
});

it("rewriting cases keeps the verdict about a key, so that a provider that believes a refusal keeps failing", async () => {
  const folder = copied();
  cpSync(join(folder, "key-refused"), join(folder, "check-refused"), { recursive: true });
  const file = join(folder, "check-refused", "case.json");
  const { request: _, ...one } = JSON.parse(readFileSync(file, "utf8"));
  const expected = { value: { key: "invalid", usable: false } };
  writeFileSync(file, JSON.stringify({ ...one, operation: "check", streaming: false, expect: expected }));
  const operations = await acme.operations();
  const parse = (): { value: KeyVerdict } => ({ value: { key: "valid", usable: "unknown", reason: "HTTP 200" } });
  await rewriteCases({ ...acme, operations: async () => ({ ...operations, check: { ...operations.check, parse } }) }, folder);
  expect(JSON.parse(readFileSync(file, "utf8")).expect.value).toEqual({ key: "invalid", usable: "unknown", reason: "HTTP 200" });
});

describe("the replay server", () => {
  it("serves the closest case of a provider under the provider's id", async () => {
    const server = await replay({ fixtures: { acme: FIXTURES }, delayMs: 1 });
    try {
      const connection = connect(acme, { apiKey: "any-key", baseURL: server.baseURL("acme", "https://api.acme.test/v1") });
      const texts: string[] = [];
      const stream = connection.stream({ model: "acme-small", messages: [{ role: "user", content: "Something else" }] });
      for await (const event of stream) if (event.type === "text") texts.push(event.text);
      expect(texts.length).toBeGreaterThan(3);
      expect((await connection.generate({ model: "acme-large", messages: [{ role: "user", content: "Hi" }] })).text).toBe(texts.join(""));
      expect((await connection.models()).models.map((model) => model.id)).toEqual(["acme-large", "acme-small"]);
      const tools = [{ name: "weather", parameters: { type: "object", properties: { place: { type: "string" } } } }];
      const asked = await connection
        .stream({ model: "acme-large", tools, messages: [{ role: "user", content: "Weather in Graz and Linz?" }] })
        .response();
      expect(asked.toolCalls.map((call) => call.input)).toEqual([{ place: "Graz" }, { place: "Linz" }]);
    } finally {
      await server.close();
    }
  });

  it("receives calls to any host through its fetch", async () => {
    const server = await replay({ fixtures: { acme: FIXTURES }, delayMs: 0 });
    try {
      const connection = connect(acme, { apiKey: "any-key", fetch: server.fetch("acme") });
      expect((await connection.stream({ model: "acme-large", messages: [{ role: "user", content: "Hi" }] }).response()).finishReason).toBe(
        "stop",
      );
    } finally {
      await server.close();
    }
  });

  it("leaves no listener on an answer for each packet that had to wait", async () => {
    const folder = copied();
    const event = `data: ${JSON.stringify({ text: "x".repeat(60_000) })}\n\n`;
    change(folder, "text", (one) => ({
      ...one,
      exchanges: one.exchanges.map((exchange) => ({ ...exchange, response: { status: 200, body: event.repeat(40) } })),
    }));
    const warnings: string[] = [];
    const listen = (warning: Error): void => void warnings.push(warning.message);
    process.on("warning", listen);
    const server = await replay({ fixtures: { acme: folder }, delayMs: 0 });
    try {
      const headers = { "x-lumiverse-fixture": "text" };
      const response = await fetch(`${server.origin}/acme/v1/chat/completions`, { method: "POST", headers });
      expect((await response.text()).length).toBe(event.length * 40);
      await new Promise(setImmediate); // a warning is emitted in a later turn
      expect(warnings).toEqual([]);
    } finally {
      process.off("warning", listen);
      await server.close();
    }
  });

  it("lists what is available when nothing matches", async () => {
    const server = await replay({ fixtures: { acme: FIXTURES } });
    try {
      const nobody = await (await fetch(`${server.origin}/nobody/v1`)).json();
      expect(nobody).toEqual({ error: { message: 'unknown provider "nobody" (available: acme)', type: "no_fixture" } });
      expect(await (await fetch(`${server.origin}/acme/v1/images`)).text()).toContain("POST /v1/chat/completions");
    } finally {
      await server.close();
    }
  });

  it("answers 400 to malformed requests, and serves the next request", async () => {
    const server = await replay({ fixtures: { acme: FIXTURES }, delayMs: 0 });
    try {
      const { hostname, port } = new URL(server.origin);
      const statusOf = (path: string): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
          get({ hostname, port, path, agent: false }, (response) => resolve(response.resume().statusCode)).on("error", reject);
        });
      for (const path of ["//", "http://["]) expect(await statusOf(path), path).toBe(400);
      for (const body of ["null", "[]", "7", "{", '"x"', "{}{}"]) {
        const response = await fetch(`${server.origin}/acme/v1/chat/completions`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body,
        });
        expect(response.status, body).toBe(400);
      }
      expect((await fetch(`${server.origin}/acme/v1/models`)).status).toBe(200);
    } finally {
      await server.close();
    }
  });
});
