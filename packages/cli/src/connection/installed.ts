/**
 * Finds the installed providers: the packages that this one depends on, and third-party packages in the `node_modules` folders of the current folder and
 * its parents (docs/decisions/third-party-providers.md). All of them have the same keyword.
 */
import { existsSync, statSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { nearestNames } from "@lumiverse/connections";
import { LumiverseError, type Provider } from "@lumiverse/core";
import { CONTRACT, isObject } from "@lumiverse/core/provider";
import { entryOf, evidenceEntryOf, KEYWORD, type Manifest, readManifest } from "./manifest.ts";

export interface Installed {
  provider: Provider;
  package: string;
  /** The package's folder. */
  folder: string;
  /** True when this package depends on it. */
  bundled: boolean;
}

export interface Installation {
  installed: readonly Installed[];
  /** Packages with the keyword that could not be used, each with the reason. */
  failed: readonly { package: string; reason: string }[];
}

interface Found {
  manifest: Manifest;
  folder: string;
  bundled: boolean;
  /** The `node_modules` folder in which it was found. Absent for a bundled package. */
  modules?: string;
}

/**
 * Loads the installed providers, sorted by id. A broken package is listed in `failed` and does not affect the others.
 * @param isWanted Decides about a third-party package before its code runs. Default: all are wanted.
 */
export async function installation(from: string = process.cwd(), isWanted: (found: Found) => boolean = () => true): Promise<Installation> {
  const bundled = await bundledPackages();
  const names = new Set(bundled.map((one) => one.manifest.name));
  const others = (await foundFrom(from)).filter((one) => !names.has(one.manifest.name) && isWanted(one));
  const installed = new Map<string, Installed>();
  const failed: { package: string; reason: string }[] = [];
  for (const found of [...bundled, ...others]) {
    const name = found.manifest.name;
    const loaded = await load(found).catch((cause: unknown) => {
      failed.push({ package: name, reason: reasonOf(cause) });
      return [];
    });
    for (const one of loaded) {
      const other = installed.get(one.provider.id);
      if (other === undefined) installed.set(one.provider.id, one);
      else failed.push({ package: name, reason: `it provides "${one.provider.id}", which ${other.package} already provides` });
    }
  }
  return { installed: [...installed.values()].sort((a, b) => (a.provider.id < b.provider.id ? -1 : 1)), failed };
}

/**
 * Loads one provider, by its id or the name of its package. A bundled provider is loaded without searching the current folder.
 * @throws LumiverseError `configuration`, with the installed ids when none is this one
 */
export async function installed(id: string, from: string = process.cwd()): Promise<Installed> {
  for (const found of await bundledPackages()) {
    if (found.manifest.name !== `@lumiverse/${id}` && found.manifest.name !== id) continue;
    const [first] = await load(found).catch((cause: unknown) => {
      throw unusable(found.manifest.name, reasonOf(cause), cause);
    });
    if (first !== undefined) return first;
  }
  const all = await installation(from, (found) => isNamed(found, id, from));
  const one = all.installed.find((other) => other.provider.id === id || other.package === id);
  if (one !== undefined) return one;
  const broken = all.failed.find((other) => other.package === id || other.package.endsWith(`-${id}`));
  if (broken !== undefined) throw unusable(broken.package, broken.reason);
  throw new UnknownProviderError(
    id,
    all.installed.map((other) => other.provider.id),
  );
}

/** No installed provider has this id. */
export class UnknownProviderError extends LumiverseError {
  /** The ids of the installed providers. */
  readonly installed: readonly string[];

  constructor(id: string, ids: readonly string[]) {
    const near = nearestNames(id, ids);
    super({
      code: "configuration",
      field: "provider",
      message: `no provider "${id}" is installed (installed: ${ids.join(", ")})`,
      hint:
        near.length > 0
          ? `Did you mean ${near.join(", ")}?`
          : `A provider package needs the keyword "${KEYWORD}" and must be installed in this folder; "lumiverse providers" lists what is found`,
    });
    this.installed = ids;
  }
}

/**
 * True for a package whose code may run in a search for this id: it is installed in the current folder, or its name is that of the provider. Otherwise a mistyped
 * id would run the code of every package in the folders above.
 */
function isNamed({ manifest: { name }, modules }: Found, id: string, from: string): boolean {
  return (
    modules === join(resolve(from), "node_modules") || name === id || /^(?:@[^/]+\/)?(?:lumiverse-provider-)?(.+)$/.exec(name)?.[1] === id
  );
}

function unusable(name: string, reason: string, cause?: unknown): LumiverseError {
  return new LumiverseError({
    code: "configuration",
    field: "provider",
    message: `the package ${name} could not be used: ${reason}`,
    hint: /contract|does not provide an export/.test(reason)
      ? "It may need a newer core: npm install @lumiverse/core@latest lumiverse@latest"
      : `Reinstall it, or report this to its author; "npm ls ${name}" shows which package depends on it`,
    cause,
  });
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
}

/** The folder of this package. The depth of this file differs between sources and the build, so the nearest package.json decides. */
export const PACKAGE_FOLDER: string = nearestPackage(dirname(fileURLToPath(import.meta.url)));

function nearestPackage(folder: string): string {
  return existsSync(join(folder, "package.json")) || dirname(folder) === folder ? folder : nearestPackage(dirname(folder));
}

async function bundledPackages(): Promise<Found[]> {
  const own = await readManifest(PACKAGE_FOLDER);
  const found: Found[] = [];
  for (const name of own?.dependencies ?? []) {
    if (!name.startsWith("@lumiverse/")) continue;
    const folder = dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
    const manifest = await readManifest(folder);
    if (manifest?.keywords.includes(KEYWORD) === true) found.push({ manifest, folder, bundled: true });
  }
  return found;
}

/** Packages with the keyword in the `node_modules` of a folder and its parents. The nearest package of a name wins. */
async function foundFrom(from: string): Promise<Found[]> {
  const found = new Map<string, Found>();
  // The parents of this package contain the other global packages when it is installed globally.
  for (const folder of [...projectFolders(resolve(from)), ...withParents(PACKAGE_FOLDER)]) {
    const modules = join(folder, "node_modules");
    for (const path of await packagesIn(modules)) {
      const manifest = await readManifest(path);
      if (manifest?.keywords.includes(KEYWORD) === true && !found.has(manifest.name)) {
        found.set(manifest.name, { manifest, folder: await realpath(path), bundled: false, modules });
      }
    }
  }
  return [...found.values()];
}

/** The folder and its parents, up to the first parent that everybody can write to, such as `/tmp`: other people could place a package there. */
function projectFolders(from: string): string[] {
  const folders = withParents(from);
  const end = folders.findIndex((folder, at) => at > 0 && isWritableByAll(folder));
  return end < 0 ? folders : folders.slice(0, end);
}

function isWritableByAll(folder: string): boolean {
  try {
    return process.platform !== "win32" && (statSync(folder).mode & 0o002) !== 0;
  } catch {
    return true;
  }
}

function withParents(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...withParents(parent)];
}

