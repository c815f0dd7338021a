/** For every rule of the suite, a broken provider or a broken case that the rule must catch by name. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CheckedCall,
  type Emit,
  LumiverseError,
  type Protocol,
  type Provider,
  type ReadEvent,
  type Route,
} from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import type { Group } from "../src/checks/check.ts";
import { whyNotShown } from "../src/checks/claims.ts";
import { secretsIn } from "../src/checks/provenance.ts";
import { exchangeHash, type Fixture, readFixture, readFixtures } from "../src/fixture/fixture.ts";
import { CANARY } from "../src/fixture/keys.ts";
import { judge, type Report } from "../src/report/report.ts";
import { acme } from "./acme/provider.ts";
import { change, copied, FIXTURES, temporary } from "./temporary-cases.ts";

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
const claiming = (capabilities: object): Provider => ({
  ...acme,
  route: (call: Parameters<Provider["route"]>[0]): Route => ({
    ...acme.route(call),
    capabilities: { ...acme.route(call).capabilities, ...capabilities },
  }),
});

function withCredential(change: object): Provider {
  return { ...acme, credential: { kind: "api-key", required: true, env: "ACME_API_KEY", ...change } };
}

describe("completeness", () => {
  it("notices a deleted scenario", async () => {
    const folder = copied();
    rmSync(join(folder, "tool-loop"), { recursive: true });
    const found = await failures(acme, folder, ["completeness"]);
    expect(found).toContain('scenario "tool-loop" was deleted');
    expect(found).toContain('scenario "tool-loop" is missing (tools is claimed)');
  });
  it("notices a renamed scenario", async () => {
    const folder = copied();
    renameSync(join(folder, "key-refused"), join(folder, "key"));
    expect(await failures(acme, folder, ["completeness"])).toContain('scenario "key-refused" is missing (a key is required)');
  });
  it("notices a missing list of scenarios", async () => {
    const folder = copied();
    rmSync(join(folder, "scenarios.json"));
    expect(await failures(acme, folder, ["completeness"])).toContain("scenarios.json is missing");
  });
  it("fails a subject without cases", async () => {
    const empty = temporary("none");
    const found = await failures(acme, empty, ["format", "completeness", "faults"]);
    expect(found).toContain("contains no case");
    expect(found).toContain("no case has a plain streamed answer");
  });
});

describe("requests", () => {
  it("notices a renderer that passes the parts of a message as arguments", async () => {
    const spreading: Provider = {
      ...acme,
      route(call) {
        const route = acme.route(call);
        const render: Protocol["render"] = (given) => {
          const parts: unknown[] = [];
          for (const { content } of given.messages) parts.push(...content);
          return route.protocol.render(given);
        };
        return { ...route, protocol: { ...route.protocol, render } };
      },
    };
    expect(await failures(spreading, FIXTURES, ["requests"])).toContain("a transcript with 130000 texts in each message is not rendered");
    expect(await failures(acme, FIXTURES, ["requests"])).toBe("");
  });
});

/** Acme with a change of every rendered request or of every event. */
function changedAcme(change: {
  messages?: (given: CheckedCall["messages"]) => CheckedCall["messages"];
  request?: object;
  event?: (event: ReadEvent) => ReadEvent;
}): Provider {
  return {
    ...acme,
    route(call) {
      const route = acme.route(call);
      const { protocol } = route;
      const render: Protocol["render"] = (given) =>
        protocol.render({
          ...given,
          messages: change.messages?.(given.messages) ?? given.messages,
          request: { ...given.request, ...change.request },
        });
      const reader: Protocol["reader"] = (context) => {
        const inner = protocol.reader(context);
        const through =
          (emit: Emit): Emit =>
          (event) =>
            emit(change.event?.(event) ?? event);
        return {
          message: (message, emit) => inner.message(message, through(emit)),
          body: (json, emit) => inner.body(json, through(emit)),
          unframedText: (text, emit) => inner.unframedText(text, through(emit)),
          end: (emit) => inner.end(through(emit)),
          get phase() {
            return inner.phase;
          },
        };
      };
      return { ...route, protocol: { ...protocol, render, reader } };
    },
  };
}

