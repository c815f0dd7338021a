import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkId, renderFiles, type ScaffoldOptions, scaffold, typeName, valueName } from "../src/index.ts";

const OPTIONS: Omit<ScaffoldOptions, "directory"> = {
  names: { id: "moon-base", name: "Moon Base", docs: "https://moon.example/docs", base: "https://api.moon.example/v1" },
  place: "outside",
  date: "2031-02-03",
  ranges: { version: "0.1.0", core: "^7.1.0", protocols: "^7.2.0", conformance: "^7.3.0" },
};

describe("names", () => {
  test("an id with a hyphen becomes one word in code", () => {
    expect([valueName("moon-base"), typeName("moon-base")]).toEqual(["moonBase", "MoonBase"]);
  });
  test.each(["Moon", "moon_base", "-moon", "moon-", "moon--base", "", "9moon", "../moon"])("%j is refused as an id", (id) => {
    expect(checkId(id)).toMatch(/no provider id/);
  });
  test("an id that is a word of JavaScript is refused with another suggestion", () => {
    expect(checkId("new")).toMatch(/"new-ai"/);
  });
});

describe("a provider outside of the repository", () => {
  test("depends on published ranges, with core as a peer", async () => {
    const manifest: unknown = JSON.parse((await renderFiles(OPTIONS)).get("package.json") ?? "");
    expect(manifest).toMatchObject({
      name: "lumiverse-provider-moon-base",
      version: "0.1.0",
      dependencies: { "@lumiverse/protocols": "^7.2.0" },
      peerDependencies: { "@lumiverse/core": "^7.1.0" },
      devDependencies: { "@lumiverse/conformance": "^7.3.0" },
    });
    expect(JSON.stringify(manifest)).not.toContain("workspace:");
  });
  test("has the files of one inside, and what it needs on its own", async () => {
    const outside = [...(await renderFiles(OPTIONS)).keys()];
    const inside = [...(await renderFiles({ ...OPTIONS, place: "inside" })).keys()];
    expect(outside).toEqual(expect.arrayContaining(inside));
    expect(outside).toContain(".gitignore");
  });
  test("registers itself under its id, quoted where the id is no identifier", async () => {
    const index = (await renderFiles(OPTIONS)).get("src/index.ts");
    expect(index).toContain("register(moonBase);");
    expect(index).toContain('"moon-base": MoonBaseSettings;');
  });
  test("leaves no placeholder in any file", async () => {
    for (const [path, text] of await renderFiles(OPTIONS)) expect(text, path).not.toMatch(/\{\{\w+\}\}/);
  });
});

describe("writing", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "scaffold-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test("a file that is there is kept as it is, and said to be", async () => {
    await writeFile(join(directory, "README.md"), "mine");
    const done = await scaffold({ ...OPTIONS, directory });
    expect(done.kept).toEqual(["README.md"]);
    expect(done.written).toContain("src/provider.ts");
    expect(await readFile(join(directory, "README.md"), "utf8")).toBe("mine");
  });
  test("a second run writes nothing", async () => {
    const first = await scaffold({ ...OPTIONS, directory });
    const second = await scaffold({ ...OPTIONS, directory });
    expect(second).toEqual({ written: [], kept: first.written });
  });
});
