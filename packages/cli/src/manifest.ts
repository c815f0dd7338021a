/** package.json files, read as data that strangers wrote. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "@lumiverse/core";

/** The keyword by which a package says that it brings a provider. */
export const KEYWORD = "lumiverse-provider";

export interface Manifest {
  name: string;
  version: string;
  keywords: readonly string[];
  dependencies: readonly string[];
  exports: unknown;
  main: string | undefined;
}

/** The package.json of a folder; undefined where there is none that can be read. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  } catch {
    // No package, or a broken one of somebody else: nothing that this program was asked for.
    return undefined;
  }
  if (!isObject(json) || typeof json["name"] !== "string") return undefined;
  const { name, version, keywords, dependencies, exports, main } = json;
  return {
    name,
    version: typeof version === "string" ? version : "0.0.0",
    keywords: Array.isArray(keywords) ? keywords.filter((word) => typeof word === "string") : [],
    dependencies: isObject(dependencies) ? Object.keys(dependencies) : [],
    exports,
    main: typeof main === "string" ? main : undefined,
  };
}

/**
 * The file that `import "<package>"` would load. Node resolves a name only from the importing file's own folder, and these packages lie in
 * somebody else's, so the conditions of `exports` are walked here.
 */
export function entryOf(manifest: Manifest, conditions: ReadonlySet<string>): string {
  const { exports, main } = manifest;
  const root = isObject(exports) && "." in exports ? exports["."] : exports;
  return pick(root, conditions) ?? main ?? "index.js";
}
function pick(target: unknown, conditions: ReadonlySet<string>): string | undefined {
  if (typeof target === "string") return target;
  if (!isObject(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (!conditions.has(condition)) continue;
    const found = pick(inner, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
}