describe("what is asked for and what is stated", () => {
  it("arrives: numbers, and messages in their order", async () => {
    expect(await failures(acme, FIXTURES, ["requests"])).toBe("");
    const fixed = await failures(changedAcme({ request: { temperature: 0.25 } }), FIXTURES, ["requests"]);
    expect(fixed).toContain("temperature: 0.37 is not sent, and no note says why");
    expect(fixed).toContain("temperature is sent although the request has no such field");
    const reversed = changedAcme({ messages: (given) => given.toReversed() });
    expect(await failures(reversed, FIXTURES, ["requests"])).toContain("the messages RULE-A, RULE-B are sent in another order");
  });
  it("arrives: the finish reason, and the ids of the answer and of its calls", async () => {
    const stopped = changedAcme({ event: (event) => (event.type === "finish" ? { ...event, reason: "stop" } : event) });
    expect(await failures(stopped, FIXTURES, ["properties"])).toContain(
      'the answer calls a tool, but its finish reason is "stop", expected "tool-calls"',
    );
    const nameless = changedAcme({ event: (event) => (event.type === "start" ? { type: "start" } : event) });
    expect(await failures(nameless, FIXTURES, ["properties"])).toContain("the host states an id of the answer, but the response has none");
    const renamed = changedAcme({
      event: (event) => ("id" in event && event.type === "part-start" ? { ...event, id: `x${event.id}` } : event),
    });
    expect(await failures(renamed, FIXTURES, ["properties"])).toContain("which the host did not send");
  });
  it("has an effect, if it is a setting", async () => {
    const folder = copied();
    change(folder, "text", (one) => ({ ...one, settings: { region: "eu" } }));
    const settled: Provider = {
      ...acme,
      settings: async () =>
        ({ settings: { parse: (value: unknown) => value, validate: (value: unknown) => ({ value }), schema: {}, fields: [] } }) as never, // the suite reads none of it
    };
    expect(await failures({ ...acme, ...settled }, folder, ["claims"])).toContain(
      "the setting region changes nothing in fixtures/text: neither the request nor the answer",
    );
  });
  it.each<[string, (streaming: boolean) => Partial<Route>]>([
    ["the header of the key", () => ({ credential: "never", headers: { authorization: `Token ${CANARY}` } })],
    ["unstreamed calls", (streaming) => (streaming ? {} : { headers: { "x-region": "eu" } })],
  ])("may be a setting that changes only %s", async (_, changed) => {
    const folder = copied();
    change(folder, "text", (one) => ({ ...one, streaming: "both", settings: { region: "eu" } }));
    const settled: Provider = {
      ...acme,
      settings: async () => ({ parse: (value: unknown) => value }) as never, // the suite needs no more of it
      route: (call) => ({ ...acme.route(call), ...("region" in call.settings ? changed(call.streaming) : {}) }),
    };
    expect(await failures(settled, folder, ["claims"])).not.toContain("the setting region changes nothing");
  });
  it("is the verdict about a key, the whole list and the host's balance", async () => {
    const operations = await acme.operations();
    const trusting: Provider = {
      ...acme,
      operations: async () => ({ ...operations, check: { ...operations.check, parse: () => ({ value: { key: "valid", usable: true } }) } }),
    };
    expect(await failures(trusting, FIXTURES, ["properties"])).toContain("check() says that the key works");
    const folder = copied();
    change(folder, "models", (one) => ({
      ...one,
      exchanges: one.exchanges.map((exchange) => ({
        ...exchange,
        response: { status: 200, body: { data: [{ id: "acme-large" }], has_more: true } },
      })),
    }));
    expect(await failures(acme, folder, ["properties"])).toContain("has_more of the last exchange says that the list goes on");
  });
});

