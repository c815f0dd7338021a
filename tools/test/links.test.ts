/** Links from one document to another, and to a heading of it. The site's build checks pages and no headings. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import { root } from "../src/workspace.ts";

const documents = globSync(["*.md", "{docs,conformance,examples}/**/*.md", "{packages,providers}/*/*.md"], {
  cwd: root,
  exclude: ["**/node_modules/**", "docs/generated/**", "**/CHANGELOG.md"],
}).sort();

const withoutCode = (file: string): string => readFileSync(join(root, file), "utf8").replace(/^```[\s\S]*?^```/gm, "");

/** The anchors of a document's headings, by GitHub's rule and by that of the site. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = [...withoutCode(file).matchAll(/^#+ +(.+)$/gm)].map(([, text = ""]) =>
    text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .trim()
      .toLowerCase(),
  );
  const github = headings.map((text) => text.replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));
  const site = headings.map((text) => text.replace(/[\s~`!@#$%^&*()\-_+=[\]{}|\\;:"'“”‘’<>,.?/]+/g, "-").replace(/^-|-$/g, ""));
  return new Set([...github, ...site]);
}

/** Links of a document that lead nowhere. */
function deadLinks(file: string): string[] {
  return [...withoutCode(file).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:|^\//i.test(target))
    .filter((target) => {
      const [path = "", anchor] = target.split("#");
      const other = path === "" ? file : normalize(join(dirname(file), decodeURI(path)));
      if (!existsSync(join(root, other))) return true;
      return anchor !== undefined && other.endsWith(".md") && !anchorsOf(other).has(anchor);
    });
}

it.each(documents)("every link of %s leads to a file and a heading that exist", (file) => {
  expect(deadLinks(file)).toEqual([]);
});
