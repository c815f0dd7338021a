import type { ProviderNames } from "./names.ts";

/** `inside`: a folder of this repository, whose packages resolve each other. `outside`: a package of its own. */
export type Place = "inside" | "outside";

/** What a provider package depends on, as ranges; inside the repository the workspace decides. */
export interface Ranges {
  /** The version of the new package itself. */
  version: string;
  core: string;
  protocols: string;
  conformance: string;
}

/** The package.json of a provider: the same for all of them but for its names. */
export function manifest(names: ProviderNames & { package: string }, place: Place, ranges: Ranges): Record<string, unknown> {
  const inside = place === "inside";
  return {
    name: names.package,
    version: ranges.version,
    description: `${names.name} as a provider of Lumiverse: a neutral chat API over many model hosts.`,
    keywords: ["lumiverse", "lumiverse-provider", names.id, "llm", "ai", "chat"],
    license: "MIT",
    ...(inside
      ? { repository: { type: "git", url: "git+https://github.com/lumiverse/providers.git", directory: `providers/${names.id}` } }
      : {}),
    type: "module",
    sideEffects: ["./src/index.ts", "./dist/index.js"],
    exports: { ".": entry("index"), "./provider": entry("provider"), "./package.json": "./package.json" },
    // One fixture is published: `lumiverse demo` plays it, so that whoever installed the package can see it answer without a key.
    files: ["dist", "src", "!dist/.tsbuildinfo", "fixtures/text"],
    scripts: inside ? { build: "tsc -b tsconfig.build.json" } : OUTSIDE,
    dependencies: { "@lumiverse/protocols": inside ? "workspace:^" : ranges.protocols },
    peerDependencies: { "@lumiverse/core": inside ? "workspace:^" : ranges.core },
    devDependencies: inside
      ? { "@lumiverse/conformance": "workspace:*", "@lumiverse/core": "workspace:*" }
      : {
          "@lumiverse/conformance": ranges.conformance,
          "@lumiverse/core": ranges.core,
          "@types/node": "^24.0.0",
          typescript: "^7.0.2",
          vitest: "^5.1.1",
        },
    engines: { node: ">=22.12" },
    publishConfig: { access: "public" },
  };
}

// The flag is what Node 22.12 needs to run TypeScript; newer ones take it and do so anyway.
const TYPESCRIPT = "node --experimental-strip-types --no-warnings";
const OUTSIDE = {
  build: "node version.mjs && tsc -p tsconfig.build.json",
  test: "tsc -p . && vitest run",
  record: `${TYPESCRIPT} test/record.ts`,
  write: `${TYPESCRIPT} test/write.ts`,
  report: `${TYPESCRIPT} test/report.ts`,
  prepack: "npm run build",
};

// `@lumiverse/source` first: sources run without a build inside the repository, and nobody else sets that condition.
function entry(file: string): Record<string, string> {
  return { "@lumiverse/source": `./src/${file}.ts`, types: `./dist/${file}.d.ts`, default: `./dist/${file}.js` };
}
