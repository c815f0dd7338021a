// What the README says of comparable libraries is what the benchmark measured.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../src/workspace.ts";

/** A row of a Markdown table by the titles of its columns. */
function row(file: string, title: string): Record<string, string> {
  const lines = readFileSync(join(root, file), "utf8").split("\n");
  const at = lines.findIndex((line) => line.startsWith(`| ${title} |`));
  const head = lines.slice(0, at).findLastIndex((line) => /^\|[ :|-]+\|$/.test(line)) - 1;
  const cells = (line = ""): string[] => line.split("|").map((cell) => cell.trim());
  return Object.fromEntries(cells(lines[head]).map((name, column) => [name, cells(lines[at])[column] ?? ""]));
}

describe("the number of installed packages in the README", () => {
  const measured = row("docs/benchmarks.md", "packages installed, one provider");
  const stated = row("README.md", "One provider installs");
  test.each([
    ["AI SDK 7", "ai-sdk"],
    ["LangChain.js", "langchain"],
    ["pi-ai", "pi-ai"],
  ])("is the measured one for %s", (name, column) => {
    expect(measured[column]).toMatch(/^\d+$/);
    expect(stated[name]).toBe(`${measured[column]} packages`);
  });
});
