// Runs examples one after another in one process, with one replay server: `node --import ./tools/src/offline.ts tools/src/run-examples.ts FILE…`. It prints one line of
// JSON per example: `{ path, problem? }`.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./workspace.ts";

let current = "";
/** What went wrong outside the example's own promise chain. */
const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));
process.on("uncaughtException", (error) => unhandled.push(error));

const write = process.stdout.write.bind(process.stdout);
// The output of the examples is not part of the result.
process.stdout.write = () => true;

const before = { ...process.env };
for (const path of process.argv.slice(2)) {
  current = path;
  unhandled.length = 0;
  const problem = await run(path);
  write(`${JSON.stringify({ path, ...(problem === undefined ? {} : { problem }) })}\n`);
  process.env = { ...before };
}
process.exit(0);

async function run(path: string): Promise<string | undefined> {
  try {
    await import(pathToFileURL(join(root, path)).href);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return unhandled.length === 0 ? undefined : text(unhandled[0]);
  } catch (error) {
    return text(error);
  }
}

function text(error: unknown): string {
  return `${current}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
