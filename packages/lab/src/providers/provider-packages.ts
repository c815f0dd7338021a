/** Finds the provider packages of a folder: those with `src/provider.ts` and `fixtures`. */
import { existsSync, readdirSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Provider } from "@lumiverse/core/provider";

/** A provider package. */
export interface Installed {
  id: string;
  provider: Provider;
  fixtures: string;
  /** The known failures in `test/known.ts`, if the file exists. */
  known: Readonly<Record<string, string>>;
}

/** The names of the packages of a folder, or the given names. @throws Error for a name that no package has, and for a folder without packages */
export function packagesIn(folder: string, names: readonly string[]): readonly string[] {
  const root = resolve(folder);
  const all = readdirSync(root).filter(
    (id) => existsSync(resolve(root, id, "fixtures")) && existsSync(resolve(root, id, "src/provider.ts")),
  );
  if (all.length === 0) throw new Error(`there are no provider packages in ${folder}`);
  const unknown = names.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`there is no provider package "${unknown}" in ${folder}; the packages are: ${all.join(", ")}`);
  return names.length > 0 ? names : all;
}

/** Loads the packages of a folder, or those with the given names. */
export async function installedIn(folder: string, names: readonly string[]): Promise<Installed[]> {
  const root = resolve(folder);
  const found: Installed[] = [];
  for (const id of packagesIn(folder, names)) {
    const provider = (await exportsOf(resolve(root, id, "src/provider.ts"))).find(isProvider);
    if (provider === undefined) throw new Error(`${id}: src/provider.ts exports no provider`);
    const list = resolve(root, id, "test/known.ts");
    const known = existsSync(list) ? ((await exportsOf(list))[0] as Record<string, string>) : {}; // the file's only export, by convention
    found.push({ id, provider, fixtures: resolve(root, id, "fixtures"), known });
  }
  return found;
}

async function exportsOf(path: string): Promise<unknown[]> {
  return Object.values((await import(pathToFileURL(path).href)) as Record<string, unknown>); // a module's namespace
}
function isProvider(value: unknown): value is Provider {
  return typeof value === "object" && value !== null && "route" in value && "operations" in value;
}
