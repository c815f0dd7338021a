import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { judge } from "@lumiverse/conformance";
import { isObject, type Provider } from "@lumiverse/core/provider";
import { afterAll, describe, expect, test } from "vitest";
import { type Ended, runProgram } from "../../core/test/support/programs.ts";
import { type ProtocolId, protocols, scaffold } from "../src/index.ts";

/** Inside this package, so that new packages resolve those of the repository. git and the linter ignore the name. */
const HERE = fileURLToPath(new URL("../.lumiverse/", import.meta.url));
const folders: string[] = [];
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function made(protocol: ProtocolId): Promise<string> {
  await mkdir(HERE, { recursive: true });
  const directory = await mkdtemp(join(HERE, "scaffolded-"));
  folders.push(directory);
  const names = { id: "moon-base", name: 'The "Moon" Base', docs: "https://moon.example/docs", base: "https://api.moon.example/v1/" };
  const ranges = { version: "0.1.0", core: "^1.0.0", protocols: "^1.0.0", conformance: "^1.0.0" };
  await scaffold({ names, kind: "standalone", protocol, model: "moon/small", directory, date: "2026-01-02", ranges });
  return directory;
}

/** Runs the package's script. Node can hang at the end of a process, so one that does not end is killed and run once more. */
function writeIn(directory: string): Promise<Ended> {
  const run = (): Promise<Ended> =>
    runProgram(process.execPath, ["--conditions=@lumiverse/source", "--no-warnings", "test/write.ts"], { cwd: directory, limitMs: 50_000 });
  return run().catch(run);
}

describe.each(Object.keys(protocols) as ProtocolId[])("a new provider over %s", (protocol) => {
  test("compiles outside this repository, scripts included", async () => {
    const directory = await made(protocol);
    const args = ["-p", directory, "--customConditions", "@lumiverse/source"];
    const tsc = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));
    expect(await runProgram(tsc, args, { limitMs: 100_000 })).toEqual({ code: 0, stdout: "", stderr: "" });
  });
  test("passes the whole conformance suite without a change", async () => {
    const directory = await made(protocol);
    const module: unknown = await import(pathToFileURL(join(directory, "src/provider.ts")).href);
    if (!isObject(module) || module["moonBase"] === undefined) throw new Error("src/provider.ts exports no moonBase");
    const report = await judge(module["moonBase"] as Provider, { fixtures: join(directory, "fixtures"), runs: 5 }); // as the template names it
    expect(report.results.filter((result) => result.outcome !== "passed")).toEqual([]);
    expect(report.passed).toBeGreaterThan(80);
  }, 120_000);
  test("has evidence that matches its cases, and npm run write changes nothing", async () => {
    const directory = await made(protocol);
    const before = await readFile(join(directory, "src/evidence.ts"), "utf8");
    expect(await writeIn(directory)).toEqual({ code: 0, stdout: "fixtures/ is unchanged\n", stderr: "" });
    expect(await readFile(join(directory, "src/evidence.ts"), "utf8")).toBe(before);
    expect(before).toContain('registerEvidence("moon-base", evidence)');
  });
  test("fails when one of its cases is removed", async () => {
    const directory = await made(protocol);
    await rm(join(directory, "fixtures/key-refused"), { recursive: true });
    const module: unknown = await import(pathToFileURL(join(directory, "src/provider.ts")).href);
    if (!isObject(module)) throw new Error("no module");
    const provider = module["moonBase"] as Provider; // as above
    const report = await judge(provider, { fixtures: join(directory, "fixtures") }, (one) => one.group === "completeness");
    expect(report.results.map((result) => result.message ?? "").join()).toMatch(/"key-refused" is missing.*"key-refused" was deleted/s);
  });
});

test("fixtures name their source and date, and none claims to be recorded", async () => {
  const directory = await made("messages");
  const text = await readFile(join(directory, "fixtures/text/case.json"), "utf8");
  expect(text).toContain(`"source": "${protocols.messages.page}"`);
  expect(text).toContain('"date": "2026-01-02"');
  expect(text).not.toContain("recorded");
});

describe("npm run write", () => {
  test("lists changed and new cases and adds them to the evidence", async () => {
    const directory = await made("chat-completions");
    const text = JSON.parse(await readFile(join(directory, "fixtures/text/case.json"), "utf8"));
    const { request, streaming: _, exchanges } = text;
    const warm = { ...text, claims: ["temperature"], request: { ...request, temperature: 0.5 }, streaming: true, expect: { notes: [] } };
    warm.exchanges = [{ ...exchanges[0], for: undefined, response: { status: 200, bodyFile: "response.sse" } }];
    await mkdir(join(directory, "fixtures/warm"));
    await writeFile(join(directory, "fixtures/warm/case.json"), JSON.stringify(warm));
    await copyFile(join(directory, "fixtures/text/response.sse"), join(directory, "fixtures/warm/response.sse"));
    const { code, stdout } = await writeIn(directory);
    expect([code, stdout.trim().split("\n").sort()]).toEqual([0, ["changed  fixtures/scenarios.json", "changed  fixtures/warm/case.json"]]);
    expect(await readFile(join(directory, "src/evidence.ts"), "utf8")).toContain('"source":"fixtures/warm"');
  });
  test("reports an unreadable case in two lines without a stack trace", async () => {
    const directory = await made("chat-completions");
    await writeFile(join(directory, "fixtures/text/case.json"), '{ "version": 1 }');
    const { code, stderr } = await writeIn(directory);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^fixtures\/text: .*title is missing.*\n.*caseSchema.*\n$/)]);
  });
});

test("the build writes the version of package.json to the module", async () => {
  const directory = await made("responses");
  const manifest = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  await writeFile(join(directory, "package.json"), JSON.stringify({ ...manifest, version: "4.5.6" }));
  await runProgram(process.execPath, ["version.mjs"], { cwd: directory });
  expect(await readFile(join(directory, "src/version.ts"), "utf8")).toContain('version = "4.5.6"');
});
