import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { sections } from "../../docs/pages.ts";
import providerPages from "../../docs/providers/[id].paths.ts";
import { foreignLoads } from "../src/site.ts";
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

describe("the page of a provider", () => {
  it.each(providerPages.paths().map(({ params, content }) => [params.id, content]))(
    "%s counts the faults with the right outcome",
    (_, content) => {
      const [, all, right] = /Of the (\d+) \[faults\].* (\d+) have the right outcome/.exec(content) ?? [];
      expect(Number(right)).toBeGreaterThan(60);
      expect(Number(right)).toBeLessThanOrEqual(Number(all));
    },
  );
});

describe("what a page loads", () => {
  it("may come from the site, and a link may lead anywhere", () => {
    const page =
      '<link rel="stylesheet" href="/assets/style.css"><script src="/assets/app.js"></script><a href="https://example.com">x</a>';
    expect(foreignLoads(`${page}<link rel="alternate" href="https://example.com/x.md">`)).toEqual([]);
  });
  it("is found when it comes from another host", () => {
    for (const load of [
      '<script async src="https://cdn.example.com/a.js"></script>',
      '<link rel="stylesheet" href="//fonts.example.com/a.css">',
      String.raw`<img alt=\"x\" src=\"https://img.example.com/badge.svg\">`,
      "@font-face { src: url(https://fonts.example.com/a.woff2) }",
      '@import "https://fonts.example.com/a.css"',
    ])
      expect(foreignLoads(load), load).toHaveLength(1);
  });
});
