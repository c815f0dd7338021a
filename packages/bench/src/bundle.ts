/** The size of a browser bundle: with code splitting, the chunks that one streamed chat loads; without it, one file. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { start } from "./child.ts";
import { copyEntry } from "./packed.ts";

/** The protocols of the base URLs that a bundle's chat receives, in order. */
export const bundleProtocols = ["chat", "messages", "generate"] as const;

export interface BundleFigures {
  /** Bytes, minified and gzipped, of the files that the chat loaded. */
  bytes: number;
  /** The modules in these files with their bytes, minified, not gzipped. */
  modules: { path: string; bytes: number }[];
}

export async function weighBundle(
  name: string,
  options: { modules: string; scratch: string; bases: readonly string[]; splitting: boolean },
): Promise<BundleFigures> {
  const { modules, scratch, bases, splitting } = options;
  const outdir = await mkdtemp(join(scratch, "out-"));
  // Node reads the chunks as ES modules.
  await writeFile(join(outdir, "package.json"), '{ "type": "module" }\n');
  const { metafile } = await build({
    entryPoints: [await copyEntry(name, scratch)],
    absWorkingDir: outdir,
    nodePaths: [join(modules, "node_modules")],
    outdir,
    bundle: true,
    minify: true,
    splitting,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    // Modules of Node stay imports, so that packages that need them run.
    external: ["node:*", ...builtinModules],
    logLevel: "silent",
  });
  const { child, ready } = await start<{ loaded: string[]; text: string; error?: string }>("./bundle-main.ts", [
    join(outdir, `${name}.js`),
    ...bases,
  ]);
  child.end();
  if (ready.error !== undefined) throw new Error(`the bundle failed: ${ready.error}`);
  if (ready.text === "") throw new Error("the bundle returned no text");
  let bytes = 0;
  const inside: BundleFigures["modules"] = [];
  for (const url of ready.loaded) {
    const file = basename(url);
    bytes += gzipSync(await readFile(join(outdir, file)), { level: 9 }).length;
    for (const [path, { bytesInOutput }] of Object.entries(metafile.outputs[file]?.inputs ?? {}))
      inside.push({ path: path.replace(/^.*node_modules\//, ""), bytes: bytesInOutput });
  }
  return { bytes, modules: inside.sort((a, b) => b.bytes - a.bytes) };
}
