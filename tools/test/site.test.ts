import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sections } from "../../docs/pages.ts";
import { root } from "../src/workspace.ts";

const listed = sections.flatMap(({ pages }) => pages.map(({ path }) => path));
const written = globSync("**/*.md", { cwd: join(root, "docs"), exclude: ["node_modules/**", "reference/**", "providers/**", ".*/**"] })
  .map((file) => file.slice(0, -".md".length))
  .filter((page) => page !== "index");

describe("the pages of the site", () => {
  it("are all in the sidebar", () => {
    expect(written.filter((page) => !listed.includes(page))).toEqual([]);
  });
  it("exist when the sidebar names them", () => {
    expect(listed.filter((page) => !existsSync(join(root, "docs", `${page}.md`)))).toEqual([]);
    expect(new Set(listed).size).toBe(listed.length);
  });
});
