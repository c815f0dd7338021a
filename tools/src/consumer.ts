// Checks an application outside the repository that installs the tarballs with npm.
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { replay } from "@lumiverse/conformance";
import { build } from "esbuild";
import { runCommand } from "./command.ts";
import type { Check } from "./results.ts";
import type { Tarball } from "./tarballs.ts";
import { root } from "./workspace.ts";

/** Installs all tarballs into `app`, and a single provider into another folder. */
export async function checkConsumer(tarballs: readonly Tarball[], app: string): Promise<Check[]> {
  const checks = [await install(tarballs, app, "install all tarballs with npm")];
  if (checks.some((check) => check.problem !== undefined)) return checks;
  checks.push(
    await oneCore(app),
    await noInstallScripts(app),
    await imports(tarballs, app),
    await registration(tarballs, app),
    ...(await types(tarballs, app)),
    ...(await oneProviderAlone(tarballs, `${app}-one`)),
  );
  return checks;
}

/** Optional peers that an entry point imports: the suite's test libraries, and what the toolkit's MCP and telemetry need. */
const IMPORTED_PEERS = ["fast-check", "nock", "@modelcontextprotocol/sdk", "@opentelemetry/api"];

async function install(tarballs: readonly Tarball[], app: string, name: string): Promise<Check> {
  await mkdir(app, { recursive: true });
  const peers: Record<string, string> = Object.assign({}, ...tarballs.map((one) => one.of.manifest.peerDependencies ?? {}));
  const dependencies = {
    ...Object.fromEntries(IMPORTED_PEERS.flatMap((name) => (peers[name] === undefined ? [] : [[name, peers[name]]]))),
    ...Object.fromEntries(tarballs.map((one) => [one.of.manifest.name, `file:${one.file}`])),
  };
  await writeFile(
    join(app, "package.json"),
    JSON.stringify({ name: "app", version: "0.0.0", private: true, type: "module", dependencies }),
  );
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--omit=optional", "--prefer-offline", "--loglevel=error"];
  const ran = await runCommand("npm", args, { cwd: app, env: withoutNpmSettings() });
  return ran.ok ? { name } : { name, problem: ran.output };
}

// npm passes its settings for this repository to scripts as variables. They must not reach npm in the application, except those about the registry.
export function withoutNpmSettings(): Record<string, undefined> {
  const ours = Object.keys(process.env).filter(
    (name) => /^(npm_|pnpm_|INIT_CWD$)/i.test(name) && !/registry|proxy|cafile|userconfig|cache/i.test(name),
  );
  return Object.fromEntries(ours.map((name) => [name, undefined]));
}

async function oneCore(app: string): Promise<Check> {
  const copies = (await installed(app)).filter((name) => name === "@lumiverse/core").length;
  const name = "there is one copy of core";
  return copies === 1 ? { name } : { name, problem: `there are ${copies}` };
}

/** Neither the packages nor what they depend on: npm marks such packages in its lockfile. */
async function noInstallScripts(app: string): Promise<Check> {
  const name = "no installed package has an install script";
  const text = await readFile(join(app, "package-lock.json"), "utf8");
  const { packages } = JSON.parse(text) as { packages: Record<string, { hasInstallScript?: boolean }> }; // npm's documented format
  const found = Object.keys(packages).filter((path) => packages[path]?.hasInstallScript === true);
  return found.length === 0 ? { name } : { name, problem: found.join("\n") };
}

/** Every entry point of every package loads in Node without extra conditions. */
async function imports(tarballs: readonly Tarball[], app: string): Promise<Check> {
  const name = "every entry point of every package imports in Node";
  const lines = entryPoints(tarballs).map((specifier) => `await import(${JSON.stringify(specifier)});`);
  await writeFile(join(app, "imports.js"), lines.join("\n"));
  const ran = await runCommand("node", ["imports.js"], { cwd: app });
  return ran.ok ? { name } : { name, problem: ran.output };
}

/** What an application can import from the packages. */
export function entryPoints(tarballs: readonly Tarball[]): string[] {
  return tarballs.flatMap(({ of }) =>
    Object.keys(of.manifest.exports ?? {})
      .filter((path) => !path.endsWith(".json") && !needsRunner(of.manifest.name, path))
      .map((path) => of.manifest.name + path.slice(1)),
  );
}

// These two entry points register tests, which works only inside a test runner.
function needsRunner(name: string, path: string): boolean {
  return name === "@lumiverse/conformance" && (path === "./vitest" || path === "./node-test");
}

/** A provider registers itself when it is imported, also after tree shaking. */
async function registration(tarballs: readonly Tarball[], app: string): Promise<Check> {
  const name = "every provider registers itself in a bundle";
  const ids = providersOf(tarballs).map((one) => one.of.folder.replace("providers/", ""));
  const code = `${ids.map((id) => `import "@lumiverse/${id}";`).join("\n")}
import { registry } from "@lumiverse/core";
for (const id of ${JSON.stringify(ids)}) registry().get(id);
`;
  await build({
    stdin: { contents: code, resolveDir: app },
    outfile: join(app, "bundle.mjs"),
    bundle: true,
    minify: true,
    treeShaking: true,
    format: "esm",
    platform: "browser",
    logLevel: "silent",
  });
  const ran = await runCommand("node", ["bundle.mjs"], { cwd: app });
  return ran.ok ? { name } : { name, problem: ran.output };
}

