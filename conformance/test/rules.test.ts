/** For every rule of the suite a spoilt provider or a spoilt case that it must catch by name. */
import { appendFileSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LumiverseError, type Protocol, type Provider, type Route } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import type { Group } from "../src/check.ts";
import { notShown } from "../src/claims.ts";
import { exchangeHash, type Fixture, readFixture, readFixtures } from "../src/fixture.ts";
import { CANARY } from "../src/keys.ts";
import { secretsIn } from "../src/provenance.ts";
import { judge, type Report } from "../src/report.ts";
import { acme } from "./acme/provider.ts";
import { change, copied, FIXTURES, temporary } from "./copies.ts";

async function failures(
  provider: Provider,
  fixtures: URL | string,
  groups: readonly Group[],
  options: { known?: Record<string, string>; recordings?: string } = {},
): Promise<string> {
  const report: Report = await judge(provider, { fixtures, runs: 10, ...options }, (check) => groups.includes(check.group));
  return report.results
    .flatMap((result) => (result.outcome === "failed" ? [`${result.group}: ${result.name}: ${result.message}`] : []))
    .join("\n");
}
const claiming = (takes: object): Provider => ({
  ...acme,
  route: (call: Parameters<Provider["route"]>[0]): Route => ({ ...acme.route(call), takes: { ...acme.route(call).takes, ...takes } }),
});

describe("completeness", () => {
  it("misses a scenario that was deleted", async () => {
    const folder = copied();
    rmSync(join(folder, "tool-loop"), { recursive: true });
    const found = await failures(acme, folder, ["completeness"]);
    expect(found).toContain('scenario "tool-loop" was deleted');
    expect(found).toContain('scenario "tool-loop" is missing (tools is claimed)');
  });
  it("misses a scenario that was renamed", async () => {
    const folder = copied();
    renameSync(join(folder, "key-refused"), join(folder, "key"));
    expect(await failures(acme, folder, ["completeness"])).toContain('scenario "key-refused" is missing (a key is required)');
  });
  it("misses the list of scenarios", async () => {
    const folder = copied();
    rmSync(join(folder, "scenarios.json"));
    expect(await failures(acme, folder, ["completeness"])).toContain("scenarios.json is missing");
  });
  it("does not pass a subject without any case", async () => {
    const empty = temporary("none");
    const found = await failures(acme, empty, ["format", "completeness", "faults"]);
    expect(found).toContain("there is no case in");
    expect(found).toContain("no case shows a plain streamed answer");
  });
});

describe("claims", () => {
  it("fail by name where no case shows them", async () => {
    expect(await failures(claiming({ seed: true }), FIXTURES, ["claims"])).toContain(
      "claims: seed: seed is claimed (for acme-large) and no case that ends well shows it",
    );
  });
  it("fail where a case only says that it shows them", async () => {
    const folder = copied();
    change(folder, "text", (one) => ({ ...one, claims: ["tools", "sources", "seed"] }));
    const found = await failures(acme, folder, ["claims"]);
    expect(found).toContain("text shows tools: the request has no tools");
    expect(found).toContain("text shows sources: expect.response shows no source");
    expect(found).toContain("text shows seed: the request has no seed");
  });
  it("fail where the provider denies what a case shows", async () => {
    expect(await failures(claiming({ tools: false }), FIXTURES, ["claims"])).toContain("the case shows tools, the subject says it can't");
  });
  it("fail where every case about them ends in an error, or sends nothing", async () => {
    const folder = copied();
    change(folder, "key-refused", (one) => ({ ...one, claims: ["seed"], request: { ...(one["request"] as object), seed: 1 } }));
    expect(await failures(claiming({ seed: true }), folder, ["claims"])).toContain("no case that ends well shows it");
    change(folder, "text", (one) => ({ ...one, exchanges: [] }));
    expect(await failures(acme, folder, ["claims"])).toContain("text shows streaming: nothing of the case goes over the wire");
  });
  it("are shown by a picture in the result of a tool as well", () => {
    const [fixture] = readFixtures(FIXTURES).filter((one) => one.name === "tool-loop");
    if (fixture === undefined) return expect.fail();
    const picture = { type: "image" as const, data: "aGVsbG8=", mediaType: "image/png" };
    const messages = [{ role: "tool" as const, content: [{ type: "tool-result" as const, id: "a", content: [picture] }] }];
    const seeing: Fixture = { ...fixture, case: { ...fixture.case, turns: [{ messages, expect: {} }] } };
    expect([notShown("input.image", fixture), notShown("input.image", seeing)]).toEqual(["the request has no image part", undefined]);
  });
  it("are read from the catalogue too", async () => {
    const catalogue = async () => ({
      date: "2026-01-01",
      source: "list",
      models: [{ id: "acme-eye", source: "list", takes: { "input.image": true } }],
    });
    expect(await failures({ ...acme, catalogue }, FIXTURES, ["claims"])).toContain(
      "input.image is claimed for acme-eye and no case that ends well shows it",
    );
  });
});

