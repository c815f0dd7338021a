import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ProviderNames, renderFiles } from "create-lumiverse-provider";
import { describe, expect, test } from "vitest";
import { INSTALL_SCRIPTS } from "../src/packed-manifest.ts";
import { type Manifest, publicPackages, root, workspacePackages } from "../src/workspace.ts";

const RANGES = { version: "", core: "", protocols: "", conformance: "" };
const providers = publicPackages().filter((one) => one.folder.startsWith("providers/"));

describe.each(workspacePackages().map((one) => [one.folder, one.manifest] as const))("%s", (folder, manifest) => {
  test("has no script that runs when someone installs it", () => {
    expect(Object.keys(manifest.scripts ?? {}).filter((name) => INSTALL_SCRIPTS.includes(name))).toEqual([]);
  });
  test("depends only on registry versions and workspace packages", () => {
    const ranges = Object.entries(allDependencies(manifest)).filter(
      ([, range]) => !/^(workspace:[\^*]|(npm:[a-z-]+@)?[\^~]?\d[\w.-]*|>=\d[\w.-]*)$/.test(range),
    );
    expect(ranges).toEqual([]);
  });
  test("uses workspace: for packages of this repository", () => {
    const ours = new Set(workspacePackages().map((one) => one.manifest.name));
    const fixed = Object.entries(allDependencies(manifest)).filter(([name, range]) => ours.has(name) && !range.startsWith("workspace:"));
    expect(fixed).toEqual([]);
  });
  test("has a configuration that checks its sources and tests", () => {
    expect(existsSync(join(root, folder, "tsconfig.json"))).toBe(true);
  });
});

describe.each(publicPackages().map((one) => [one.folder, one.manifest] as const))("%s, as it is published,", (folder, manifest) => {
  test("is an ESM package under MIT for Node 22.12 and newer, with its sources", () => {
    expect(manifest).toMatchObject({ type: "module", license: "MIT", engines: { node: ">=22.12" }, publishConfig: { access: "public" } });
    expect(manifest.files?.slice(0, 2)).toEqual(["dist", "src"]);
    expect(existsSync(join(root, folder, "LICENSE"))).toBe(true);
    expect(manifest.homepage).toBe(`https://github.com/lumiverse/providers/tree/main/${folder}#readme`);
    expect(manifest.bugs).toBe("https://github.com/lumiverse/providers/issues");
    expect(manifest.description).toMatch(/\w.*\.$/);
  });
  test("maps every entry point to its source, its types and its build, in this order", () => {
    const { "./package.json": self, ...entries } = manifest.exports ?? {};
    expect(self).toBe("./package.json");
    for (const [path, target] of Object.entries(entries)) {
      if (typeof target === "string") {
        // Data such as a JSON Schema needs no build.
        expect(target).toMatch(/^\.\/.+\.json$/);
        expect(existsSync(join(root, folder, target)), `${folder}/${target}`).toBe(true);
        continue;
      }
      const file = target["@lumiverse/source"]?.match(/^\.\/src\/(.+)\.ts$/)?.[1];
      expect(file, path).toBeDefined();
      expect(Object.entries(target)).toEqual([
        ["@lumiverse/source", `./src/${file}.ts`],
        ["types", `./dist/${file}.d.ts`],
        ["default", `./dist/${file}.js`],
      ]);
      expect(existsSync(join(root, folder, "src", `${file}.ts`)), `${folder}/src/${file}.ts`).toBe(true);
    }
  });
  test("is built with the shared configuration", () => {
    const up = folder.replace(/[^/]+/g, "..");
    // The console's page is built after it.
    const [first] = manifest.scripts?.["build"]?.split(" && ") ?? [];
    expect(first).toBe(`tsdown --config ${up}/tools/tsdown.config.ts`);
  });
  test("has version 1.0.0-next or later, so that a minor version of core requires no release", () => {
    expect(manifest.version).toMatch(/^[1-9]\d*\.\d+\.\d+(-next\.\d+)?$/);
  });
  test("has a README with a title and installation instructions", () => {
    const headings = readmeHeadings(folder);
    expect(headings[0]).toMatch(/^# \S/);
    expect(headings).toContain("## Install");
  });
});

describe("dependencies point one way", () => {
  const manifestOf = (name: string): Manifest | undefined => workspacePackages().find((one) => one.manifest.name === name)?.manifest;

  test("core has no dependency and no peer", () => {
    expect(manifestOf("@lumiverse/core")?.dependencies).toBeUndefined();
    expect(manifestOf("@lumiverse/core")?.peerDependencies).toBeUndefined();
  });
  test("protocols depend only on core, as a peer", () => {
    expect(manifestOf("@lumiverse/protocols")?.dependencies).toBeUndefined();
    expect(manifestOf("@lumiverse/protocols")?.peerDependencies).toEqual({ "@lumiverse/core": "workspace:^" });
  });
  test("the conformance package does not depend on providers, which would be a cycle", () => {
    const names = Object.keys(allDependencies(manifestOf("@lumiverse/conformance") ?? { name: "", version: "" }));
    expect(names.filter((name) => providers.some((one) => one.manifest.name === name))).toEqual([]);
  });
  test("the command line depends on every provider", () => {
    const names = Object.keys(manifestOf("lumiverse")?.dependencies ?? {});
    expect(names).toEqual(expect.arrayContaining(providers.map((one) => one.manifest.name)));
  });
  test.each([
    // Core imports the types of its entry `/providers` by the name of the package, because provider packages extend them under this name.
    ["packages/core/src", /^@lumiverse\/core\/providers$/],
    ["packages/protocols/src", /^@lumiverse\/core(\/.*)?$/],
    // `node:http` is a type in the entry `/node`; the SDKs are optional peers behind entries of their own.
    ["packages/toolkit/src", /^(@lumiverse\/core|eventsource-parser|@modelcontextprotocol\/sdk|@opentelemetry\/api|node:http$)(\/.*)?$/],
    ["packages/ai-sdk/src", /^(@lumiverse\/core|@ai-sdk\/provider(-utils)?)(\/.*)?$/],
    ...providers.map((one) => [`${one.folder}/src`, /^(@lumiverse\/(core|protocols)|zod)(\/.*)?$/] as const),
  ] as const)("%s imports nothing else", (folder, allowed) => {
    const foreign = importsIn(folder).filter(({ specifier }) => !specifier.startsWith(".") && !allowed.test(specifier));
    expect(foreign).toEqual([]);
  });
  test.each(providers.map((one) => one.folder))("%s uses zod only in its settings, which load on demand", (folder) => {
    const imports = importsIn(`${folder}/src`);
    const importers = imports.filter(({ specifier }) => /^zod(\/|$)/.test(specifier)).map(({ file }) => file);
    expect(importers).toEqual([`${folder}/src/settings.ts`]);
    const lazy = /import\("\.\/settings\.ts"\)|import type \{[^}]*\} from "\.\/settings\.ts"/g;
    for (const file of readdirSync(join(root, folder, "src")).filter((name) => name.endsWith(".ts")))
      expect(readFileSync(join(root, folder, "src", file), "utf8").replace(lazy, ""), file).not.toMatch(/"\.\/settings\.ts"/);
  });
  test.each([...publicPackages().map((one) => one.folder)])("%s imports no file outside its folder", (folder) => {
    const outside = importsIn(`${folder}/src`).filter(
      ({ file, specifier }) => specifier.startsWith(".") && !join(file, "..", specifier).startsWith(`${folder}/src/`),
    );
    expect(outside).toEqual([]);
  });
});

