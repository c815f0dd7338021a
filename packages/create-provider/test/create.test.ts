import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { create, problemsOf, withDefaults, withPlaceholders } from "../src/index.ts";

const ACME = ["acme", "--protocol", "chat-completions", "--base-url", "https://api.acme.test/v1"];
let cwd = "";
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "create-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** Runs the program. With `lines`, a person at a terminal types them. */
async function run(args: readonly string[], lines?: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const written = { out: "", errors: "" };
  let typed = 0;
  output.setEncoding("utf8").on("data", (text: string) => {
    written.out += text;
    // Each prompt gets the next line. Without more lines the input ends.
    if (lines === undefined || !text.endsWith(": ")) return;
    const line = lines[typed++];
    if (line === undefined) input.end();
    else input.write(`${line}\n`);
  });
  errors.setEncoding("utf8").on("data", (text: string) => {
    written.errors += text;
  });
  const code = await create(args, { cwd, date: "2026-01-02", input, output, errors, isTerminal: lines !== undefined });
  return { code, ...written };
}

describe("with options", () => {
  test("a package is written to a folder named after the id, and the next commands are printed", async () => {
    const { code, out, errors } = await run(ACME);
    expect([code, errors]).toEqual([0, ""]);
    expect(out).toMatch(/npm install[\s\S]*npm test/);
    expect(await readdir(join(cwd, "acme"))).toEqual(
      expect.arrayContaining(["AGENTS.md", "README.md", "fixtures", "package.json", "src", "test"]),
    );
    expect(await readFile(join(cwd, "acme/src/provider.ts"), "utf8")).toContain('base: "https://api.acme.test/v1",');
  });
  test("--docs is the source of the fixtures", async () => {
    await run([...ACME, "--docs", "https://docs.acme.test/chat"]);
    expect(await readFile(join(cwd, "acme/fixtures/text/case.json"), "utf8")).toContain('"source": "https://docs.acme.test/chat"');
  });
  test("a slash in the model id is escaped in a path", async () => {
    await run(["acme", "--protocol", "generate-content", "--base-url", "https://api.acme.test/v1beta", "--model", "acme/large"]);
    expect(await readFile(join(cwd, "acme/fixtures/text/case.json"), "utf8")).toContain("/models/acme%2Flarge:generateContent");
  });
  test("the version ranges match the published packages", async () => {
    await run(ACME);
    const { peerDependencies, devDependencies } = JSON.parse(await readFile(join(cwd, "acme/package.json"), "utf8"));
    expect(peerDependencies["@lumiverse/core"]).toMatch(/^\^\d/);
    expect(devDependencies["@lumiverse/conformance"]).toMatch(/^\^\d/);
  });
  test("the id of a provider that Lumiverse brings is refused, and nothing is written", async () => {
    const { code, errors } = await run(["openai", ...ACME.slice(1)]);
    expect([code, await readdir(cwd)]).toEqual([1, []]);
    expect(errors).toContain('"openai" is the id of a provider that Lumiverse brings');
  });
  test("all problems are reported at once, and nothing is written", async () => {
    const { code, errors } = await run([
      "Acme",
      "--protocol",
      "soap",
      "--base-url",
      "acme",
      "--docs",
      "http://docs",
      "--env",
      "a b",
      "--model",
      'a"b',
    ]);
    expect(code).toBe(1);
    for (const word of ['"Acme"', '"soap"', '"acme"', '"http://docs"', '"a b"', 'a"b']) expect(errors).toContain(word);
    expect(await readdir(cwd)).toEqual([]);
  });
  test.each([
    ["https://api.acme.test/v1/chat/completions", "remove /chat/completions"],
    ["https://api.acme.test/v1?key=1", "cannot have a query"],
  ])("the base URL %s is refused: %s", async (base, because) => {
    expect((await run(["acme", "--protocol", "chat-completions", "--base-url", base])).errors).toContain(because);
  });
  test("options that npm consumed are detected by the values that remain", async () => {
    const { code, errors } = await run(["acme", "chat-completions", "https://api.acme.test/v1"]);
    expect([code, errors]).toEqual([1, expect.stringContaining("bare --")]);
  });
  test("an unknown option is named", async () => {
    expect((await run([...ACME, "--region", "x"])).errors).toContain("--region");
  });
  test("without a terminal, missing answers are an error and never a prompt", async () => {
    const { code, errors } = await run(["acme"]);
    expect([code, errors]).toEqual([1, expect.stringMatching(/--protocol is missing\n--base-url is missing/)]);
  });
  test("a folder with files is refused, and an empty git repository is accepted", async () => {
    await mkdir(join(cwd, "acme/.git"), { recursive: true });
    expect((await run(ACME)).code).toBe(0);
    await mkdir(join(cwd, "full"));
    await writeFile(join(cwd, "full/mine.txt"), "mine");
    const { code, errors } = await run([...ACME, "--directory", "full"]);
    expect([code, errors]).toEqual([1, expect.stringContaining("already exists and is not empty")]);
    expect(await readdir(join(cwd, "full"))).toEqual(["mine.txt"]);
  });
  test("help shows examples and writes nothing", async () => {
    const { code, out } = await run(["--help"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/Examples:\n {2}npm create lumiverse-provider acme -- /)]);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe("on a terminal", () => {
  test("missing answers are prompted for, a wrong answer again, and an empty answer takes the default", async () => {
    const { code, out } = await run([], ["Acme", "acme", "3", "https://api.acme.test/v1", "", "", "acme-large", ""]);
    expect(code).toBe(0);
    expect(out).toContain('"Acme" is not a provider id');
    expect(await readFile(join(cwd, "acme/src/provider.ts"), "utf8")).toContain("@lumiverse/protocols/messages");
    expect(await readFile(join(cwd, "acme/fixtures/text/case.json"), "utf8")).toContain('"model": "acme-large"');
  });
  test("there are no prompts when all required answers are given", async () => {
    expect((await run(ACME, [])).code).toBe(0);
  });
  test("cancelling writes nothing", async () => {
    const { code, errors } = await run([], ["acme"]);
    expect([code, errors]).toEqual([1, expect.stringContaining("Nothing was written")]);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe("placeholders", () => {
  test("complete a given id and keep given answers", () => {
    expect(withDefaults(withPlaceholders({ id: "acme" }))).toMatchObject({
      names: { id: "acme", name: "Acme", base: "https://api.acme.test/v1" },
      protocol: "chat-completions",
    });
    expect(withPlaceholders({ id: "acme", protocol: "generate-content" })["base-url"]).toBe("https://api.acme.test/v1beta");
    expect(withPlaceholders({ id: "acme", "base-url": "https://llm.acme.test" })["base-url"]).toBe("https://llm.acme.test");
  });
  test("do not correct wrong answers", () => {
    expect(problemsOf(withPlaceholders({}))).toContain("the id is missing");
    expect(problemsOf(withPlaceholders({ id: "acme", protocol: "soap" })).join()).toContain('there is no protocol "soap"');
  });
});
