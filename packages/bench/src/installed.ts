/** This library as npm would install it: built, packed, installed in an empty folder. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "./command.ts";
import { peersFolder } from "./peers.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const bin = join(root, "node_modules/.bin");
const ours = ["packages/core", "packages/protocols", ...["groq", "openai", "anthropic", "google"].map((id) => `providers/${id}`)];

/** Folders with a `node_modules`: ours, and the peers'. */
export interface Installed {
  app: string;
  peers: string;
  /** For what is made on the way; removed by `remove`. */
  scratch: string;
  remove(): Promise<void>;
}

export async function installOurs(progress: (text: string) => void): Promise<Installed> {
  const scratch = await mkdtemp(join(tmpdir(), "lumiverse-bench-"));
  const app = join(scratch, "app");
  await mkdir(app);
  // pnpm and turbo of this repository, also where this file was started without `npm run`.
  process.env.PATH = `${bin}${delimiter}${process.env.PATH ?? ""}`;
  process.env.TURBO_TELEMETRY_DISABLED = "1";
  progress("building");
  await must(
    "turbo",
    ["run", "build", "--output-logs=errors-only", "--no-update-notifier", ...ours.map((folder) => `--filter=./${folder}`)],
    root,
  );
  progress("packing");
  const files: string[] = [];
  for (const folder of ours) {
    const file = join(scratch, `${folder.replaceAll("/", "-")}.tgz`);
    await must("pnpm", ["--silent", "pack", "--out", file], join(root, folder));
    files.push(file);
  }
  progress("installing the tarballs");
  await writeFile(join(app, "package.json"), '{ "private": true, "type": "module" }\n');
  await must("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error", ...files], app);
  return { app, peers: peersFolder, scratch, remove: () => rm(scratch, { recursive: true, force: true }) };
}
async function must(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { ok, output } = await run(program, args, cwd);
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

/** How many packages these ones bring, themselves included, and their bytes on disk: the closure of the lock file of `folder`. */
export async function weighPackages(folder: string, names: readonly string[]): Promise<{ packages: number; bytes: number }> {
  // npm's own file.
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
/** As Node looks: in the package's own node_modules, then in those of the folders above. */
function nearest(packages: Lock["packages"], name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === "") return undefined;
  }
}
/** Of its own files: nested packages are counted as packages. A package that is for another system is not there. */
async function bytesOf(path: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
    if (entry.name === "node_modules") continue;
    const at = join(path, entry.name);
    bytes += entry.isDirectory() ? await bytesOf(at) : (await stat(at)).size;
  }
  return bytes;
}

/** A copy of an entry beside nothing else, so that its imports are found where `nodePaths` says and nowhere else. */
export async function copyEntry(name: string, scratch: string): Promise<string> {
  const to = join(scratch, `${name}.ts`);
  await cp(fileURLToPath(new URL(`../bundles/${name}.ts`, import.meta.url)), to);
  return to;
}
