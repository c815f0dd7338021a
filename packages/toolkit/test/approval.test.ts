/** A run that waits for a decision goes on in other processes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "../../core/test/support/programs.ts";
import { mock } from "../src/mock/index.ts";
import { runTools, tool } from "../src/tools/index.ts";
import { ASK } from "./helpers.ts";

const MAIN = new URL("approval-main.ts", import.meta.url).pathname;

test("two processes that receive one decision at once run the tool once, and both end with a whole transcript", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lumiverse-approval-"));
  try {
    const sail = tool({ name: "sail", description: "Sails.", needsApproval: true, execute: () => "sailed" });
    const waiting = await runTools(mock([{ toolCalls: [{ name: "sail" }] }]).connection, ASK, { tools: [sail] }).response();
    expect(waiting).toMatchObject({ stopReason: "approval", pending: [{ name: "sail" }] });
    writeFileSync(join(folder, "waiting.json"), JSON.stringify(waiting));
    const goOn = () => runProgram(process.execPath, ["--conditions=@lumiverse/source", MAIN, folder]);
    const outputs = await Promise.all([goOn(), goOn()]);
    expect(readFileSync(join(folder, "ran.txt"), "utf8")).toBe("sailed\n");
    const results = outputs.map(({ stdout }) => JSON.parse(stdout));
    for (const result of results) expect(result).toMatchObject({ stopReason: "done", text: "done", pending: [] });
    const refused = results.filter(({ messages }) => JSON.stringify(messages).includes("used before"));
    expect(refused).toHaveLength(1);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
