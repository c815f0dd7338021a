// The numbers that the README states in words of its own are those of the generated pages.
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

describe("the README counts", () => {
  /** Rows of the first table of a page, and what its note says was added since. */
  const counted = (file: string): number => {
    const text = readFileSync(join(root, file), "utf8").split("## By package")[0] ?? "";
    const added = /^Added since that run: (.*)$/m.exec(text)?.[1] ?? "";
    return [...text.matchAll(/^\| [a-z][\w-]* \|/gm)].length + [...added.matchAll(/`[\w-]+`/g)].length;
  };
  test.each([
    ["faults", "sixty network faults", "docs/faults.md", 60],
    ["deliberate mistakes", "eighty deliberate mistakes", "docs/mutants.md", 80],
  ])("no more %s than there are", (_, stated, file, least) => {
    expect(readFileSync(join(root, "README.md"), "utf8")).toContain(`more than ${stated}`);
    expect(counted(file)).toBeGreaterThan(least);
  });
});
