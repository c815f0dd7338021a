/** What an application's bundle contains. */
import { build } from "esbuild";

export interface Bundle {
  /** Minified, without core. */
  bytes: number;
  /** The source files that the bundle holds code of. */
  files: string[];
}

/** Bundles an application for a browser. Core and optional packages of others stay outside. `folder`: where its imports are looked for. */
export async function bundle(code: string, folder: string): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: folder, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["@lumiverse/source"],
    metafile: true,
    logLevel: "silent",
    external: ["@lumiverse/core", "@lumiverse/core/*", "@modelcontextprotocol/*", "@opentelemetry/*"],
  });
  const used = Object.entries(Object.values(metafile.outputs)[0]?.inputs ?? {});
  const files = used.filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file !== "<stdin>").map(([file]) => file);
  return { bytes: outputFiles[0]?.contents.length ?? 0, files };
}
