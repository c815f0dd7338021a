import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { closed, inTime, runProgram } from "../../packages/core/test/support/programs.ts";
import { report, sentence, sum } from "../src/results.ts";
import { root } from "../src/workspace.ts";

describe("the total of npm test", () => {
  test("adds up the steps", () => {
    const total = sum([
      { passed: 3, failed: 0, skipped: 0 },
      { passed: 4, failed: 2, skipped: 0 },
    ]);
    expect(sentence(total)).toBe("7 passed, 2 failed");
  });
  test("includes skipped checks when there are any", () => {
    expect(sentence({ passed: 1, failed: 0, skipped: 5 })).toBe("1 passed, 0 failed, 5 skipped");
  });
  test("counts a check with a problem as failed", () => {
    expect(report([{ name: "one" }, { name: "two", problem: "it is wrong" }])).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });
});

describe("the starter of the root scripts", () => {
  const text = readFileSync(join(root, "package.json"), "utf8");
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(text);

  test("runs every root script under the name of the script", () => {
    expect(Object.entries(scripts).filter(([name, command]) => command !== `node tools/run.mjs ${name}`)).toEqual([]);
  });
  test("installs exactly what the lockfile names, in every environment", () => {
    const starter = readFileSync(join(root, "tools/run.mjs"), "utf8");
    expect(starter).toContain('"install", "--frozen-lockfile"]');
    expect(starter).not.toContain('"--no-frozen-lockfile"');
  });
  test("lists all scripts when the given one does not exist", async () => {
    const ran = await runProgram(process.execPath, [join(root, "tools/run.mjs"), "no-such-script"]);
    expect(ran.code).toBe(1);
    const known = ran.stderr.trim().split("the scripts are: ")[1]?.split(", ");
    expect(known?.sort()).toEqual(Object.keys(scripts).sort());
    expect(ran.stdout).toBe("");
  });
  test.skipIf(process.platform === "win32")(
    "ends a server when it is told to end, and leaves none behind",
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "lumiverse-starter-"));
      const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, LUMIVERSE_STORE: join(folder, "store.db") };
      const args = [join(root, "tools/run.mjs"), "lumiverse", "serve", "--port", "0", "--json", "--no-demo", "--no-console"];
      const starter = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "inherit"] });
      const ended = closed(starter);
      const url = await inTime(
        starter,
        new Promise<string>((resolve) => {
          let text = "";
          starter.stdout.setEncoding("utf8").on("data", (piece: string) => {
            text += piece;
            const found = /"url":\s*"([^"]+)"/.exec(text)?.[1];
            if (found !== undefined) resolve(found);
          });
        }),
      );
      expect((await fetch(`${url}/health/live`)).status).toBe(200);
      starter.kill("SIGTERM");
      expect(await inTime(starter, ended)).toBe(0);
      await expect(fetch(`${url}/health/live`)).rejects.toThrow();
      rmSync(folder, { recursive: true });
    },
    60_000,
  );
});
