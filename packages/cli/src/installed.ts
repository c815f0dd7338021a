/**
 * Which providers are there: those that this package depends on, and third-party ones in the `node_modules` folders that can be reached from the
 * current folder (docs/decisions/third-party-providers.md). All of them are recognised by the same keyword, and taken as values.
 */
import { readdir, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { CONTRACT, isObject, LumiverseError, type Provider } from "@lumiverse/core";
import { entryOf, KEYWORD, type Manifest, readManifest } from "./manifest.ts";

export interface Installed {
  provider: Provider;
  package: string;
  /** The package's folder. */
  folder: string;
  /** It comes with this command line. */
  bundled: boolean;
}
export interface Installation {
  installed: readonly Installed[];
  /** Packages that say they bring a provider and could not be used, each with the reason. */
  failed: readonly { package: string; because: string }[];
}

interface Found {
  manifest: Manifest;
  folder: string;
  bundled: boolean;
}

/** Every provider, by id. A package that is broken is told, and hides no other. */
export async function installation(from: string = process.cwd()): Promise<Installation> {
  const bundled = await bundledPackages();
  const names = new Set(bundled.map((one) => one.manifest.name));
  const others = (await foundFrom(from)).filter((one) => !names.has(one.manifest.name));
  const installed = new Map<string, Installed>();
  const failed: { package: string; because: string }[] = [];
  for (const found of [...bundled, ...others]) {
    const name = found.manifest.name;
    try {
      for (const one of await load(found)) {
        const other = installed.get(one.provider.id);
        if (other === undefined) installed.set(one.provider.id, one);
        else failed.push({ package: name, because: `brings "${one.provider.id}", which ${other.package} brings already` });
      }
    } catch (cause) {
      failed.push({ package: name, because: reasonOf(cause) });
    }
  }
  return { installed: [...installed.values()].sort((a, b) => (a.provider.id < b.provider.id ? -1 : 1)), failed };
}

/**
 * One provider, by its id or its package's name. A bundled one is loaded without looking at the current folder.
 * @throws LumiverseError `configuration` with the ids that are there.
 */
export async function installed(id: string, from: string = process.cwd()): Promise<Installed> {
  for (const found of await bundledPackages()) {
    if (found.manifest.name !== `@lumiverse/${id}` && found.manifest.name !== id) continue;
    const [first] = await load(found).catch((cause: unknown) => {
      throw unusable(found.manifest.name, reasonOf(cause), cause);
    });
    if (first !== undefined) return first;
  }
  const all = await installation(from);
  const one = all.installed.find((other) => other.provider.id === id || other.package === id);
  if (one !== undefined) return one;
  const broken = all.failed.find((other) => other.package === id || other.package.endsWith(`-${id}`));
  if (broken !== undefined) throw unusable(broken.package, broken.because);
  throw new LumiverseError({
    code: "configuration",
    field: "provider",
    message: `there is no provider "${id}" (there are: ${all.installed.map((other) => other.provider.id).join(", ")})`,
    hint: `A package of your own is found by the keyword "${KEYWORD}" when it is installed in this folder: lumiverse providers`,
  });
}

function unusable(name: string, because: string, cause?: unknown): LumiverseError {
  return new LumiverseError({
    code: "configuration",
    field: "provider",
    message: `the package ${name} could not be used: ${because}`,
    hint: /contract|does not provide an export/.test(because)
      ? "It may be made for a newer core: npm install @lumiverse/core@latest lumiverse@latest"
      : `Install it anew, or tell its author; "npm ls ${name}" shows who brings it`,
    cause,
  });
}
function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (cause.message.split("\n")[0] ?? "") : String(cause);
}

/** The folder of this package. */
export const OWN: string = fileURLToPath(new URL("..", import.meta.url));

async function bundledPackages(): Promise<Found[]> {
  const own = await readManifest(OWN);
  const found: Found[] = [];
  for (const name of own?.dependencies ?? []) {
    if (!name.startsWith("@lumiverse/")) continue;
    const folder = dirname(fileURLToPath(import.meta.resolve(`${name}/package.json`)));
    const manifest = await readManifest(folder);
    if (manifest?.keywords.includes(KEYWORD) === true) found.push({ manifest, folder, bundled: true });
  }
  return found;
}

/** Packages with the keyword in the `node_modules` of a folder and of all folders above it, the nearest one of a name first. */
async function foundFrom(from: string): Promise<Found[]> {
  const found = new Map<string, Found>();
  // The last one is where a global installation of this package keeps its neighbours.
  for (const folder of [...above(from), ...above(OWN)]) {
    for (const path of await packagesIn(join(folder, "node_modules"))) {
      const manifest = await readManifest(path);
      if (manifest?.keywords.includes(KEYWORD) === true && !found.has(manifest.name)) {
        found.set(manifest.name, { manifest, folder: await realpath(path), bundled: false });
      }
    }
  }
  return [...found.values()];
}

function above(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...above(parent)];
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
    throw new Error(`${newer.id} ${newer.version} is made for contract ${newer.contract}; the @lumiverse/core here speaks ${CONTRACT}`);
  return providers.map((provider) => ({ provider, package: manifest.name, folder, bundled }));
}

/** Conditions given to Node hold here too, but Node strips no types under `node_modules`, so sources are taken only outside of it. */
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
    isObject(value["operations"])
  );
}