/** With all providers installed, each id type-checks and an unknown setting is a type error. */
async function types(tarballs: readonly Tarball[], app: string): Promise<Check[]> {
  const ids = providersOf(tarballs).map((one) => one.of.folder.replace("providers/", ""));
  const lines = ids.flatMap((id) => [
    `connect(${JSON.stringify(id)}, { apiKey: "k" });`,
    "// @ts-expect-error: no provider has this setting",
    `connect(${JSON.stringify(id)}, { apiKey: "k", settings: { noSuchSetting: 1 } });`,
  ]);
  const declared = entryPoints(tarballs.filter(({ of }) => ["packages/core", "packages/protocols"].includes(of.folder)));
  const imported = [...ids.map((id) => `@lumiverse/${id}`), ...declared];
  const text = [...imported.map((path) => `import ${JSON.stringify(path)};`), 'import { connect } from "@lumiverse/core";', ...lines].join(
    "\n",
  );
  const checks: Check[] = [];
  for (const [compiler, program, library] of COMPILERS) {
    // The declarations of the suite need a newer compiler than those of an application.
    await writeFile(join(app, "types.ts"), program === OLDEST ? text : `import "@lumiverse/conformance";\n${text}`);
    for (const [module, resolution] of MODULES) {
      const name = `types of all providers together, ${compiler}, ${resolution}`;
      const options = ["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false", "--target", "es2022", "--lib", library];
      const args = [...program, "--noEmit", ...options, "--module", module, "--moduleResolution", resolution, "types.ts"];
      const ran = await runCommand(process.execPath, args, { cwd: app });
      checks.push(ran.ok ? { name } : { name, problem: ran.output });
    }
  }
  return checks;
}

const DOM = "dom,dom.iterable,dom.asynciterable";
const OLDEST: readonly string[] = [join(root, "tools/node_modules/typescript-5.4/lib/tsc.js")];
/** The oldest compiler that the declarations must suit, the last of its major version, and the newer ones, each with the newest library that it has. */
const COMPILERS: readonly (readonly [name: string, program: readonly string[], library: string])[] = [
  ["TypeScript 5.4", OLDEST, `es2023,${DOM}`],
  ["TypeScript 5.9", [join(root, "tools/node_modules/typescript-5.9/lib/tsc.js")], `es2024,${DOM}`],
  ["TypeScript 6", [join(root, "tools/node_modules/typescript/lib/tsc.js")], `es2024,${DOM}`],
  ["TypeScript 7", [join(root, "node_modules/typescript/bin/tsc")], `es2024,${DOM}`],
];
const MODULES = [
  ["node16", "node16"],
  ["nodenext", "nodenext"],
  ["esnext", "bundler"],
] as const;

/** One provider installs itself, core, the protocols, and zod, and nothing else. */
async function oneProviderAlone(tarballs: readonly Tarball[], app: string): Promise<Check[]> {
  const one = tarballs.find((tarball) => tarball.of.folder === "providers/groq");
  const base = tarballs.filter((tarball) => ["packages/core", "packages/protocols"].includes(tarball.of.folder));
  if (one === undefined) return [];
  const done = await install([...base, one], app, "install one provider with npm");
  if (done.problem !== undefined) return [done];
  const expected = ["@lumiverse/core", "@lumiverse/groq", "@lumiverse/protocols", "zod"];
  const found = (await installed(app)).sort();
  const name = "one provider installs four packages";
  const same = found.join() === expected.join();
  return [
    done,
    same ? { name } : { name, problem: `expected ${expected.join(", ")}\nfound    ${found.join(", ")}` },
    await callReplayServer(app),
  ];
}

/** A ten-line application calls the replay server with the provider's fixtures. */
async function callReplayServer(app: string): Promise<Check> {
  const name = "a ten-line application calls the replay server";
  const server = await replay({ fixtures: { groq: join(root, "providers/groq/fixtures") }, delayMs: 0 });
  const code = `import "@lumiverse/groq";
import { connect } from "@lumiverse/core";
const groq = connect("groq", { apiKey: "example-key", baseURL: ${JSON.stringify(server.baseURL("groq", "https://api.groq.com/openai/v1"))} });
const stream = groq.stream({ model: "openai/gpt-oss-120b", messages: [{ role: "user", content: "Hello" }] });
let text = "";
for await (const event of stream) if (event.type === "text") text += event.text;
const response = await stream.response();
if (text === "" || response.text !== text || response.usage.output === undefined) throw new Error(JSON.stringify(response));
`;
  await writeFile(join(app, "talk.js"), code);
  const ran = await runCommand("node", ["talk.js"], { cwd: app });
  await server.close();
  return ran.ok ? { name } : { name, problem: ran.output };
}

export function providersOf(tarballs: readonly Tarball[]): Tarball[] {
  return tarballs.filter((tarball) => tarball.of.folder.startsWith("providers/"));
}

/** The names of all installed packages, nested copies included. */
async function installed(app: string): Promise<string[]> {
  const lock: unknown = JSON.parse(await readFile(join(app, "package-lock.json"), "utf8"));
  const packages = typeof lock === "object" && lock !== null && "packages" in lock ? Object.keys(lock.packages ?? {}) : [];
  const inside = await readdir(join(app, "node_modules"));
  if (inside.length === 0) throw new Error(`nothing was installed in ${app}`);
  return packages
    .filter((path) => path.includes("node_modules/"))
    .map((path) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length));
}
