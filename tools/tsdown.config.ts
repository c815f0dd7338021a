// The build configuration of every published package: `tsdown --config <this file>`, started in the package's folder.
// The entry points come from `exports` and `bin` of the package.
import { readFileSync } from "node:fs";
import { defineConfig, type UserConfig } from "tsdown";
import { entryPoints } from "./src/entry-points.ts";
import type { Manifest } from "./src/workspace.ts";

// tsdown runs in the folder of the package. package-shape.test.ts checks the shape of the file.
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;

/** Matches a package's source files whose path in `src` begins like one of these. */
function sourcesOf(folder: string, beginnings: readonly string[]): RegExp {
  const separator = String.raw`[\\/]`;
  const paths = [folder, "src", `(?:${beginnings.join("|")})`].join("/").replaceAll("/", separator);
  return new RegExp(String.raw`${separator}${paths}[^\\/]*(?<!\.d)\.ts$`);
}

const config: UserConfig = defineConfig({
  cwd: process.cwd(),
  entry: entryPoints(manifest),
  format: "esm",
  platform: "neutral",
  target: "es2023",
  // `exports` names `.js` and `.d.ts`; the default is `.mjs` and `.d.mts`.
  outExtensions: () => ({ js: ".js", dts: ".d.ts" }),
  // The prefix keeps chunk names different from entry points. Names have no hash, because npm versions the package as a whole. Chunks and entry points are in one folder,
  // so that `new URL("..", import.meta.url)` is the package's folder in every file.
  // The source maps omit the sources, which are published in `src`.
  outputOptions: {
    chunkFileNames: "chunk-[name].js",
    sourcemapExcludeSources: true,
    // What every call needs is one file per package instead of a dozen small ones, each of which costs a request and compresses badly. Parts that load with operations,
    // explain() or the catalogue stay outside.
    codeSplitting: {
      groups: [
        {
          name: "shared",
          // The last three are what the first load shares with the schema compiler, operations and explain().
          test: sourcesOf("protocols", [
            "shared/(?!model-list)",
            "families/(?!index)",
            "schema/schema-compiler",
            "chat-completions/errors",
            "messages/cache/prefix(?!-)",
          ]),
        },
        {
          name: "core",
          test: sourcesOf("core", [
            "registry",
            "(?:chat|contract|http|capabilities|request|call)/(?!operations|explain|questions|prefix-diff|catalogue)",
          ]),
        },
      ],
    },
  },
  // With isolatedDeclarations, each declaration comes from its own file, without a type checker or a build of the dependencies.
  dts: { generator: "oxc", sourcemap: true },
  sourcemap: true,
  // Dependencies are not bundled, so that an application has one core and one zod.
  deps: { neverBundle: true },
  clean: true,
  report: false,
  logLevel: "warn",
});
export default config;
