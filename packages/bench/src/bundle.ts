/** What a browser would load for one streamed chat: bundled with code splitting, run once, the chunks that were loaded counted. */
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { start } from "./child.ts";
import { copyEntry } from "./installed.ts";

/** The servers that a bundle's chat is given, in order. */
export const bundleWires = ["chat", "messages", "generate"] as const;

export interface BundleFigures {
  /** Bytes, minified and gzipped, of the entry and all chunks that the chat loaded. */
  bytes: number;
  /** What is in them: each module's bytes, minified, not gzipped. */
  modules: { path: string; bytes: number }[];
}

export async function weighBundle(
  name: string,
  { modules, scratch, bases }: { modules: string; scratch: string; bases: readonly string[] },
): Promise<BundleFigures> {
  const outdir = await mkdtemp(join(scratch, "out-"));
  // Chunks are modules to Node too.
  await writeFile(join(outdir, "package.json"), '{ "type": "module" }\n');
  const { metafile } = await build({
    entryPoints: [await copyEntry(name, scratch)],
    absWorkingDir: outdir,
    nodePaths: [join(modules, "node_modules")],
    outdir,
    bundle: true,
    minify: true,
    splitting: true,
    metafile: true,
    format: "esm",
    platform: "browser",
    target: "es2023",
    // A package that wants one of Node's modules gets it here; a browser would have to do without.
    external: ["node:*", ...builtinModules],
    logLevel: "silent",
  });
  const { child, ready } = await start<{ loaded: string[]; text: string; error?: string }>("./bundle-main.ts", [
    join(outdir, `${name}.js`),
    ...bases,
  ]);
  child.end();
  if (ready.error !== undefined) throw new Error(`its bundle failed: ${ready.error}`);
  if (ready.text === "") throw new Error("its bundle read no text");
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
