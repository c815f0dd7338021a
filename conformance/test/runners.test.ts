import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../packages/core/test/support/programs.ts";
import { conforms } from "../src/conforms.ts";
import type { Report } from "../src/report/report.ts";
import { acme } from "./acme/provider.ts";
import { copied, FIXTURES, temporary } from "./temporary-cases.ts";

describe("conforms", () => {
  it("imports Vitest in one entry point only, as an optional peer", () => {
    const { peerDependenciesMeta } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
      peerDependenciesMeta: object;
    }; // our own manifest
    expect(peerDependenciesMeta).toEqual({ "fast-check": { optional: true }, nock: { optional: true }, vitest: { optional: true } });
    const source = new URL("../src/", import.meta.url);
    const importing = readdirSync(source)
      .filter((file) => file.endsWith(".ts"))
      .filter((file) => /from "vitest"/.test(readFileSync(new URL(file, source), "utf8")));
    expect(importing).toEqual(["vitest.ts"]);
  });
  it("runs under node:test", async () => {
    const file = fileURLToPath(new URL("./acme/node-test.ts", import.meta.url));
    const { code, stdout, stderr } = await runProgram(
      process.execPath,
      ["--conditions=@lumiverse/source", "--test", "--test-reporter=tap", file],
      { env: { ...process.env, NODE_TEST_CONTEXT: undefined } },
    );
    expect(`${stdout}${stderr}`).toContain("# fail 0");
    expect(Number(/# pass (\d+)/.exec(stdout)?.[1])).toBeGreaterThan(10);
    expect(code).toBe(0);
  });

  it("accepts any test runner and returns a report", async () => {
    const tests: { name: string; body: () => Promise<void> }[] = [];
    let after: (() => void | Promise<void>) | undefined;
    let report: Report | undefined;
    const folder = temporary("report");
    process.env["LUMIVERSE_REPORT"] = folder;
    try {
      conforms(
        acme,
        { fixtures: FIXTURES, known: { "claims: streaming": "a test of the list" }, report: (done) => (report = done) },
        { describe: (_name, body) => body(), it: (name, body) => void tests.push({ name, body }), afterAll: (body) => (after = body) },
      );
      const failed: string[] = [];
      for (const { name, body } of tests.filter((test) => /^(?:streaming|tools|text)/.test(test.name)))
        await body().catch(() => failed.push(name));
      await after?.();
      expect(failed).toEqual(["streaming (known to fail: a test of the list)"]);
      expect(report?.failed).toBe(1);
      // Checks that a filter of the runner leaves out are counted.
      expect(report?.notRun).toBe(tests.length - 1 - (report?.results.length ?? 0));
      expect(readFileSync(join(folder, "acme.md"), "utf8")).toContain(`This run is incomplete: ${report?.notRun} checks were left out.`);
      expect(report?.claimed).toContain("tools");
      expect(report?.notClaimed).toContain("input.image");
      expect(readFileSync(join(folder, "acme.md"), "utf8")).toContain(
        "- claims: streaming: it is listed as a known failure (a test of the list) but passes",
      );
    } finally {
      delete process.env["LUMIVERSE_REPORT"];
    }
  });

  it("rewrites requests and expectations without a difference if nothing changed", async () => {
    const folder = copied();
    const before = readFileSync(join(folder, "text", "case.json"), "utf8");
    rmSync(join(folder, "scenarios.json"));
    const refused = join(folder, "key-refused", "case.json");
    writeFileSync(refused, readFileSync(refused, "utf8").replace('"authentication"', '"permission"'));
    const spoilt = JSON.parse(before) as { exchanges: { request: { body: unknown } }[] }; // the sample's own case
    for (const exchange of spoilt.exchanges) exchange.request.body = {};
    writeFileSync(join(folder, "text", "case.json"), JSON.stringify(spoilt));
    process.env["LUMIVERSE_WRITE_FIXTURES"] = "1";
    try {
      const tests: (() => Promise<void>)[] = [];
      conforms(
        acme,
        { fixtures: folder },
        { describe: (_name, body) => body(), it: (_name, body) => void tests.push(body), afterAll: () => {} },
      );
      for (const body of tests) await body();
    } finally {
      delete process.env["LUMIVERSE_WRITE_FIXTURES"];
    }
    expect(readFileSync(join(folder, "text", "case.json"), "utf8")).toBe(before);
    expect(JSON.parse(readFileSync(join(folder, "scenarios.json"), "utf8"))).toContain("tool-loop");
    // A person decided the code, so the code of the provider does not replace it.
    expect(JSON.parse(readFileSync(refused, "utf8"))).toMatchObject({ expect: { error: { code: "permission" } } });
  });
});