describe.each(providers.map((one) => [one.folder, one.manifest] as const))("%s matches the template:", (folder, manifest) => {
  const id = folder.replace("providers/", "");
  const names: ProviderNames = { id, name: manifest.description?.split(" as a provider of ")[0] ?? id, docs: "", base: "" };
  const rendered = renderFiles({ names, kind: "workspace", date: "", ranges: { ...RANGES, version: manifest.version } });

  test.each(["package.json", "tsconfig.json", "src/index.ts", "src/version.ts"])("%s", async (path) => {
    expect(readFileSync(join(root, folder, path), "utf8")).toBe((await rendered).get(path));
  });
  test("the README's headings", async () => {
    const expected = headingsOf((await rendered).get("README.md") ?? "");
    expect(readmeHeadings(folder)).toEqual(expected);
  });
  test("all files, and a conformance test with fixtures", async () => {
    // `custom` serves any host, so it has no catalogue.
    const required = [...(await rendered).keys(), "fixtures"].filter((path) => path !== "src/catalogue.ts");
    const missing = required.filter((path) => !existsSync(join(root, folder, path)));
    expect(missing).toEqual([]);
    expect(readFileSync(join(root, folder, "test/conformance.test.ts"), "utf8")).toMatch(/^conforms\(\w+, \{/m);
  });
  test("no other files", () => {
    const allowed = [
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "dist",
      "fixtures",
      "node_modules",
      "package.json",
      "src",
      "test",
      "tsconfig.json",
    ];
    expect(readdirSync(join(root, folder)).filter((name) => !allowed.includes(name) && name !== ".turbo")).toEqual([]);
  });
});

function allDependencies(manifest: Manifest): Record<string, string> {
  return { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
}

function readmeHeadings(folder: string): string[] {
  const path = join(root, folder, "README.md");
  return existsSync(path) ? headingsOf(readFileSync(path, "utf8")) : [];
}
function headingsOf(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```/gm, "");
  return prose.split("\n").filter((line) => /^#{1,2} /.test(line));
}

/** Every specifier that is imported or exported from, in the sources of a folder. */
function importsIn(folder: string): { file: string; specifier: string }[] {
  if (!existsSync(join(root, folder))) return [];
  const files = readdirSync(join(root, folder), { recursive: true }).map(String);
  return files
    .filter((path) => path.endsWith(".ts"))
    .flatMap((path) => {
      const text = readFileSync(join(root, folder, path), "utf8");
      const found = text.matchAll(/^\s*(?:import|export)\s[^"'`;]*?from\s+"([^"]+)"|^\s*import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm);
      return [...found].map((match) => ({ file: join(folder, path), specifier: match[1] ?? match[2] ?? match[3] ?? "" }));
    });
}
