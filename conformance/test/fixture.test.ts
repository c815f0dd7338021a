import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isLumiverseError, LumiverseError } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { parseCase, readFixtures } from "../src/fixture/fixture.ts";
import { keyOf } from "../src/fixture/keys.ts";
import { caseSchema } from "../src/fixture/schema.ts";
import { turnFaults } from "../src/play/compare.ts";
import type { Turn } from "../src/play/play.ts";
import { change, copied, FIXTURES } from "./temporary-cases.ts";

const good = {
  version: 1,
  title: "it answers",
  claims: ["streaming"],
  model: "m",
  request: { messages: [{ role: "user", content: "hi" }] },
  streaming: true,
  expect: { response: { text: "x" } },
  exchanges: [
    {
      request: { method: "POST", url: "https://api.test/v1/x", body: { b: 1, a: 2 } },
      response: { status: 200, body: "data: 1\n\n" },
      provenance: { kind: "documented", source: "https://docs.test/x", date: "2026-01-02" },
    },
  ],
};
const [exchange] = good.exchanges;
function fault(changes: object): string {
  try {
    parseCase(JSON.stringify({ ...good, ...changes }), "sample");
  } catch (error) {
    if (isLumiverseError(error) && error.code === "configuration") return error.message;
    throw error;
  }
  return "";
}

describe("the fixture format", () => {
  it("accepts a complete case", () => {
    expect(fault({})).toBe("");
    expect(readFixtures(FIXTURES).map((fixture) => fixture.name)).toEqual([
      "key-refused",
      "models",
      "signature",
      "text",
      "tool-call",
      "tool-loop",
    ]);
  });

  it.each([
    ["a missing title", { title: undefined }, "title is missing"],
    ["a field that is none", { titel: "x" }, "titel is not a field of the format"],
    ["a capability that does not exist", { claims: ["flying"] }, "/claims/0: must be one of input.image"],
    ["another version", { version: 2 }, "/version: must be 1, not 2"],
    ["an expectation of nothing", { expect: {} }, "expect is empty"],
    ["neither request nor operation", { request: undefined }, "a case needs a request or an operation"],
    [
      "events of an answer that does not stream",
      { streaming: false, expect: { events: [{ type: "start" }] } },
      "expect.events needs streaming",
    ],
    ["two bodies", { exchanges: [{ ...exchange, response: { status: 200, body: "", bodyFile: "x" } }] }, "body or bodyFile, not both"],
    [
      "a credential among the headers",
      { exchanges: [{ ...exchange, request: { ...exchange?.request, headers: { "x-api-key": "k" } } }] },
      "x-api-key carries a credential",
    ],
    [
      "a key and something else among the headers",
      { exchanges: [{ ...exchange, request: { ...exchange?.request, headers: { authorization: "Bearer {key}-west" } } }] },
      "authorization carries a credential: write {key} in place of the key",
    ],
    [
      "a recording without a hash",
      { exchanges: [{ ...exchange, provenance: { kind: "recorded", source: "x", date: "2026-01-02" } }] },
      "recorded needs sha256",
    ],
    [
      "documentation without a page",
      { exchanges: [{ ...exchange, provenance: { kind: "documented", source: "hearsay", date: "2026-01-02" } }] },
      "documented needs the URL of the page",
    ],
  ])("refuses %s by name", (_what, changes, sentence) => {
    expect(fault(changes)).toContain("fixtures/sample: ");
    expect(fault(changes)).toContain(sentence);
  });

  it("reports text that is not JSON", () => {
    expect(() => parseCase("{", "sample")).toThrow("case.json is not valid JSON");
  });

  it("names a missing body file", () => {
    const folder = copied();
    rmSync(join(folder, "text", "response.sse"));
    expect(() => readFixtures(folder)).toThrow("fixtures/text: response.sse is named in case.json but does not exist");
  });

  it("keeps the key order of an inline body", () => {
    const folder = copied();
    change(folder, "models", (one) =>
      Object.assign(one, { exchanges: [{ ...exchange, request: { method: "POST", url: "https://api.test/", body: { b: 1, a: 2 } } }] }),
    );
    expect(readFixtures(folder).find((fixture) => fixture.name === "models")?.exchanges[0]?.sent).toBe('{"b":1,"a":2}');
  });

  it("compares generated text that the vendor rejected", () => {
    const refused = new LumiverseError({ code: "invalid-generation", message: "no", generation: 'weather({"place": Graz})' });
    const turn = (generation: string): Turn => ({
      events: [],
      response: undefined,
      error: refused,
      value: undefined,
      expect: { error: { code: "invalid-generation", generation } },
    });
    expect(turnFaults(turn("place"), "stream")).toEqual([]);
    expect(turnFaults(turn("Linz"), "stream").join()).toContain("error.generation");
  });

  it("accepts a key in the provider's own format and makes a different one each time", () => {
    const apiKey = { exchanged: "client-{n}:not-a-secret" };
    const signed = { credential: { kind: "service-account", env: "ACME_ACCOUNT", required: true } } as const;
    const [one, two] = [keyOf({ apiKey }, signed), keyOf({ apiKey }, signed)];
    expect(one).toMatch(/^client-\d+:not-a-secret$/);
    expect(two).not.toBe(one);
    expect(fault({ apiKey })).toBe("");
    expect(fault({ apiKey: "own" })).toContain("/apiKey: must be one of canary, none, service-account");
    expect(fault({ apiKey: { exchange: "x" } })).toContain("exchanged is missing");
  });

  it("is published as the JSON Schema that the parser uses", () => {
    expect(JSON.parse(readFileSync(new URL("../src/fixture/case.schema.json", import.meta.url), "utf8"))).toEqual(caseSchema);
  });
});