describe("known failures", () => {
  const known = "claims: seed";
  it("are counted, with their reason", async () => {
    const report = await judge(
      claiming({ seed: true }),
      { fixtures: FIXTURES, known: { [known]: "no recording yet" } },
      (check) => check.group === "claims",
    );
    expect(report).toMatchObject({ failed: 0, known: 1 });
    expect(report.results.find((result) => result.outcome === "known")?.message).toBe("no recording yet");
  });
  it("need a reason", async () => {
    expect(await failures(claiming({ seed: true }), FIXTURES, ["claims"], { known: { [known]: " " } })).toContain("without a reason");
  });
  it("fail when they pass", async () => {
    expect(await failures(acme, FIXTURES, ["claims"], { known: { "claims: tools": "once broken" } })).toContain("take it off the list");
  });
  it("fail when there is no such check", async () => {
    expect(await failures(acme, FIXTURES, ["format"], { known: { "claims: flying": "some day" } })).toContain(
      '"claims: flying" is called a known failure and is no check',
    );
  });
});

describe("provenance", () => {
  it("sees that a recording was changed by hand", async () => {
    const folder = copied();
    change(folder, "tool-call", (one) => ({
      ...one,
      exchanges: one.exchanges.map((exchange) => ({
        ...exchange,
        provenance: { kind: "recorded", source: "POST x", date: "2026-01-01", sha256: "0".repeat(64) },
      })),
    }));
    const [exchange] = readFixture(join(folder, "tool-call"), "tool-call").exchanges;
    const sha256 = exchange === undefined ? "" : exchangeHash(exchange);
    change(folder, "tool-call", (one) => ({
      ...one,
      exchanges: one.exchanges.map((each) => ({ ...each, provenance: { ...each.provenance, sha256 } })),
    }));
    expect(await failures(acme, folder, ["provenance"])).toBe("");
    const changed = "tool-call: exchange 0 is called recorded and was changed";
    change(folder, "tool-call", (one) => ({
      ...one,
      exchanges: one.exchanges.map((each) => ({ ...each, response: { ...each.response, headers: { "retry-after": "9" } } })),
    }));
    expect(await failures(acme, folder, ["provenance"])).toContain(changed);
    change(folder, "tool-call", (one) => ({
      ...one,
      exchanges: one.exchanges.map((each) => ({ ...each, response: { status: 200, bodyFile: "response.sse" } })),
    }));
    expect(await failures(acme, folder, ["provenance"])).toBe("");
    appendFileSync(join(folder, "tool-call", "response.sse"), ": one more\n\n");
    expect(await failures(acme, folder, ["provenance"])).toContain(changed);
  });
  it("finds text of the source in what was derived", async () => {
    const folder = copied();
    const recordings = temporary("real");
    const text = "Some sentence that only the real host has said.";
    mkdirSync(join(recordings, "acme"));
    writeFileSync(
      join(recordings, "acme", "one.json"),
      JSON.stringify({ response: { body: `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n` } }),
    );
    const derive = (source: string): void =>
      change(folder, "text", (one) => ({
        ...one,
        exchanges: one.exchanges.map((exchange) => ({ ...exchange, provenance: { kind: "derived", source, date: "2026-01-01" } })),
      }));
    derive("acme/one");
    expect(await failures(acme, folder, ["provenance"], { recordings })).toBe("");
    writeFileSync(
      join(folder, "text", "response.sse"),
      `data: ${JSON.stringify({ choices: [{ delta: { content: `He said: ${text}` } }] })}\n\n`,
    );
    expect(await failures(acme, folder, ["provenance"], { recordings })).toContain('shares "Some sentence that only ');
    derive("acme/two");
    expect(await failures(acme, folder, ["provenance"], { recordings })).toContain(
      "derived from acme/two, which is not among the recordings",
    );
  });
  it("finds what looks like a secret, unless the case says why it is none", async () => {
    const folder = copied();
    const odd = "qZ7rT0pLx4VbN8mKs2WdF6hJc9GyE3uA";
    change(folder, "text", (one) => ({ ...one, title: `the answer to ${odd}` }));
    expect(await failures(acme, folder, ["provenance"])).toContain("looks like a secret");
    change(folder, "text", (one) => ({ ...one, harmless: { [odd]: "invented for this test" } }));
    expect(await failures(acme, folder, ["provenance"])).toBe("");
  });
  it("knows keys by their shape and leaves words, hashes and paths alone", () => {
    expect(secretsIn(`key sk-${"a1b2".repeat(6)}`)).toHaveLength(1);
    expect(secretsIn(`AIza${"Ab3_".repeat(9)}`)).not.toHaveLength(0);
    expect(
      secretsIn(
        "accounts/fireworks/models/Some-Very-Long-Model-Name-70B and 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      ),
    ).toEqual([]);
  });
});

describe("golden requests", () => {
  it("are compared text for text, order of keys included", async () => {
    const folder = copied();
    change(folder, "tool-call", (one) => ({
      ...one,
      exchanges: one.exchanges.map((exchange) => ({
        ...exchange,
        request: { ...exchange.request, body: Object.fromEntries(Object.entries(exchange.request.body as object).reverse()) },
      })), // the sample's body is an object
    }));
    expect(await failures(acme, folder, ["golden"])).toContain("golden: tool-call (stream): request 0: the body differs");
  });
  it("are counted", async () => {
    const folder = copied();
    change(folder, "tool-call", (one) => ({ ...one, exchanges: [...one.exchanges, ...one.exchanges] }));
    expect(await failures(acme, folder, ["golden"])).toContain("1 requests were sent");
  });
  it("go to the golden URL", async () => {
    const elsewhere: Provider = { ...acme, route: (call) => ({ ...acme.route(call), base: new URL("https://api.acme.test/v2") }) };
    expect(await failures(elsewhere, FIXTURES, ["golden"])).toMatch(/golden: text \(stream\)/);
  });
  it("carry what the case says matters and lack what it says they lack", async () => {
    const folder = copied();
    change(folder, "text", (one) => ({
      ...one,
      expect: { ...one.expect, sent: { has: { "/temperature": 0.5, "/max_tokens": 7 }, lacks: ["/stream"] } },
    }));
    const found = await failures(acme, folder, ["golden"]);
    expect(found).toContain("body/max_tokens is 100, expected 7");
    expect(found).toContain("body/stream is true and must not be sent");
    expect(found).not.toContain("body/temperature");
  });
});

describe("other rules", () => {
  it("streamed and unstreamed answers must agree", async () => {
    const folder = copied();
    writeFileSync(
      join(folder, "text", "response.json"),
      JSON.stringify({ id: "acme-1", choices: [{ message: { content: "Good evening" }, finish_reason: "stop" }] }),
    );
    expect(await failures(acme, folder, ["streamed and unstreamed"])).toContain("the two answers differ");
  });
  it("the probe sees a parameter that does not move the request", async () => {
    const still: Provider = { ...acme, route: (call) => ({ ...acme.route(call), takes: { ...acme.route(call).takes, topP: true } }) };
    expect(await failures(still, FIXTURES, ["probe"])).toContain("topP: topP is claimed and does not move the request");
  });
  it("the probe sees a parameter that is called dropped and sent", async () => {
    const sly: Provider = {
      ...acme,
      route(call) {
        const route = acme.route(call);
        const render: Protocol["render"] = (checked) => {
          const rendered = route.protocol.render(checked);
          const { body } = rendered.request;
          return { ...rendered, request: { ...rendered.request, body: { ...body, top_k: call.request.topK } } };
        };
        return { ...route, protocol: { ...route.protocol, render } };
      },
    };
    expect(await failures(sly, FIXTURES, ["probe"])).toContain("topK is noted as dropped and moves the request");
  });
  it("a provider that refuses whatever it is asked shows nothing of how it renders", async () => {
    const mute: Provider = {
      ...acme,
      route() {
        throw new LumiverseError({ code: "configuration", message: "not today" });
      },
    };
    expect(await failures(mute, FIXTURES, ["properties"])).toContain("requests were refused: nothing is shown of how they are rendered");
  });
  it("the canary asks for no key where nothing is sent", async () => {
    const folder = copied();
    change(folder, "text", (one) => ({
      ...one,
      request: { messages: [{ role: "user", content: "hi" }], toolChoice: "required" },
      expect: { error: { code: "unsupported" } },
      exchanges: [],
    }));
    expect(await failures(acme, folder, ["canary"])).toBe("");
  });
  it("the canary sees a key that a provider puts into a body", async () => {
    const own = acme.route({
      request: { model: "m", messages: [] },
      settings: {},
      streaming: true,
      keyed: true,
      policy: { unsupported: "default", prefill: "error", replayScope: "own" },
      without: new Set(),
    });
    const leaky: Provider = {
      ...acme,
      route: (call) => ({
        ...acme.route(call),
        protocol: {
          ...own.protocol,
          render(checked) {
            const rendered = own.protocol.render(checked);
            return { ...rendered, request: { ...rendered.request, body: { ...rendered.request.body, user: CANARY } } };
          },
        },
      }),
    };
    expect(await failures(leaky, FIXTURES, ["canary"])).toContain("the key is in the request body");
  });
  it("the base URL must get the whole call", async () => {
    const stuck: Provider = { ...acme, route: (call) => ({ ...acme.route(call), base: new URL("https://api.acme.test/v1") }) };
    const found = await failures(stuck, FIXTURES, ["base URL"]);
    // The suite still reaches it, by changing the host under its feet, and says that the override went unheard.
    expect(found).toContain("the override of the base URL was not heard");
  });
});