describe("claims", () => {
  it("fail if no case shows the capability", async () => {
    expect(await failures(claiming({ seed: true }), FIXTURES, ["claims"])).toContain(
      'claims: seed: seed is claimed (for acme-large) but no successful case shows it: add "seed" to the claims of a case that shows it and expects no error, or remove the claim',
    );
  });
  it("fail if a case names a capability but does not show it", async () => {
    const folder = copied();
    change(folder, "text", (one) => ({ ...one, claims: ["tools", "sources", "seed"] }));
    const found = await failures(acme, folder, ["claims"]);
    expect(found).toContain("text shows tools: the request has no tools");
    expect(found).toContain("text shows sources: expect.response has no source");
    expect(found).toContain("text shows seed: the request has no seed");
  });
  it("fail if the provider does not claim what a case shows", async () => {
    expect(await failures(claiming({ tools: false }), FIXTURES, ["claims"])).toContain(
      "the case shows tools, but the subject does not claim it",
    );
  });
  it("fail if every case about the capability ends in an error or sends nothing", async () => {
    const folder = copied();
    change(folder, "key-refused", (one) => ({ ...one, claims: ["seed"], request: { ...(one["request"] as object), seed: 1 } }));
    expect(await failures(claiming({ seed: true }), folder, ["claims"])).toContain("no successful case shows it");
    change(folder, "text", (one) => ({ ...one, exchanges: [] }));
    expect(await failures(acme, folder, ["claims"])).toContain("text shows streaming: the case sends no request");
  });
  it("accept an image in a tool result as an image input", () => {
    const [fixture] = readFixtures(FIXTURES).filter((one) => one.name === "tool-loop");
    if (fixture === undefined) return expect.fail();
    const picture = { type: "image" as const, data: "aGVsbG8=", mediaType: "image/png" };
    const messages = [{ role: "tool" as const, content: [{ type: "tool-result" as const, id: "a", content: [picture] }] }];
    const seeing: Fixture = { ...fixture, case: { ...fixture.case, turns: [{ messages, expect: {} }] } };
    expect([whyNotShown("input.image", fixture), whyNotShown("input.image", seeing)]).toEqual(["the request has no image part", undefined]);
  });
  it("include those of the catalogue", async () => {
    const catalogue = async () => ({
      date: "2026-01-01",
      source: "list",
      models: [{ id: "acme-eye", source: "list", capabilities: { "input.image": true } }],
    });
    expect(await failures({ ...acme, catalogue }, FIXTURES, ["claims"])).toContain(
      "input.image is claimed for acme-eye but no successful case shows it",
    );
  });
});

