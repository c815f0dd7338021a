import { build } from "esbuild";
import { expect, test } from "vitest";

/** An application's bundle without core: its bytes, minified, and the packages in it. */
async function bundle(code: string): Promise<{ bytes: number; files: string[] }> {
  const { metafile, outputFiles } = await build({
    stdin: { contents: code, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "browser",
    conditions: ["@lumiverse/source"],
    metafile: true,
    logLevel: "silent",
    external: ["@lumiverse/core", "@lumiverse/core/*"],
  });
  const used = Object.values(metafile.outputs)[0]?.inputs ?? {};
  const files = Object.entries(used).filter(([file, { bytesInOutput }]) => bytesInOutput > 0 && file !== "<stdin>");
  return { bytes: outputFiles[0]?.contents.length ?? 0, files: files.map(([file]) => file) };
}

// A budget is never raised to make a change fit.
test.each([
  ["languageModel", 26_000],
  ["createLumiverse", 28_000],
])("%s costs at most %i bytes beside core, and no provider and no toolkit", async (name, budget) => {
  const { bytes, files } = await bundle(`import { ${name} } from "@lumiverse/ai-sdk"; console.log(${name});`);
  if (process.env["SIZES"] !== undefined) console.log(name, bytes);
  expect(bytes).toBeGreaterThan(1000);
  expect(bytes).toBeLessThanOrEqual(budget);
  expect(files.filter((file) => /packages\/(protocols|toolkit)|\/providers\/|node_modules\/(ai|zod)\//.test(file))).toEqual([]);
});

test("an import that is not used costs nothing", async () => {
  const { files } = await bundle(`import { lumiverse, languageModel } from "@lumiverse/ai-sdk"; console.log(1);`);
  expect(files).toEqual([]);
});
