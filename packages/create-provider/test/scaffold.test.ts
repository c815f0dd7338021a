import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { checkFreeId, checkId, renderFiles, type ScaffoldOptions, scaffold, typeName, valueName } from "../src/index.ts";

const OPTIONS: Omit<ScaffoldOptions, "directory"> = {
  names: { id: "moon-base", name: "Moon Base", docs: "https://moon.example/docs", base: "https://api.moon.example/v1" },
  kind: "standalone",
  date: "2031-02-03",
  ranges: { version: "0.1.0", core: "^7.1.0", protocols: "^7.2.0", conformance: "^7.3.0" },
};

describe("names", () => {
  test("an id with a hyphen becomes a camel-case name", () => {
    expect([valueName("moon-base"), typeName("moon-base")]).toEqual(["moonBase", "MoonBase"]);
  });
  test.each(["Moon", "moon_base", "-moon", "moon-", "moon--base", "", "9moon", "../moon"])("%j is refused as an id", (id) => {
    expect(checkId(id)).toMatch(/not a provider id/);
  });
  test("a reserved word is refused with a suggestion", () => {
    expect(checkId("new")).toMatch(/"new-ai"/);
  });
  test("the ids of the providers that Lumiverse brings are refused", () => {
    for (const id of readdirSync(new URL("../../../providers", import.meta.url)))
      expect(checkFreeId(id)).toBe(`"${id}" is the id of a provider that Lumiverse brings, and it cannot be taken; try "my-${id}"`);
    expect(checkFreeId("my-openai")).toBeUndefined();
  });
});

describe("a standalone provider package", () => {
  test("depends on published ranges, with core as a peer", async () => {
    const manifest: unknown = JSON.parse((await renderFiles(OPTIONS)).get("package.json") ?? "");
    expect(manifest).toMatchObject({
      name: "lumiverse-provider-moon-base",
      version: "0.1.0",
      dependencies: { "@lumiverse/protocols": "^7.2.0", zod: "^4.6.7" },
      peerDependencies: { "@lumiverse/core": "^7.1.0" },
      devDependencies: { "@lumiverse/conformance": "^7.3.0" },
    });
    expect(JSON.stringify(manifest)).not.toContain("workspace:");
  });
  test("has all files of a workspace package, and more", async () => {
    const standalone = [...(await renderFiles(OPTIONS)).keys()];
    const workspace = [...(await renderFiles({ ...OPTIONS, kind: "workspace" })).keys()];
    // A standalone package makes its JSON Schema when its settings load.
    const shared = workspace.filter((path) => path !== "src/settings.schema.ts");
    expect(shared).not.toEqual(workspace);
    expect(standalone).toEqual(expect.arrayContaining(shared));
    expect(standalone).toContain(".gitignore");
  });
  test("builds every entry point that its manifest exports", async () => {
    const files = await renderFiles(OPTIONS);
    const exported = [...(files.get("package.json") ?? "").matchAll(/"\.\/dist\/(\w+)\.js"/g)].map(([, name]) => name);
    expect(exported).toEqual(expect.arrayContaining(["index", "provider", "evidence"]));
    for (const name of exported) expect(files.get("tsdown.config.ts")).toContain(`${name}: "src/${name}.ts"`);
  });
  test("registers itself under its id, quoted when the id is not an identifier", async () => {
    const index = (await renderFiles(OPTIONS)).get("src/index.ts");
    expect(index).toContain("register(moonBase);");
    expect(index).toContain('"moon-base": MoonBaseSettings;');
  });
  test("has no placeholder left in any file", async () => {
    for (const [path, text] of await renderFiles(OPTIONS)) expect(text, path).not.toMatch(/\{\{\w+\}\}/);
  });
});

describe("writing", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "scaffold-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  test("an existing file is not changed and is reported as kept", async () => {
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
