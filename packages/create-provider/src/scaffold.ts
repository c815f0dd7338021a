import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { manifest, type Place, type Ranges } from "./manifest.ts";
import { checkId, envName, type ProviderNames, typeName, valueName } from "./names.ts";

export interface ScaffoldOptions {
  names: ProviderNames;
  place: Place;
  ranges: Ranges;
  /** The folder of the new package. */
  directory: string;
  /** ISO date of the day, for the catalogue. */
  date: string;
}
export interface Scaffolded {
  /** Paths in the folder that were written. */
  written: readonly string[];
  /** Paths that were there already and were left as they are. */
  kept: readonly string[];
}

/** Writes a provider package into a folder. A file that exists is never touched. */
export async function scaffold(options: ScaffoldOptions): Promise<Scaffolded> {
  const written: string[] = [];
  const kept: string[] = [];
  for (const [path, text] of await renderFiles(options)) {
    const target = join(options.directory, path);
    await mkdir(dirname(target), { recursive: true });
    try {
      await writeFile(target, text, { flag: "wx" });
      written.push(path);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
      kept.push(path);
    }
  }
  return { written, kept };
}

/** The files of a provider package as text, by path, without writing any. */
export async function renderFiles(options: Omit<ScaffoldOptions, "directory">): Promise<ReadonlyMap<string, string>> {
  const { names, place, ranges } = options;
  const wrong = checkId(names.id);
  if (wrong !== undefined) throw new Error(wrong);
  const packageName = names.package ?? (place === "inside" ? `@lumiverse/${names.id}` : `lumiverse-provider-${names.id}`);
  const value = valueName(names.id);
  const words: Readonly<Record<string, string>> = {
    id: names.id,
    name: names.name,
    docs: names.docs,
    base: names.base,
    env: names.env ?? envName(names.id),
    package: packageName,
    value,
    key: value === names.id ? names.id : `"${names.id}"`,
    Type: typeName(names.id),
    version: ranges.version,
    date: options.date,
  };
  const files = new Map<string, string>();
  files.set("package.json", `${JSON.stringify(manifest({ ...names, package: packageName }, place, ranges), null, 2)}\n`);
  for (const folder of ["common", place]) {
    for (const path of await templatePaths(folder)) {
      const text = await readFile(new URL(`${folder}/${path}`, TEMPLATE), "utf8");
      files.set(targetPath(path), fill(text, words, path));
    }
  }
  return files;
}

const TEMPLATE: URL = new URL("../template/", import.meta.url);

async function templatePaths(folder: string): Promise<string[]> {
  const entries = await readdir(fileURLToPath(new URL(folder, TEMPLATE)), { recursive: true });
  return entries
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".tmpl"))
    .sort();
}

// npm leaves a file named `.gitignore` out of a tarball, so the template spells it without its dot.
function targetPath(path: string): string {
  const target = path.slice(0, -".tmpl".length);
  return target === "gitignore" ? ".gitignore" : target;
}

function fill(text: string, words: Readonly<Record<string, string>>, path: string): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, word: string) => {
    const filled = words[word];
    if (filled === undefined) throw new Error(`${path} asks for {{${word}}}, which no provider has`);
    return filled;
  });
}
