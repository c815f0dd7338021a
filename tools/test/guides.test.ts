// The guides say "every code" and "every event". They have a row for each, and for nothing else.
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { root } from "../src/workspace.ts";

const read = (file: string): string => readFileSync(join(root, file), "utf8");

/** The words of a union of string literals. */
function union(file: string, name: string): string[] {
  const text = new RegExp(`export type ${name} =([^;]*);`).exec(read(file).replace(/\/\*\*[\s\S]*?\*\//g, ""))?.[1] ?? "";
  return [...text.matchAll(/"([\w-]+)"/g)].map(([, word = ""]) => word).sort();
}
/** The types of a union of objects. */
function types(file: string, name: string): string[] {
  const text = read(file).replace(/\/\*\*[\s\S]*?\*\//g, "");
  const declared = text.slice(text.indexOf(`export type ${name} =`)).split(/\n(?=export|\/\/)/)[0] ?? "";
  return [...new Set([...declared.matchAll(/\btype: "([\w-]+)"/g)].map(([, word = ""]) => word))].sort();
}
/** The words in the first column of a section's tables. */
function rows(file: string, heading: string): string[] {
  const section =
    read(file)
      .split(new RegExp(`^#+ ${heading}$`, "m"))[1]
      ?.split(/^## /m)[0] ?? "";
  const cells = [...section.matchAll(/^\| ((?:`[\w-]+`(?:, )?)+) \|/gm)].map(([, cell = ""]) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w-]+)`/g)].map(([, word = ""]) => word)).sort();
}

/** Packages that the blocks of a page import, and those that its text says to install. */
function packagesOf(page: string): { imported: string[]; installed: string[] } {
  const text = read(page);
  const name = (specifier: string): string =>
    specifier
      .split("/")
      .slice(0, specifier.startsWith("@") ? 2 : 1)
      .join("/");
  const blocks = [...text.matchAll(/^```ts[^\n]*\n([\s\S]*?)^```/gm)].map(([, code = ""]) => code);
  const imports = blocks.flatMap((code) => [...code.matchAll(/^(?:import|\} from)\b.*?"([^"]+)";?/gm)].map(([, from = ""]) => from));
  const commands = [...text.matchAll(/npm install (?:--save-dev )?([^`\n]+)/g)].flatMap(([, names = ""]) => names.split(/\s+/));
  return { imported: [...new Set(imports.filter((from) => !/^(?:node:|\.)/.test(from)).map(name))], installed: commands };
}

describe("a reader who opens only one page", () => {
  // The template of a provider package installs what it imports.
  const pages = globSync("docs/{*,guides/*}.md", { cwd: root, exclude: ["docs/guides/write-a-provider.md"] }).sort();
  it.each(pages)("%s says how to install what its examples import", (page) => {
    const { imported, installed } = packagesOf(page);
    expect(imported.filter((one) => !installed.includes(one))).toEqual([]);
  });
});

describe("the guides name", () => {
  const chat = "packages/core/src/chat";
  const cases: readonly (readonly [string, string[], string[]])[] = [
    ["every error code", rows("docs/guides/errors.md", "Errors, retries and timeouts"), union(`${chat}/errors.ts`, "ErrorCode")],
    ["every event", rows("docs/guides/streaming.md", "Events"), types(`${chat}/event.ts`, "ChatEvent")],
    ["every finish reason", rows("docs/guides/streaming.md", "Finish reasons"), union(`${chat}/response.ts`, "FinishReason")],
    ["every kind of note", rows("docs/guides/streaming.md", "Notes"), union(`${chat}/note.ts`, "NoteKind")],
    [
      "every observation",
      rows("docs/guides/telemetry.md", "Without OpenTelemetry"),
      types("packages/core/src/call/connection.ts", "ObservedEvent"),
    ],
  ];
  it.each(cases)("%s", (_, named, declared) => {
    expect(declared.length).toBeGreaterThan(5);
    expect(named).toEqual(declared);
  });
});
