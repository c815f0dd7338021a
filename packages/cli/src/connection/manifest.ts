/** Reads the package.json files of installed packages. Their content is untrusted. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { isObject } from "@lumiverse/core/provider";

/** Packages with this keyword contain a provider. */
export const KEYWORD = "lumiverse-provider";

export interface Manifest {
  name: string;
  version: string;
  keywords: readonly string[];
  dependencies: readonly string[];
  exports: unknown;
  main: string | undefined;
}

/** The package.json of a folder. Undefined when it is missing or broken. */
export async function readManifest(folder: string): Promise<Manifest | undefined> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  } catch {
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
 * The file that `import "<package>"` loads. Node resolves a package name from the folder of the importing file, and these packages are installed in other
 * folders, so this function resolves the conditions of `exports`.
 */
export function entryOf(manifest: Manifest, conditions: ReadonlySet<string>): string {
  const { exports, main } = manifest;
  const root = isObject(exports) && "." in exports ? exports["."] : exports;
  return resolveTarget(root, conditions) ?? main ?? "index.js";
}

/** The file of the entry point `./evidence`, which registers what shows the claims of a provider. Undefined where a package has none. */
export function evidenceEntryOf({ exports }: Manifest, conditions: ReadonlySet<string>): string | undefined {
  return resolveTarget(isObject(exports) ? exports["./evidence"] : undefined, conditions);
}

function resolveTarget(target: unknown, conditions: ReadonlySet<string>): string | undefined {
  if (typeof target === "string") return target;
  if (!isObject(target)) return undefined;
  for (const [condition, inner] of Object.entries(target)) {
    if (!conditions.has(condition)) continue;
    const found = resolveTarget(inner, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
}
