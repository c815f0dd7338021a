import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { inParallel, runCommand } from "./command.ts";
import { manifestProblems } from "./packed-manifest.ts";
import type { Check } from "./results.ts";
import { type Manifest, root, type WorkspacePackage } from "./workspace.ts";

export interface Tarball {
  of: WorkspacePackage;
  /** Absolute path. */
  file: string;
  /** The names of the packed files. */
  paths: readonly string[];
}

/** Packs every package into a folder, and checks the content of each tarball. */
export async function packAll(packages: readonly WorkspacePackage[], into: string): Promise<{ tarballs: Tarball[]; checks: Check[] }> {
  await mkdir(into, { recursive: true });
  const results = await inParallel(packages, 2, (one) => packOne(one, into));
  return { tarballs: results.flatMap((result) => result.tarball ?? []), checks: results.map((result) => result.check) };
}

async function packOne(one: WorkspacePackage, into: string): Promise<{ check: Check; tarball?: Tarball }> {
  const name = `pack ${one.manifest.name}`;
  const file = join(into, `${one.folder.replaceAll("/", "-")}.tgz`);
  const ran = await runCommand("pnpm", ["--silent", "pack", "--out", file], { cwd: join(root, one.folder) });
  if (!ran.ok) return { check: { name, problem: ran.output } };
  const listed = await runCommand("tar", ["-tzf", file]);
  const paths = listed.output.trim().split("\n").sort();
  const problem = contentProblem(one, paths) ?? (await packedManifestProblem(file));
  return { check: problem === undefined ? { name } : { name, problem }, tarball: { of: one, file, paths } };
}

async function packedManifestProblem(file: string): Promise<string | undefined> {
  const read = await runCommand("tar", ["-xOzf", file, "package/package.json"]);
  if (!read.ok) return read.output;
  const problems = manifestProblems(JSON.parse(read.output) as Manifest); // pnpm wrote it from a package.json of the repository
  return problems.length === 0 ? undefined : problems.join("\n");
}

function contentProblem(one: WorkspacePackage, paths: readonly string[]): string | undefined {
  const missing = Object.values(one.manifest.exports ?? {})
    .flatMap((target) => (typeof target === "string" ? [target] : Object.values(target)))
    .concat(Object.values(one.manifest.bin ?? {}))
    .map((target) => target.replace("./", "package/"))
    .filter((target) => !paths.includes(target));
  if (missing.length > 0) return `these files are missing: ${missing.join(", ")}`;
  // A provider publishes one case, which `lumiverse demo` replays.
  const unwanted = paths.filter((path) => /^package\/(test|fixtures\/(?!text\/)|node_modules)\/|\.test\.[jt]s$/.test(path));
  if (unwanted.length > 0) return `these files must not be published: ${unwanted.join(", ")}`;
  return undefined;
}

export async function tarballBytes(tarball: Tarball): Promise<Uint8Array> {
  return new Uint8Array(await readFile(tarball.file));
}
