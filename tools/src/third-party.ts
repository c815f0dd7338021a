// Checks the path of a third-party author who has npm and an empty folder: create a provider package from the tarballs, test it, pack it, and install it next to the
// command line.
import { copyFile, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { withoutNpmSettings } from "./consumer.ts";
import type { Check } from "./results.ts";
import type { Tarball } from "./tarballs.ts";

const ARGS = ["acme", "--protocol", "chat-completions", "--base-url", "https://api.acme.test/v1"];
const QUIET = ["--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];

/** Stops at the first step that fails. `app`: a folder where every tarball is installed. */
export async function checkThirdPartyPackage(tarballs: readonly Tarball[], folder: string, app: string): Promise<Check[]> {
  const starter = tarballs.find((one) => one.of.manifest.name === "create-lumiverse-provider");
  if (starter === undefined) return [];
  await mkdir(folder, { recursive: true });
  const own = join(folder, "acme");
  const steps: readonly (readonly [name: string, step: () => Promise<string | undefined>])[] = [
    [
      "npm create writes a package",
      () => npm(folder, ["exec", "--yes", ...QUIET, `--package=file:${starter.file}`, "--", starter.of.manifest.name, ...ARGS]),
    ],
    ["it installs", () => installedFromTarballs(own, tarballs)],
    ["it builds", () => npm(own, ["run", "build"])],
    ["its types and the conformance suite pass", () => npm(own, ["test"])],
    ["it writes its report and badge", async () => (await npm(own, ["run", "report"])) ?? badge(own)],
    ["it packs", () => pack(own, folder)],
    ["it installs next to the command line", async () => npm(app, ["install", ...QUIET, await packed(folder)])],
    ["lumiverse providers lists it", () => listed(app, "providers", (row) => row["id"] === "acme" && row["bundled"] === false)],
    ["lumiverse demo replays it", () => listed(app, "demo", (row) => row["provider"] === "acme" && row["ok"] === true)],
  ];
  const checks: Check[] = [];
  for (const [name, step] of steps) {
    const problem = await step();
    checks.push(problem === undefined ? { name: `third-party package: ${name}` } : { name: `third-party package: ${name}`, problem });
    if (problem !== undefined) break;
  }
  return checks;
}

export async function npm(cwd: string, args: readonly string[]): Promise<string | undefined> {
  const ran = await runCommand("npm", args, { cwd, env: { ...withoutNpmSettings(), NO_COLOR: "1", FORCE_COLOR: undefined } });
  return ran.ok ? undefined : ran.output.slice(-4000);
}

/** Installs with the tarballs in place of the version ranges. The original package.json is kept for packing. */
export async function installedFromTarballs(own: string, tarballs: readonly Tarball[]): Promise<string | undefined> {
  const text = await readFile(join(own, "package.json"), "utf8");
  const manifest = JSON.parse(text) as Record<string, Record<string, string>>; // written by the template
  for (const list of ["dependencies", "devDependencies"])
    for (const { file, of } of tarballs)
      if (manifest[list]?.[of.manifest.name] !== undefined) manifest[list][of.manifest.name] = `file:${file}`;
  await writeFile(join(own, "package.json"), JSON.stringify(manifest, null, 2));
  await writeFile(join(own, "../package.json.written"), text);
  return npm(own, ["install", ...QUIET]);
}

async function pack(own: string, folder: string): Promise<string | undefined> {
  await copyFile(join(folder, "package.json.written"), join(own, "package.json"));
  return npm(own, ["pack", "--pack-destination", folder, ...QUIET]);
}

async function badge(own: string): Promise<string | undefined> {
  const readme = await readFile(join(own, "README.md"), "utf8");
  return /Lumiverse_conformance-\d+_passed-brightgreen/.test(readme) ? undefined : readme.slice(0, 400);
}

async function packed(folder: string): Promise<string> {
  return join(folder, (await readdir(folder)).find((name) => name.endsWith(".tgz")) ?? "no tarball was packed");
}

async function listed(app: string, command: string, is: (row: Record<string, unknown>) => boolean): Promise<string | undefined> {
  const ran = await runCommand("node", [join(app, "node_modules/lumiverse/dist/bin.js"), command, "--json"], { cwd: app });
  const line = ran.output.split("\n").find((one) => one.startsWith("[")) ?? "[]";
  const rows = JSON.parse(line) as Record<string, unknown>[]; // the documented output of the command
  return rows.some(is) ? undefined : `${line.slice(0, 2000)}\n${ran.output.slice(-2000)}`;
}
