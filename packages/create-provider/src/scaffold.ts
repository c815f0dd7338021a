import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { manifest, type Place, type Ranges } from "./manifest.ts";
import { checkId, envName, type ProviderNames, plainBase, typeName, valueName } from "./names.ts";
import { type Wire, wires } from "./wires.ts";

export interface ScaffoldOptions {
  names: ProviderNames;
  place: Place;
  ranges: Ranges;
  /** The wire format that the provider speaks. Default `chat-completions`. */
  protocol?: Wire;
  /** The model of the first fixtures. Default `example-model`. */
  model?: string;
  /** The page that the first fixtures follow. Default: the one that describes the wire. */
  source?: string;
  /** The folder of the new package. */
  directory: string;
  /** ISO date of the day, for the catalogue and the fixtures. */
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
  for (const [path, text] of [...(await renderFiles(options)), ...(await renderFixtures(options))]) {
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

/** The files of a provider package as text, by path, without its fixtures and without writing any. */
export async function renderFiles(options: Omit<ScaffoldOptions, "directory">): Promise<ReadonlyMap<string, string>> {
  const { names, place, ranges, protocol = "chat-completions" } = options;
  const wrong = checkId(names.id);
  if (wrong !== undefined) throw new Error(wrong);
  const words = wordsOf(options);
  const files = new Map<string, string>();
  files.set("package.json", `${JSON.stringify(manifest({ ...names, package: packageOf(options) }, place, ranges), null, 2)}\n`);
  for (const folder of ["common", `wires/${protocol}/package`, place]) await fillFolder(folder, words, files);
  return files;
}

/** The first cases: what the suite asks of a provider that claims nothing but streaming and a list of models. */
export async function renderFixtures(options: Omit<ScaffoldOptions, "directory">): Promise<ReadonlyMap<string, string>> {
  const { protocol = "chat-completions", names } = options;
  const files = new Map<string, string>();
  await fillFolder(`wires/${protocol}/fixtures`, { ...wordsOf(options), base: plainBase(names.base) }, files);
  const cases = [...files.keys()].filter((path) => path.endsWith("/case.json")).map((path) => path.slice(0, -"/case.json".length));
  files.set("scenarios.json", `${JSON.stringify(cases.sort(), null, 2)}\n`);
  return new Map([...files].map(([path, text]) => [`fixtures/${path}`, text]));
}

function packageOf({ names, place }: Pick<ScaffoldOptions, "names" | "place">): string {
  return names.package ?? (place === "inside" ? `@lumiverse/${names.id}` : `lumiverse-provider-${names.id}`);
}

function wordsOf(options: Omit<ScaffoldOptions, "directory">): Readonly<Record<string, string>> {
  const { names, protocol = "chat-completions", model = "example-model" } = options;
  const value = valueName(names.id);
  return {
    id: names.id,
    name: names.name,
    // As the text of a module: a name may hold quotes.
    nameText: JSON.stringify(names.name),
    docs: names.docs,
    base: names.base.replace(/\/+$/, ""),
    env: names.env ?? envName(names.id),
    package: packageOf(options),
    value,
    key: value === names.id ? names.id : `"${names.id}"`,
    Type: typeName(names.id),
    version: options.ranges.version,
    date: options.date,
    year: options.date.slice(0, 4),
    model,
    modelPath: encodeURIComponent(model),
    wire: wires[protocol].title,
    source: options.source ?? wires[protocol].page,
  };
}

const TEMPLATE: URL = new URL("../template/", import.meta.url);

async function fillFolder(folder: string, words: Readonly<Record<string, string>>, into: Map<string, string>): Promise<void> {
  for (const path of await templatePaths(folder)) {
    const text = await readFile(new URL(`${folder}/${path}`, TEMPLATE), "utf8");
    into.set(targetPath(path), fill(text, words, path));
  }
}

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
