import { join } from "node:path";
import { type Ran, runCommand } from "./command.ts";
import { writeReference } from "./reference.ts";
import type { Check } from "./results.ts";
import { root } from "./workspace.ts";

/** Builds the documentation into `docs/.vitepress/dist`. `base`: the path of the site on its server. A dead link is a problem. */
export async function buildSite(base: string = "/"): Promise<Check[]> {
  const reference = await writeReference(join(root, "docs/reference"));
  if (reference.problem !== undefined) return [reference];
  const ran = await vitepress(["build", "docs"], base);
  return [reference, ran.ok ? { name: "site" } : { name: "site", problem: ran.output }];
}

/** Serves the built site on loopback until the process ends. */
export async function serveSite(base: string, port: number): Promise<boolean> {
  return (await vitepress(["preview", "docs", "--port", String(port), "--base", base], base, { show: true })).ok;
}

function vitepress(args: readonly string[], base: string, options: { show?: boolean } = {}): Promise<Ran> {
  const program = join(root, "docs/node_modules/vitepress/bin/vitepress.js");
  return runCommand(process.execPath, [program, ...args], { cwd: root, env: { LUMIVERSE_DOCS_BASE: base }, ...options });
}
