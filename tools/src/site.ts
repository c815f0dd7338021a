import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type CommandOptions, type Ran, runCommand } from "./command.ts";
import { writeReference } from "./reference.ts";
import type { Check } from "./results.ts";
import { root } from "./workspace.ts";

/** Builds the documentation into `docs/.vitepress/dist`. `base`: the path of the site on its server. A dead link is a problem. */
export async function buildSite(base: string = "/"): Promise<Check[]> {
  const reference = await writeReference(join(root, "docs/reference"));
  if (reference.problem !== undefined) return [reference];
  const ran = await vitepress(["build", "docs"], base);
  if (!ran.ok) return [reference, { name: "site", problem: ran.output }];
  return [
    reference,
    { name: "site" },
    checkHosts(join(root, "docs/.vitepress/dist")),
    checkMarkdown(join(root, "docs/.vitepress/dist"), base),
  ];
}

/** A reader may have no network, and no other host should learn what a reader opens. */
function checkHosts(site: string): Check {
  const name = "the site loads nothing from another host";
  const files = globSync("**/*.{html,css,js}", { cwd: site });
  const problems = files.flatMap((file) => foreignLoads(readFileSync(join(site, file), "utf8")).map((load) => `${file}: ${load}`));
  return problems.length === 0 ? { name } : { name, problem: problems.join("\n") };
}

/** Scripts, styles, fonts and images of other hosts in a file of the site. Links that a reader follows are not loads. */
export function foreignLoads(text: string): string[] {
  const tags =
    /<(?:script|img|iframe|source|video|audio|link(?![^>]*rel=\\?"?(?:canonical|alternate)))\b[^>]*?(?:src|href)=\\?["']?(?:https?:)?\/\/[^"'\s>]+/g;
  const styles = /(?:url\(\s*["']?|@import\s+["'])(?:https?:)?\/\/[^"')\s]+/g;
  const found = [...text.matchAll(tags), ...text.matchAll(styles)].map(([load]) => load);
  // VitePress contains code for icons of social links. The site has no such links.
  return found.filter((load) => !load.includes("https://api.iconify.design/simple-icons/${"));
}

/** Every page has a Markdown twin, and every link of llms.txt has a target. */
function checkMarkdown(site: string, base: string): Check {
  const name = "every page of the site has its Markdown, and llms.txt names pages that exist";
  const pages = globSync("**/*.html", { cwd: site, exclude: (path) => path === "404.html" });
  const missing = pages.map((page) => page.replace(/html$/, "md")).filter((page) => !existsSync(join(site, page)));
  const named = [...readFileSync(join(site, "llms.txt"), "utf8").matchAll(/\]\(([^)]+)\)/g)].map(([, link = ""]) => link);
  const dead = named.filter((link) => !link.startsWith(base) || !existsSync(join(site, link.slice(base.length))));
  const problem = [...missing.map((page) => `missing: ${page}`), ...dead.map((link) => `llms.txt: ${link}`)].join("\n");
  return problem === "" ? { name } : { name, problem };
}

/** Serves the built site on loopback until the process ends. */
export async function serveSite(base: string, port: number): Promise<boolean> {
  return (
    await vitepress(["preview", "docs", "--port", String(port), "--base", base], base, { show: true, limitMs: Number.POSITIVE_INFINITY })
  ).ok;
}

function vitepress(args: readonly string[], base: string, options: CommandOptions = {}): Promise<Ran> {
  const program = join(root, "docs/node_modules/vitepress/bin/vitepress.js");
  return runCommand(process.execPath, [program, ...args], { cwd: root, env: { LUMIVERSE_DOCS_BASE: base }, ...options });
}
