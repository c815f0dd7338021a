import { globSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "../../core/test/support/programs.ts";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
const LOCK = join(FOLDER, "dist/.building");
const VITE = join(dirname(createRequire(import.meta.url).resolve("vite/package.json")), "bin/vite.js");

/** Builds the page unless the build is newer than its sources. Several test files run at the same time, so one of them builds and the others wait. */
export async function buildPage(): Promise<void> {
  while (!isCurrent()) {
    if (!lock()) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    try {
      // The tests' own NODE_ENV would build the page for development.
      const env = { ...process.env, NODE_ENV: "production" };
      const { code, stderr } = await runProgram(process.execPath, [VITE, "build", "--logLevel", "error"], { cwd: FOLDER, env });
      if (code === 0) continue;
      // `npm run build` may run beside the tests. Vite refuses a second build of one project.
      if (!/another Vite build/.test(stderr)) throw new Error(`the page was not built: ${stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 2000));
    } finally {
      rmSync(LOCK, { force: true });
    }
  }
}

function isCurrent(): boolean {
  if (statSync(LOCK, { throwIfNoEntry: false }) !== undefined) return false;
  const built = statSync(join(FOLDER, "dist/page/index.html"), { throwIfNoEntry: false })?.mtimeMs;
  const sources = globSync("src/page/**/*", { cwd: FOLDER }).map((path) => statSync(join(FOLDER, path)).mtimeMs);
  return built !== undefined && built > Math.max(...sources, statSync(join(FOLDER, "vite.config.ts")).mtimeMs);
}

/** False while another process builds. A lock whose process has ended is taken over: tests are killed, too. */
function lock(): boolean {
  mkdirSync(join(FOLDER, "dist"), { recursive: true });
  const owner = readOwner();
  if (owner !== undefined && !isAlive(owner)) rmSync(LOCK, { force: true });
  try {
    writeFileSync(LOCK, String(process.pid), { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

function readOwner(): number | undefined {
  try {
    return Number(readFileSync(LOCK, "utf8"));
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
