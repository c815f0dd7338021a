import { readdirSync, readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type ProtocolId, protocols, renderFiles, renderFixtures, type ScaffoldOptions } from "../src/index.ts";

const NAMES = [
  'Say "Moon"',
  "Back\\slash\\",
  "O'Brien",
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a name that looks like a placeholder
  "${evil(1)} `x`",
  "*/ evil(1); /*",
  "</script><b>",
  "line\u2028break",
  "two\nlines",
  "*bold* [link](x) # `code`",
];

function optionsFor(name: string, protocol: ProtocolId, kind: "standalone" | "workspace"): Omit<ScaffoldOptions, "directory"> {
  return {
    names: { id: "moon-base", name, docs: 'https://moon.example/a"b*/ c\\d', base: "https://api.moon.example/v1/*/'x" },
    protocol,
    kind,
    source: 'https://moon.example/"source"*/',
    date: "2031-02-03",
    ranges: { version: "0.1.0", core: "^7.1.0", protocols: "^7.2.0", conformance: "^7.3.0" },
  };
}

const ids = Object.keys(protocols) as ProtocolId[]; // the keys of a closed table

test.each(NAMES)("the name %j breaks no code and no JSON, and is the name of the provider", async (name) => {
  for (const protocol of ids)
    for (const kind of ["standalone", "workspace"] as const) {
      const options = optionsFor(name, protocol, kind);
      for (const [path, text] of [...(await renderFiles(options)), ...(await renderFixtures(options))]) {
        if (path.endsWith(".json")) expect(() => JSON.parse(text), path).not.toThrow();
        if (path.endsWith(".sse"))
          for (const [, data = ""] of text.matchAll(/^data: (\{.*)$/gm)) expect(() => JSON.parse(data), path).not.toThrow();
        if (path.endsWith(".ts")) {
          // It throws for text that is no TypeScript.
          const code = stripTypeScriptTypes(text);
          // Nothing of a name runs: neither a comment nor a string has ended early.
          expect(withoutStringsAndComments(code), path).not.toContain("evil(1)");
        }
        if (path === "src/provider.ts") expect(JSON.parse(/^ {2}name: (".*"),$/m.exec(text)?.[1] ?? "null")).toBe(name);
        if (path === "README.md") expect(text.split("\n")[0]).not.toMatch(/(?<!\\)[<>`[\]*]/);
      }
    }
});

function withoutStringsAndComments(code: string): string {
  return code.replace(/"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`|\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
}

test("a variable, a package or a model that is no name is refused", async () => {
  const options = optionsFor("Moon", "messages", "standalone");
  for (const bad of [{ env: 'X"; evil()' }, { package: 'x"' }])
    await expect(renderFiles({ ...options, names: { ...options.names, ...bad } })).rejects.toThrow("is not");
  await expect(renderFiles({ ...options, model: 'm", evil: "' })).rejects.toThrow("is not a model id");
});

test("no template has a placeholder in a template literal, where nothing is escaped", () => {
  const folder = fileURLToPath(new URL("../template", import.meta.url));
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((one) => /\.m?[tj]s\.tmpl$/.test(one)))
    for (const line of readFileSync(`${folder}/${file}`, "utf8")
      .split("\n")
      .filter((one) => !/^\s*(?:\/\/|\/?\*)/.test(one)))
      expect(line, file).not.toMatch(/`[^`]*\{\{\w+\}\}/);
});