async function packagesIn(modules: string): Promise<string[]> {
  const names = await readdir(modules).catch(() => []);
  const paths: string[] = [];
  for (const name of names) {
    if (name.startsWith(".")) continue;
    if (!name.startsWith("@")) paths.push(join(modules, name));
    else for (const inner of await readdir(join(modules, name)).catch(() => [])) paths.push(join(modules, name, inner));
  }
  return paths;
}

/** Registers the evidence for the claims of an installed provider, where its package has some. `supports()` then returns it. */
export async function loadEvidence({ folder }: Installed): Promise<void> {
  const manifest = await readManifest(folder);
  const entry = manifest === undefined ? undefined : evidenceEntryOf(manifest, conditionsFor(await realpath(folder)));
  if (entry !== undefined) await import(pathToFileURL(join(folder, entry)).href);
}

async function load(found: Found): Promise<Installed[]> {
  const { manifest, folder, bundled } = found;
  const url = bundled
    ? import.meta.resolve(manifest.name)
    : pathToFileURL(join(folder, entryOf(manifest, conditionsFor(await realpath(folder))))).href;
  const module: unknown = await import(url);
  const providers = Object.values(isObject(module) ? module : {}).filter(isProvider);
  if (providers.length === 0) throw new Error("its main module exports no provider");
  const newer = providers.find(({ contract }) => contract > CONTRACT);
  if (newer !== undefined)
    throw new Error(
      `${newer.id} ${newer.version} needs contract ${newer.contract}; the installed @lumiverse/core has contract ${CONTRACT}`,
    );
  return providers.map((provider) => ({ provider, package: manifest.name, folder, bundled }));
}

/** Applies the `--conditions` of this process, except under `node_modules`, where Node does not strip types and sources cannot run. */
function conditionsFor(folder: string): ReadonlySet<string> {
  const given = process.execArgv.flatMap((flag) => /^(?:--conditions|-C)=(.+)$/.exec(flag)?.[1] ?? []);
  const linked = !folder.includes(`${sep}node_modules${sep}`);
  return new Set([...(linked ? given : []), "node", "import", "module-sync", "default"]);
}

function isProvider(value: unknown): value is Provider {
  return (
    isObject(value) &&
    typeof value["id"] === "string" &&
    typeof value["contract"] === "number" &&
    typeof value["route"] === "function" &&
    typeof value["operations"] === "function"
  );
}
