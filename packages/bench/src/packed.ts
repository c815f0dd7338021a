/** The packages of this repository as npm installs them: built, packed, and installed in an empty folder. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runCommand } from "@lumiverse/tools/command";
import { peersFolder } from "./peers.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = join(root, "node_modules/.bin");
const ours = ["packages/core", "packages/protocols", ...["groq", "openai", "anthropic", "google"].map((id) => `providers/${id}`)];

/** Folders with a `node_modules`: of this repository's packages, and of the peers. */
export interface Installed {
  app: string;
  peers: string;
  /** A folder for temporary files, deleted by `remove`. */
  scratch: string;
  remove(): Promise<void>;
}

export async function installOurs(progress: (text: string) => void): Promise<Installed> {
  const scratch = await mkdtemp(join(tmpdir(), "lumiverse-bench-"));
  const app = join(scratch, "app");
  await mkdir(app);
  // Finds pnpm and turbo of this repository when this file was started without `npm run`.
  process.env.PATH = `${bin}${delimiter}${process.env.PATH ?? ""}`;
  process.env.TURBO_TELEMETRY_DISABLED = "1";
  progress("building");
  await runOrThrow(
    "turbo",
    ["run", "build", "--output-logs=errors-only", "--no-update-notifier", ...ours.map((folder) => `--filter=./${folder}`)],
    root,
  );
  progress("packing");
  const files: string[] = [];
  for (const folder of ours) {
    const file = join(scratch, `${folder.replaceAll("/", "-")}.tgz`);
    await runOrThrow("pnpm", ["--silent", "pack", "--out", file], join(root, folder));
    files.push(file);
  }
  progress("installing the tarballs");
  // The limit needs its parser, which no package of ours installs.
  const { version } = JSON.parse(await readFile(join(root, "packages/bench/node_modules/eventsource-parser/package.json"), "utf8"));
  await writeFile(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  await runOrThrow(
    "npm",
    [
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      "--loglevel=error",
      `eventsource-parser@${version}`,
      ...files,
    ],
    app,
  );
  return { app, peers: peersFolder, scratch, remove: () => rm(scratch, { recursive: true, force: true }) };
}
async function runOrThrow(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { ok, output } = await runCommand(program, args, { cwd });
  if (!ok) throw new Error(`${program} ${args[0]} failed: ${output.trim().slice(-400)}`);
}

interface Lock {
  packages: Record<string, Entry>;
}
interface Entry {
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** The number of packages that these packages install, themselves included, and their bytes on disk, from the lock file of `folder`. */
export async function weighPackages(folder: string, names: readonly string[]): Promise<{ packages: number; bytes: number }> {
  // The documented format of npm.
  const lock = JSON.parse(await readFile(join(folder, "package-lock.json"), "utf8")) as Lock;
  const found = closure(lock, names);
  let bytes = 0;
  for (const path of found) bytes += await bytesOf(join(folder, path));
  return { packages: found.size, bytes };
}
export function closure({ packages }: Lock, names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = nearest(packages, name, from);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[path] ?? {};
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(next, path);
    for (const next of Object.keys(peerDependencies ?? {})) if (peerDependenciesMeta?.[next]?.optional !== true) visit(next, path);
  };
  for (const name of names) visit(name, "");
  return found;
}
/** Resolves a package as Node does: in the package's own node_modules, then in those of its parents. */
function nearest(packages: Lock["packages"], name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === "") return undefined;
  }
}
/** The bytes of a package's own files, without nested packages. 0 for a package of another platform, which is not installed. */
async function bytesOf(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.name === "node_modules") continue;
    const at = join(path, entry.name);
    bytes += entry.isDirectory() ? await bytesOf(at) : (await stat(at)).size;
  }
  return bytes;
}

/** Copies an entry to an empty folder, so that its imports resolve only through `nodePaths`. */
export async function copyEntry(name: string, scratch: string): Promise<string> {
  const to = join(scratch, `${name}.ts`);
  await cp(fileURLToPath(new URL(`../bundles/${name}.ts`, import.meta.url)), to);
  return to;
}
