import type { Manifest } from "./workspace.ts";

/** The source file of each module in `exports` and `bin`, by its path in `dist` without the extension. */
export function entryPoints(manifest: Manifest): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const target of Object.values(manifest.exports ?? {})) {
    const source = typeof target === "string" ? undefined : target["@lumiverse/source"];
    if (source !== undefined) entries[withoutFolder(source, "src", ".ts")] = source;
  }
  for (const target of Object.values(manifest.bin ?? {})) {
    const name = withoutFolder(target, "dist", ".js");
    entries[name] = `./src/${name}.ts`;
  }
  return entries;
}

function withoutFolder(path: string, folder: string, extension: string): string {
  const start = `./${folder}/`;
  if (!path.startsWith(start) || !path.endsWith(extension))
    throw new Error(`expected ${start}*${extension} in package.json, found ${path}`);
  return path.slice(start.length, -extension.length);
}
