// The table "Where a change belongs" of AGENTS.md names files and folders that exist. A name without its folder may be anywhere in the repository.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { root } from "../src/workspace.ts";

const text = readFileSync(join(root, "AGENTS.md"), "utf8");
const table = text.slice(text.indexOf("Where a change belongs"), text.indexOf("## Rules that tests enforce"));
const [, ...rows] = [...table.matchAll(/^\| ([^|]+) \| ([^|]+) \|$/gm)].map(
  ([, change = "", place = ""]) => [change, pathsIn(place)] as const,
);

const paths = globSync("{packages,providers,conformance,tools,docs,examples}/**", {
  cwd: root,
  exclude: (path) => /(?:^|\/)(?:node_modules|dist|fixtures|\.[\w-]+)$/.test(path),
}).map((path) => `/${path.replaceAll("\\", "/")}`);

/** Names in code that have a slash or the ending of a file. `<protocol>` stands for any of them. */
function pathsIn(place: string): string[] {
  const names = [...place.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name.replace(/^<\w+>\//, "").replace(/\/$/, ""));
  return names.filter((name) => /^[\w./<>-]+$/.test(name) && /\/|\.(?:ts|mjs|md|tsx)$/.test(name));
}

describe("the map names files and folders that exist", () => {
  test("in every row", () => {
    expect(rows.length).toBeGreaterThan(40);
    expect(rows.filter(([, named]) => named.length === 0)).toEqual([]);
  });
  test.each(rows)("%s", (_, named) => {
    const exists = (name: string): boolean => {
      const ending = new RegExp(`/${name.replaceAll(".", "\\.").replace(/<\w+>/, "[\\w-]+")}$`);
      return existsSync(join(root, name)) || paths.some((path) => ending.test(path));
    };
    expect(named.filter((name) => !exists(name))).toEqual([]);
  });
});
