import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { complete, create, problemsOf, withStandIns } from "../src/index.ts";

const ACME = ["acme", "--protocol", "chat-completions", "--base-url", "https://api.acme.test/v1"];
let cwd = "";
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "create-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

/** Runs it as a person would; with `lines` somebody sits at a terminal and types them. */
async function run(args: readonly string[], lines?: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const said = { out: "", errors: "" };
  let typed = 0;
  output.setEncoding("utf8").on("data", (text: string) => {
    said.out += text;
    // A line is typed when a question stands there; when there are no more, the person leaves.
    if (lines === undefined || !text.endsWith(": ")) return;
    const line = lines[typed++];
    if (line === undefined) input.end();
    else input.write(`${line}\n`);
  });
  errors.setEncoding("utf8").on("data", (text: string) => {
    said.errors += text;
  });
  const code = await create(args, { cwd, date: "2026-01-02", input, output, errors, terminal: lines !== undefined });
  return { code, ...said };
}

describe("with options", () => {
  test("a package is written into a folder of the id, and the next commands are said", async () => {
    const { code, out, errors } = await run(ACME);
    expect([code, errors]).toEqual([0, ""]);
    expect(out).toMatch(/npm install[\s\S]*npm test/);
    expect(await readdir(join(cwd, "acme"))).toEqual(
      expect.arrayContaining(["AGENTS.md", "README.md", "fixtures", "package.json", "src", "test"]),
    );
    expect(await readFile(join(cwd, "acme/src/provider.ts"), "utf8")).toContain('const BASE = "https://api.acme.test/v1";');
  });
  test("a documentation page that is given is the source of the fixtures", async () => {
    await run([...ACME, "--docs", "https://docs.acme.test/chat"]);
    expect(await readFile(join(cwd, "acme/fixtures/text/case.json"), "utf8")).toContain('"source": "https://docs.acme.test/chat"');
  });
  test("a model's slash stays in the body, and is escaped where the wire has the model in its path", async () => {
    await run(["acme", "--protocol", "generate-content", "--base-url", "https://api.acme.test/v1beta", "--model", "acme/large"]);
    expect(await readFile(join(cwd, "acme/fixtures/text/case.json"), "utf8")).toContain("/models/acme%2Flarge:generateContent");
  });
  test("the ranges are those of the packages that it was published with", async () => {
    await run(ACME);
    const { peerDependencies, devDependencies } = JSON.parse(await readFile(join(cwd, "acme/package.json"), "utf8"));
    expect(peerDependencies["@lumiverse/core"]).toMatch(/^\^\d/);
    expect(devDependencies["@lumiverse/conformance"]).toMatch(/^\^\d/);
  });
  test("everything that is wrong is told at once, and nothing is written", async () => {
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
    ["https://api.acme.test/v1/chat/completions", "leave out /chat/completions"],
    ["https://api.acme.test/v1?key=1", "takes no query"],
  ])("the base URL %s is refused: %s", async (base, because) => {
    expect((await run(["acme", "--protocol", "chat-completions", "--base-url", base])).errors).toContain(because);
  });
  test("options that npm took for its own are noticed by what is left of them", async () => {
    const { code, errors } = await run(["acme", "chat-completions", "https://api.acme.test/v1"]);
    expect([code, errors]).toEqual([1, expect.stringContaining("bare --")]);
  });
  test("an option that does not exist is named", async () => {
    expect((await run([...ACME, "--wire", "x"])).errors).toContain("--wire");
  });
  test("without a terminal what is missing is an error, never a question", async () => {
    const { code, errors } = await run(["acme"]);
    expect([code, errors]).toEqual([1, expect.stringMatching(/--protocol is missing\n--base-url is missing/)]);
  });
  test("a folder that holds something is left alone, an empty repository is not", async () => {
    await mkdir(join(cwd, "acme/.git"), { recursive: true });
    expect((await run(ACME)).code).toBe(0);
    await mkdir(join(cwd, "full"));
    await writeFile(join(cwd, "full/mine.txt"), "mine");
    const { code, errors } = await run([...ACME, "--directory", "full"]);
    expect([code, errors]).toEqual([1, expect.stringContaining("is there already and is not empty")]);
    expect(await readdir(join(cwd, "full"))).toEqual(["mine.txt"]);
  });
  test("help has examples, and writes nothing", async () => {
    const { code, out } = await run(["--help"]);
    expect([code, out]).toEqual([0, expect.stringMatching(/Examples:\n {2}npm create lumiverse-provider acme -- /)]);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe("on a terminal", () => {
  test("what was not given is asked, a wrong answer once more, and an empty one takes the default", async () => {
    const { code, out } = await run([], ["Acme", "acme", "3", "https://api.acme.test/v1", "", "", "acme-large", ""]);
    expect(code).toBe(0);
    expect(out).toContain('"Acme" is no provider id');
    expect(await readFile(join(cwd, "acme/src/provider.ts"), "utf8")).toContain("@lumiverse/protocols/messages");
    expect(await readFile(join(cwd, "acme/fixtures/text/case.json"), "utf8")).toContain('"model": "acme-large"');
  });
  test("nothing is asked where everything needed was given", async () => {
    expect((await run(ACME, [])).code).toBe(0);
  });
  test("who leaves in the middle leaves nothing behind", async () => {
    const { code, errors } = await run([], ["acme"]);
    expect([code, errors]).toEqual([1, expect.stringContaining("Nothing was written")]);
    expect(await readdir(cwd)).toEqual([]);
  });
});

describe("where nobody can be asked and a stand-in will do", () => {
  test("an id is enough, and what was said stays", () => {
    expect(complete(withStandIns({ id: "acme" }))).toMatchObject({
      names: { id: "acme", name: "Acme", base: "https://api.acme.test/v1" },
      protocol: "chat-completions",
    });
    expect(withStandIns({ id: "acme", protocol: "generate-content" })["base-url"]).toBe("https://api.acme.test/v1beta");
    expect(withStandIns({ id: "acme", "base-url": "https://llm.acme.test" })["base-url"]).toBe("https://llm.acme.test");
  });
  test("what is wrong is not made right by it", () => {
    expect(problemsOf(withStandIns({}))).toContain("the provider has no id");
    expect(problemsOf(withStandIns({ id: "acme", protocol: "soap" })).join()).toContain('"soap" is no wire format');
  });
});
