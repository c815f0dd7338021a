import type { ProviderNames } from "./names.ts";

/** `workspace`: a folder of this repository. `standalone`: a package outside the repository. */
export type PackageKind = "workspace" | "standalone";

/** The version ranges of the dependencies. A workspace package uses `workspace:` ranges instead. */
export interface Ranges {
  /** The version of the new package itself. */
  version: string;
  core: string;
  protocols: string;
  conformance: string;
}

/** The package.json of a provider package. */
export function manifest(names: ProviderNames & { package: string }, kind: PackageKind, ranges: Ranges): Record<string, unknown> {
  const isWorkspace = kind === "workspace";
  return {
    name: names.package,
    version: ranges.version,
    description: `${names.name} as a provider of Lumiverse: a neutral chat API over many model hosts.`,
    keywords: ["lumiverse", "lumiverse-provider", names.id, "llm", "ai", "chat"],
    license: "MIT",
    ...(isWorkspace
      ? {
          homepage: `https://github.com/lumiverse/providers/tree/main/providers/${names.id}#readme`,
          bugs: "https://github.com/lumiverse/providers/issues",
          repository: { type: "git", url: "git+https://github.com/lumiverse/providers.git", directory: `providers/${names.id}` },
        }
      : {}),
    type: "module",
    sideEffects: ["./src/index.ts", "./src/evidence.ts", "./dist/index.js", "./dist/evidence.js"],
    exports: { ".": entry("index"), "./provider": entry("provider"), "./evidence": entry("evidence"), "./package.json": "./package.json" },
    // `lumiverse demo` replays this fixture, so the provider answers without a key.
    files: ["dist", "src", "fixtures/text"],
    scripts: isWorkspace ? { build: "tsdown --config ../../tools/tsdown.config.ts" } : STANDALONE_SCRIPTS,
    dependencies: { "@lumiverse/protocols": isWorkspace ? "workspace:^" : ranges.protocols, zod: "^4.6.7" },
    peerDependencies: { "@lumiverse/core": isWorkspace ? "workspace:^" : ranges.core },
    devDependencies: isWorkspace
      ? { "@lumiverse/conformance": "workspace:*", "@lumiverse/core": "workspace:*" }
      : {
          "@lumiverse/conformance": ranges.conformance,
          "@lumiverse/core": ranges.core,
          "@types/node": "^24.0.0",
          // The conformance suite needs both, and names them as optional peers, because its recorder and its replay server need neither.
          "fast-check": "^4.10.2",
          nock: "^15.0.6",
          tsdown: "^0.23.7",
          typescript: "^7.0.2",
          vitest: "^5.1.1",
        },
    engines: { node: ">=22.12" },
    publishConfig: { access: "public" },
  };
}

// Node 22.12 needs this flag to run TypeScript. Newer versions accept it.
const TYPESCRIPT = "node --experimental-strip-types --no-warnings";
const STANDALONE_SCRIPTS = {
  build: "node version.mjs && tsdown",
  test: "tsc -p . && vitest run",
  record: `${TYPESCRIPT} test/record.ts`,
  write: `${TYPESCRIPT} test/write.ts`,
  report: `${TYPESCRIPT} test/report.ts`,
  prepack: "npm run build",
};

// Only this repository sets the condition `@lumiverse/source`, which runs sources without a build.
function entry(file: string): Record<string, string> {
  return { "@lumiverse/source": `./src/${file}.ts`, types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` };
}
