import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { conforms } from "../src/conforms.ts";
import type { Report } from "../src/report.ts";
import { acme } from "./acme/provider.ts";
import { copied, FIXTURES } from "./copies.ts";

describe("conforms", () => {
  it("runs under node:test", () => {
    const file = fileURLToPath(new URL("./acme/node-test.ts", import.meta.url));
    const run = spawnSync(process.execPath, ["--conditions=@lumiverse/source", "--test", "--test-reporter=tap", file], {
      encoding: "utf8",
      env: { ...process.env, NODE_TEST_CONTEXT: undefined },
    });
    expect(`${run.stdout}${run.stderr}`).toContain("# fail 0");
    expect(Number(/# pass (\d+)/.exec(run.stdout)?.[1])).toBeGreaterThan(10);
    expect(run.status).toBe(0);
  }, 60_000);

  it("takes any runner and hands out a report", async () => {
    const tests: { name: string; body: () => Promise<void> }[] = [];
    let after: (() => void | Promise<void>) | undefined;
    let report: Report | undefined;
    const folder = mkdtempSync(join(tmpdir(), "report-"));
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
      expect(readFileSync(join(folder, "acme.md"), "utf8")).toContain(
        "- claims: streaming: it is called a known failure (a test of the list) and passes",
      );
    } finally {
      delete process.env["LUMIVERSE_REPORT"];
    }
  });

  it("writes golden requests and expectations anew, and they are the ones that were", async () => {
    const folder = copied();
    const before = readFileSync(join(folder, "text", "case.json"), "utf8");
    rmSync(join(folder, "scenarios.json"));
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
  });
});
