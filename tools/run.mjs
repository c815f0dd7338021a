// Runs every script of the root package.json. It is JavaScript for Node 18, because it runs before anything is installed. It installs or updates the
// dependencies with the pinned pnpm, and then runs the script with the installed Node.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "node_modules", ".bin");
const SOURCE = "--conditions=@lumiverse/source";
/** The most that an installation or a build may take. A script itself has no limit: it can be a server, and the others limit what they run. */
const PREPARATION_LIMIT_MS = 30 * 60_000;

// One line per script. `build`: build first. `before`: arguments that precede those of the caller. `then`: a second run follows, with these arguments and those of the
// caller. `here`: run in the current folder of the caller, because arguments can be relative paths.
const scripts = {
  start: { build: true, file: "packages/cli/dist/bin.js", before: ["demo"], then: ["serve"] },
  demo: { build: true, file: "packages/cli/dist/bin.js", before: ["demo"] },
  test: { file: "tools/src/test.ts" },
  "test:full": { build: true, file: "tools/src/test-full.ts" },
  build: { build: true, takesNothing: true },
  lumiverse: { file: "packages/cli/src/bin.ts", here: true },
  corpus: { file: "packages/lab/src/corpus-main.ts", here: true },
  report: { file: "packages/lab/src/report-main.ts" },
  "ai-sdk": { file: "packages/lab/src/ai-sdk-main.ts" },
  mutants: { file: "packages/lab/src/mutants-main.ts" },
  fuzz: { file: "packages/lab/src/fuzz-main.ts" },
  spec: { file: "packages/lab/src/spec-main.ts" },
  "rewrite-expected": { file: "packages/lab/src/rewrite-expected-main.ts" },
  bench: { file: "packages/bench/src/main.ts" },
  "new:provider": { file: "tools/src/new-provider.ts" },
  generate: { file: "tools/src/generate.ts" },
  "generate:template": { file: "tools/src/write-template-fixtures.ts" },
  format: { command: ["biome", "check", "--write", "."] },
  check: { file: "tools/src/test.ts", before: ["--quick"] },
  "check:packages": { build: true, file: "tools/src/check-packages.ts" },
  "check:size": { build: true, file: "tools/src/bundle-budgets.ts" },
  "check:architecture": { file: "tools/src/check-architecture.ts" },
  api: { build: true, file: "tools/src/api-reports.ts" },
  "check:unused": { command: ["node", "tools/node_modules/knip/bin/knip.js", "--no-progress", "--no-config-hints"] },
  "release:check": { build: true, file: "tools/src/release-check.ts", here: true },
  "release:publish": { build: true, command: ["changeset", "publish"] },
  docs: { file: "tools/src/docs.ts" },
  "version:packages": { file: "tools/src/version-packages.ts" },
};

const [name = "", ...args] = process.argv.slice(2);
const script = Object.hasOwn(scripts, name) ? scripts[name] : undefined;
if (script === undefined) fail(`there is no script "${name}"; the scripts are: ${Object.keys(scripts).join(", ")}`);

if (script.takesNothing && args.length > 0) {
  const wantsHelp = args.includes("--help") || args.includes("-h");
  process[wantsHelp ? "stdout" : "stderr"].write(
    `${wantsHelp ? "" : `error: unknown argument "${args[0]}"\n`}npm run ${name} takes no arguments\n`,
  );
  process.exit(wantsHelp ? 0 : 2);
}
install();
const env = {
  ...process.env,
  PATH: `${bin}${delimiter}${process.env.PATH ?? ""}`,
  TURBO_TELEMETRY_DISABLED: "1",
};
// `--help` of a program in tools needs no build.
const needsBuild = script.build && !(script.file?.startsWith("tools/") && (args.includes("--help") || args.includes("-h")));
if (needsBuild) await run(["turbo", "run", "build", "--output-logs=errors-only", "--no-update-notifier"], { quiet: true });
if (script.command) await run([...script.command, ...args]);
if (script.file) {
  if (!existsSync(join(root, script.file))) fail(`npm run ${name}: ${script.file} does not exist`);
  const program = ["node", SOURCE, join(root, script.file)];
  await run([...program, ...(script.before ?? []), ...(script.then ? [] : args)], { here: script.here });
  if (script.then) await run([...program, ...script.then, ...args]);
}

/** Installs the dependencies unless the lockfile and all package.json files are unchanged. Progress goes to stderr, because stdout belongs to the script. */
function install() {
  const stampFile = join(root, "node_modules", ".lumiverse-installed");
  const node = join(bin, process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(node) && existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp()) return;
  const { packageManager } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  process.stderr.write(`Installing dependencies with ${packageManager} (about half a minute the first time) …\n`);
  const result = spawnSync("npx", ["--yes", packageManager, "install", "--frozen-lockfile"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
    timeout: PREPARATION_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  if (result.status !== 0)
    fail(
      `The installation failed${result.error ? ` (${result.error.message})` : ""}; its output is above. It needs a reachable npm registry and Node 18 or newer. After a change of a package.json, update the lockfile: npx --yes ${packageManager} install --no-frozen-lockfile`,
    );
  writeFileSync(stampFile, stamp());
}

function stamp() {
  const hash = createHash("sha256").update(process.platform + process.arch);
  for (const file of ["pnpm-lock.yaml", "pnpm-workspace.yaml", "package.json", ...packageFiles()]) {
    if (existsSync(join(root, file))) hash.update(file).update(readFileSync(join(root, file)));
  }
  return hash.digest("hex");
}

function packageFiles() {
  const folders = ["conformance", "tools", "docs"];
  for (const parent of ["packages", "providers"])
    for (const name of readdirSync(join(root, parent)).sort()) folders.push(`${parent}/${name}`);
  return folders.map((folder) => `${folder}/package.json`);
}

/** Runs a program of this repository, and exits with its exit code when it fails. */
async function run([program, ...rest], { here = false, quiet = false } = {}) {
  const options = { cwd: here ? (process.env.INIT_CWD ?? root) : root, env, shell: process.platform === "win32" };
  const preparation = { ...options, stdio: ["ignore", 2, 2], timeout: PREPARATION_LIMIT_MS, killSignal: "SIGKILL" };
  const result = quiet ? spawnSync(program, rest, preparation) : await ended(spawn(program, rest, { ...options, stdio: "inherit" }));
  if (result.error) fail(`${[program, ...rest].join(" ")}: ${result.error.message}`);
  // A shell stops what it runs only if its program ended by the signal.
  if (result.interrupted && result.status === null) process.kill(process.pid, "SIGINT");
  if (result.status !== 0 || result.interrupted) process.exit(result.status ?? 1);
}

/** Waits for a program. It is told when this process should end, because it may be a server that has to finish its work. */
function ended(child) {
  const end = () => child.kill("SIGTERM");
  // Ctrl-C reaches the program, too, which stops what it started. Without a handler this process would not wait for it.
  let interrupted = false;
  const wait = () => {
    interrupted = true;
  };
  process.on("SIGTERM", end).on("SIGHUP", end).on("SIGINT", wait);
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("close", (status) => resolve({ status, interrupted }));
  }).finally(() => process.off("SIGTERM", end).off("SIGHUP", end).off("SIGINT", wait));
}

function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
