/** Renders the template and writes a provider package. */
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { escapeFor } from "./escape.ts";
import { manifest, type PackageKind, type Ranges } from "./manifest.ts";
import {
  checkEnv,
  checkFreeId,
  checkId,
  checkModel,
  checkPackage,
  envName,
  normalizeBase,
  type ProviderNames,
  typeName,
  valueName,
} from "./names.ts";
import { type ProtocolId, protocols } from "./protocols.ts";

export interface ScaffoldOptions {
  names: ProviderNames;
  kind: PackageKind;
  ranges: Ranges;
  /** Default `chat-completions`. */
  protocol?: ProtocolId;
  /** The model of the first fixtures. Default `example-model`. */
  model?: string;
  /** URL of the documentation that the first fixtures follow. Default: that of the protocol. */
  source?: string;
  /** The folder of the new package. */
  directory: string;
  /** Today, as an ISO date, for the catalogue and the fixtures. */
  date: string;
}
export interface Scaffolded {
  /** Paths of new files, relative to the folder. */
  written: readonly string[];
  /** Paths of files that existed and were not changed. */
  kept: readonly string[];
}

/** Writes a provider package into a folder. Existing files are not changed. */
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

/** The files of a provider package as text, by path, without its fixtures. Writes nothing. */
export async function renderFiles(options: Omit<ScaffoldOptions, "directory">): Promise<ReadonlyMap<string, string>> {
  const { names, kind, ranges, protocol = "chat-completions" } = options;
  const problem =
    // The bundled packages are compared with what this renders.
    (kind === "workspace" ? checkId : checkFreeId)(names.id) ??
    (names.env === undefined ? undefined : checkEnv(names.env)) ??
    (names.package === undefined ? undefined : checkPackage(names.package)) ??
    (options.model === undefined ? undefined : checkModel(options.model));
  if (problem !== undefined) throw new Error(problem);
  const values = valuesOf(options);
  const files = new Map<string, string>();
  files.set("package.json", `${JSON.stringify(manifest({ ...names, package: packageOf(options) }, kind, ranges), null, 2)}\n`);
  for (const folder of ["common", `protocols/${protocol}/package`, kind]) await fillFolder(folder, values, files);
  return files;
}

/** The fixtures that the conformance suite requires of a provider that claims streaming and a model list. */
export async function renderFixtures(options: Omit<ScaffoldOptions, "directory">): Promise<ReadonlyMap<string, string>> {
  const { protocol = "chat-completions", names } = options;
  const files = new Map<string, string>();
  await fillFolder(`protocols/${protocol}/fixtures`, { ...valuesOf(options), base: normalizeBase(names.base) }, files);
  const cases = [...files.keys()].filter((path) => path.endsWith("/case.json")).map((path) => path.slice(0, -"/case.json".length));
  files.set("scenarios.json", `${JSON.stringify(cases.sort(), null, 2)}\n`);
  return new Map([...files].map(([path, text]) => [`fixtures/${path}`, text]));
}

function packageOf({ names, kind }: Pick<ScaffoldOptions, "names" | "kind">): string {
  return names.package ?? (kind === "workspace" ? `@lumiverse/${names.id}` : `lumiverse-provider-${names.id}`);
}

/** The values of the placeholders. */
function valuesOf(options: Omit<ScaffoldOptions, "directory">): Readonly<Record<string, string>> {
  const { names, protocol = "chat-completions", model = "example-model" } = options;
  const value = valueName(names.id);
  return {
    id: names.id,
    name: names.name,
    docs: encodedURL(names.docs),
    base: encodedURL(names.base),
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
    protocol: protocols[protocol].title,
    source: options.source === undefined ? protocols[protocol].page : encodedURL(options.source),
  };
}

/** Quotes and blanks in a URL are encoded. A URL without a path keeps no slash at its end. */
function encodedURL(url: string): string {
  return (URL.parse(url)?.href ?? url).replace(/\/+$/, "");
}

const TEMPLATE: URL = new URL("../template/", import.meta.url);

async function fillFolder(folder: string, values: Readonly<Record<string, string>>, into: Map<string, string>): Promise<void> {
  for (const path of await templatePaths(folder)) {
    const text = await readFile(new URL(`${folder}/${path}`, TEMPLATE), "utf8");
    into.set(targetPath(path), fill(text, values, path));
  }
}

async function templatePaths(folder: string): Promise<string[]> {
  const entries = await readdir(fileURLToPath(new URL(folder, TEMPLATE)), { recursive: true });
  return entries
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".tmpl"))
    .sort();
}

// npm does not pack a file named `.gitignore`, so the template has it without the dot.
function targetPath(path: string): string {
  const target = path.slice(0, -".tmpl".length);
  return target === "gitignore" ? ".gitignore" : target;
}

function fill(text: string, values: Readonly<Record<string, string>>, path: string): string {
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string, at: number) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${path} has the unknown placeholder {{${name}}}`);
    return escapeFor(path, text.slice(0, at), value);
  });
}
