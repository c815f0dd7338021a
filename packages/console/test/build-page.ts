import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const FOLDER = fileURLToPath(new URL("..", import.meta.url));
let building: Promise<void> | undefined;

/** Builds the page unless the build is newer than its sources. */
export function buildPage(): Promise<void> {
  building ??= isCurrent()
    ? Promise.resolve()
    : build({ root: join(FOLDER, "src/page"), configFile: join(FOLDER, "vite.config.ts"), logLevel: "error" }).then(() => {});
  return building;
}

function isCurrent(): boolean {
  const built = statSync(join(FOLDER, "dist/page/index.html"), { throwIfNoEntry: false })?.mtimeMs;
  const sources = globSync("src/page/**/*", { cwd: FOLDER }).map((path) => statSync(join(FOLDER, path)).mtimeMs);
  return built !== undefined && built > Math.max(...sources, statSync(join(FOLDER, "vite.config.ts")).mtimeMs);
}
