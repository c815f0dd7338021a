// Goes on with a stored run in a process of its own: node approval-main.ts FOLDER. The run that waits is in waiting.json, and every execution is a line of ran.txt.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mock } from "../src/mock/index.ts";
import { runTools, tool } from "../src/tools/index.ts";

const folder = process.argv[2] ?? "";
const { messages, pending } = JSON.parse(readFileSync(join(folder, "waiting.json"), "utf8"));
const sail = tool({
  name: "sail",
  description: "Sails.",
  needsApproval: true,
  execute: () => appendFileSync(join(folder, "ran.txt"), "sailed\n"),
});
const run = runTools(
  mock(["done"]).connection,
  { model: "mock", messages },
  {
    tools: [sail],
    decisions: pending.map((call: object) => ({ ...call, approved: true })),
    claim: (key) => createdFile(join(folder, encodeURIComponent(key))),
  },
);
console.log(JSON.stringify(await run.response()));

/** False where the file exists. */
function createdFile(file: string): boolean {
  try {
    writeFileSync(file, "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