describe("known failures", () => {
  const known = "claims: seed";
  it("are counted with their reason", async () => {
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
  it("fail if they pass", async () => {
    expect(await failures(acme, FIXTURES, ["claims"], { known: { "claims: tools": "once broken" } })).toContain("remove it from the list");
  });
  it("fail if the check does not exist", async () => {
    expect(await failures(acme, FIXTURES, ["format"], { known: { "claims: flying": "some day" } })).toContain(
      '"claims: flying" is listed as a known failure but is not a check',
    );
  });
});

describe("provenance", () => {
  it("notices a manually edited recording", async () => {
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
    const changed = "tool-call: exchange 0 is marked as recorded but was changed";
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
  it("finds text of the source in a derived fixture", async () => {
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
      "derived from acme/two, but the recordings do not contain it",
    );
  });
  it("finds text that looks like a secret, unless the case states why it is not one", async () => {
    const folder = copied();
    const odd = "qZ7rT0pLx4VbN8mKs2WdF6hJc9GyE3uA";
    change(folder, "text", (one) => ({ ...one, title: `the answer to ${odd}` }));
    expect(await failures(acme, folder, ["provenance"])).toContain("looks like a secret");
    change(folder, "text", (one) => ({ ...one, harmless: { [odd]: "invented for this test" } }));
    expect(await failures(acme, folder, ["provenance"])).toBe("");
  });
  it("recognises key formats and ignores words, hashes and paths", () => {
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
  it("are compared as raw text, including the key order", async () => {
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
  it("go to the expected URL", async () => {
    const elsewhere: Provider = { ...acme, route: (call) => ({ ...acme.route(call), base: new URL("https://api.acme.test/v2") }) };
    expect(await failures(elsewhere, FIXTURES, ["golden"])).toMatch(/golden: text \(stream\)/);
  });
  it("contain what `sent.has` lists and nothing that `sent.lacks` lists", async () => {
    const folder = copied();
    change(folder, "text", (one) => ({
      ...one,
      expect: { ...one.expect, sent: { has: { "/temperature": 0.5, "/max_tokens": 7 }, lacks: ["/stream"] } },
    }));
    const found = await failures(acme, folder, ["golden"]);
    expect(found).toContain("body/max_tokens is 100, expected 7");
    expect(found).toContain("body/stream is true but must not be sent");
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
  it("the probe notices a parameter that does not change the request", async () => {
    const still: Provider = {
      ...acme,
      route: (call) => ({ ...acme.route(call), capabilities: { ...acme.route(call).capabilities, topP: true } }),
    };
    expect(await failures(still, FIXTURES, ["probe"])).toContain("topP: topP is claimed but does not change the request");
  });
  it("the probe notices a parameter that is noted as dropped but sent", async () => {
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
    expect(await failures(sly, FIXTURES, ["probe"])).toContain("topK is noted as dropped but changes the request");
  });
  it("a provider that refuses every request fails the rendering check", async () => {
    const mute: Provider = {
      ...acme,
      route() {
        throw new LumiverseError({ code: "configuration", message: "not today" });
      },
    };
    expect(await failures(mute, FIXTURES, ["properties"])).toContain("random requests were refused, so no rendered request was tested");
  });
  it("code that crashes on a request fails the checks, with the place where it threw", async () => {
    const crashing: Provider = {
      ...acme,
      route: (call) => {
        const route = acme.route(call);
        const render: Protocol["render"] = (checked) => {
          if (checked.request.tools !== undefined) JSON.parse("{");
          return route.protocol.render(checked);
        };
        return { ...route, protocol: { ...route.protocol, render } };
      },
    };
    const found = await failures(crashing, FIXTURES, ["requests", "probe", "golden"]);
    expect(found).toMatch(
      /requests: text: an empty tool schema: .*could not be prepared.*\n.*\n(?:\s+at .*\n)*\s+at .*rules\.test\.ts:\d+/,
    );
    expect(found).toMatch(/the code that renders the request crashed: .*\n(?:\s+at .*\n)*\s+at .*rules\.test\.ts:\d+/);
    expect(found).toMatch(/it failed with .*could not be prepared.*\(at .*rules\.test\.ts:\d+/);
  });
  it("a typed refusal is no crash, whatever its cause is", async () => {
    const refusing: Provider = {
      ...acme,
      route: (call) => {
        const route = acme.route(call);
        const render: Protocol["render"] = (checked) => {
          if (!JSON.stringify(checked.request.tools ?? []).includes("(?!")) return route.protocol.render(checked);
          const cause = new SyntaxError("Invalid group");
          throw new LumiverseError({ code: "invalid-request", message: "the pattern is not supported", cause });
        };
        return { ...route, protocol: { ...route.protocol, render } };
      },
    };
    expect(await failures(refusing, FIXTURES, ["requests", "probe"])).toBe("");
  });
  it.each([TypeError, ReferenceError])(
    "a route that crashes with a %o is one failed check, with the place where it threw",
    async (Kind) => {
      const crashing: Provider = {
        ...acme,
        route: () => {
          throw new Kind("no such region");
        },
      };
      const found = await failures(crashing, FIXTURES, ["format", "golden"]);
      expect(found).toMatch(/^format: key-refused has a route: \w+Error: no such region\n\s+at .*rules\.test\.ts:\d+/);
      expect(found).not.toContain("golden");
    },
  );
  it("a disguise is not blamed for a case that fails without it", async () => {
    const folder = copied();
    const path = join(folder, "text", "response.sse");
    writeFileSync(path, readFileSync(path, "utf8").split("\n\n").slice(0, 2).join("\n\n"));
    const found = await failures(acme, folder, ["disguises", "streamed and unstreamed"]);
    expect(found).toContain("the case fails without a disguise, too: truncated: ");
    expect(found).toContain("the two answers differ: the streamed one ended with truncated: ");
  });
  it("the key must be in the header that the cases state, or where most hosts of the protocol expect it, and in no other", async () => {
    const elsewhere = await failures(withCredential({ header: "x-acme-key" }), FIXTURES, ["golden", "canary"]);
    expect(elsewhere).toContain('golden: text (stream): request 0: header authorization is undefined, expected "Bearer {key}"');
    expect(elsewhere).toContain(
      'canary: tool-call: stream: the key is sent as "x-acme-key: {key}", but the cases say that the host expects',
    );
    const folder = copied();
    change(folder, "text", (one) => ({
      ...one,
      exchanges: one.exchanges.map((exchange) => ({ ...exchange, request: { ...exchange.request, headers: {} } })),
    }));
    expect(await failures(acme, folder, ["canary"])).toBe("");
    const unusual = await failures(withCredential({ header: "x-acme-key" }), folder, ["canary"]);
    expect(unusual).toContain(
      'the key is sent as "x-acme-key: {key}", but most hosts of this protocol expect "authorization: Bearer {key}"',
    );
  });
  it("the canary notices a key in base64", async () => {
    const encoded: Provider = { ...acme, route: (call) => ({ ...acme.route(call), headers: { "x-user": btoa(CANARY) } }) };
    expect(await failures(encoded, FIXTURES, ["canary"])).toContain("the key is in authorization and x-user");
  });
  it("the canary notices a key in base64 in the place of the plain key", async () => {
    const encoded: Provider = {
      ...acme,
      route: (call) => ({ ...acme.route(call), credential: "never", headers: { authorization: `Basic ${btoa(`user:${CANARY}`)}` } }),
    };
    expect(await failures(encoded, FIXTURES, ["canary"])).toContain(
      'the key is sent as "authorization: Basic {encoded-key}", but the cases say that the host expects',
    );
    const folder = copied();
    for (const name of readdirSync(folder))
      if (existsSync(join(folder, name, "case.json"))) {
        const file = join(folder, name, "case.json");
        writeFileSync(file, readFileSync(file, "utf8").replaceAll("Bearer {key}", "Basic {encoded-key}"));
      }
    const stated = await failures(encoded, folder, ["canary", "golden", "credential"]);
    expect(stated).not.toContain("encoded-key");
    expect(stated).not.toContain("the key is");
    // The plain key is in another place than the cases say.
    expect(await failures(acme, folder, ["canary"])).toContain('the key is sent as "authorization: Bearer {key}"');
  });
  it("the suite notices half a surrogate pair that a renderer sends", async () => {
    const raw = changedAcme({
      messages: (given) => JSON.parse(JSON.stringify(given).replaceAll("\ufffd", "\\ud83c")) as CheckedCall["messages"],
    });
    const found = await failures(raw, FIXTURES, ["requests"]);
    for (const what of ["a message of the user", "a part of a message", "an answer", "the system message", "a call and its result"])
      expect(found).toContain(`half a surrogate pair in ${what} is sent`);
  });
  it("a provider that says of its key what the cases contradict is reported", async () => {
    expect(await failures({ ...acme, credential: { kind: "none" } }, FIXTURES, ["credential"])).toContain(
      "fixtures/text sends a key, but the provider has no credential",
    );
    expect(await failures(withCredential({ required: false }), FIXTURES, ["credential"])).toContain("a key is not required, but no case");
    expect(await failures(withCredential({ env: "OPENAI_API_KEY" }), FIXTURES, ["credential"])).toContain(
      "OPENAI_API_KEY holds keys for openai.com, and acme would send them to https://api.acme.test/v1",
    );
    const folder = copied();
    change(folder, "tool-call", (one) => ({ ...one, apiKey: "none" }));
    expect(await failures(acme, folder, ["credential"])).toContain("tool-call shows that the host answers without a key, but");
    expect(await failures(withCredential({ required: false }), folder, ["credential"])).toBe("");
    change(folder, "key-refused", (one) => ({ ...one, expect: { error: { code: "server" } } }));
    expect(await failures(acme, folder, ["credential"])).toContain("fixtures/key-refused must show that the host refuses a wrong key");
  });
  it("a refusal of the key with status 200 shows that a key is needed, and one with status 500 does not", async () => {
    for (const [status, isShown] of [
      [200, true],
      [403, true],
      [500, false],
    ] as const) {
      const folder = copied();
      change(folder, "key-refused", (one) => {
        const [exchange] = one["exchanges"] as readonly { response: object }[]; // as in the case of the sample
        return { ...one, exchanges: [{ ...exchange, response: { ...exchange?.response, status } }] };
      });
      const failed = await failures(acme, folder, ["credential"]);
      if (isShown) expect(failed).toBe("");
      else expect(failed).toContain("an answer with a status below 500");
    }
  });
  it("a case that expects a refused key to be valid is reported", async () => {
    const folder = copied();
    mkdirSync(join(folder, "me"));
    const refused = readFileSync(join(folder, "key-refused", "case.json"), "utf8");
    writeFileSync(join(folder, "me", "case.json"), refused);
    const checking =
      (key: string) =>
      ({ request: _, ...one }: Record<string, unknown>) => ({
        ...one,
        operation: "check",
        streaming: false,
        expect: { value: { key } },
      });
    change(folder, "me", checking("valid"));
    expect(await failures(acme, folder, ["credential"])).toContain(
      "the host answers 401 in fixtures/me, but the case expects the key valid",
    );
    renameSync(join(folder, "me"), join(folder, "check-refused"));
    expect(await failures(acme, folder, ["credential"])).toContain("fixtures/check-refused must show that check() reports a refused key");
    change(folder, "check-refused", (one) => ({ ...one, expect: { value: { key: "invalid" } } }));
    expect(await failures(acme, folder, ["credential"])).toBe("");
  });
  it("a check that takes any page for a proof of the key is reported", async () => {
    const operations = await acme.operations();
    const believing: Provider = {
      ...acme,
      operations: async () => ({
        ...operations,
        check: { ...operations.check, parse: ({ status }) => ({ value: { key: status < 400 ? "valid" : "invalid", usable: "unknown" } }) },
      }),
    };
    const found = await failures(believing, FIXTURES, ["properties"]);
    for (const answer of ["200 with an error", "200 with the login page of a network", "200 with an empty object"])
      expect(found).toContain(`the host answers ${answer} to every request, but check() says that the key works`);
    expect(await failures(acme, FIXTURES, ["properties"])).not.toContain("check() says that the key works");
  });
  it("the canary needs no key if nothing is sent", async () => {
    const folder = copied();
    change(folder, "text", (one) => ({
      ...one,
      request: { messages: [{ role: "user", content: "hi" }], toolChoice: "required" },
      expect: { error: { code: "unsupported" } },
      exchanges: [],
    }));
    expect(await failures(acme, folder, ["canary"])).toBe("");
  });
  it("the canary notices a key in the request body", async () => {
    const own = acme.route({
      request: { model: "m", messages: [] },
      settings: {},
      streaming: true,
      hasKey: true,
      policy: { unsupported: {}, replayScope: "own" },
      degradations: new Set(),
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
  it("the overridden base URL must receive the whole call", async () => {
    const stuck: Provider = { ...acme, route: (call) => ({ ...acme.route(call), base: new URL("https://api.acme.test/v1") }) };
    const found = await failures(stuck, FIXTURES, ["base URL"]);
    // The fetch of the suite redirects the calls, so the suite can report that the override was ignored.
    expect(found).toContain("the base URL override was ignored");
  });
});
