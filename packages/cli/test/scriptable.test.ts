/** Every question has an option, and every command prints JSON. Both lists are made from the code. */
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { lumiverse } from "./run-lumiverse.ts";
import { testHost } from "./test-host.ts";

const host = testHost();
const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));

/**
 * What answers each question without a terminal, by the file and the function that asks: an option of a command, or an environment variable. Files that
 * define questions ask for fields, whose options are those of the command that uses them.
 */
const ANSWERS: Readonly<Record<string, readonly (readonly [command: string, option: string])[]>> = {
  "commands/browser-sign-in.ts askText": [["connect", "--code"]],
  "commands/connect.ts askText": [["connect", "--code"]],
  "commands/connect.ts askChoice": [["connect", "[provider]"]],
  "commands/discover.ts askChoices": [
    ["discover", "--save"],
    ["discover", "--yes"],
    ["discover", "--only"],
  ],
  "commands/discover.ts askSecret": [["discover", "--key-env"]],
  "commands/edit.ts askField": [
    ["edit", "--name"],
    ["edit", "--base-url"],
    ["edit", "--model"],
  ],
  "commands/edit.ts askSettings": [
    ["edit", "--setting"],
    ["edit", "--unset"],
  ],
  "commands/edit.ts askYesNo": [["edit", "--key-file"]],
  "commands/edit.ts askKey": [
    ["edit", "--key-env"],
    ["edit", "--key-file"],
    ["edit", "--key-stdin"],
  ],
  "commands/import.ts askChoices": [
    ["import", "--yes"],
    ["import", "--only"],
  ],
  "commands/key-check.ts askYesNo": [["connect", "--no-check"]],
  "commands/new-profile.ts askText": [["connect", "--name"]],
  "commands/new-profile.ts askField": [
    ["connect", "--base-url"],
    ["connect", "--model"],
  ],
  "commands/new-profile.ts askSettings": [
    ["connect", "--setting"],
    ["connect", "--reasoning"],
    ["connect", "--reasoning-history"],
  ],
  "commands/new-profile.ts askChoice": [
    ["connect", "--auth"],
    ["connect", "--sign-in"],
    ["connect", "--model"],
  ],
  "commands/new-profile.ts askKey": [
    ["connect", "--key-env"],
    ["connect", "--key-stdin"],
  ],
  "commands/new-profile.ts askSecret": [["connect", "--key-env"]],
  // A doubtful key: one from an option is used with a warning.
  "commands/new-profile.ts askYesNo": [["connect", "--key-env"]],
  "commands/new-profile.ts askPathOrContent": [["connect", "--key-file"]],
  "commands/passphrase.ts askSecret": [
    ["export", "--passphrase-env"],
    ["import", "--passphrase-env"],
  ],
  "commands/rm.ts askYesNo": [["rm", "--yes"]],
  "connection/saved.ts askSecret": [["connect", "LUMIVERSE_PASSPHRASE"]],
};

/** Files that define questions, and ask none of their own. */
const DEFINITIONS = ["terminal/prompts.ts", "terminal/secret-file-prompt.ts", "form/ask.ts"];

function questions(): string[] {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const asked = files
    .filter((file) => !DEFINITIONS.includes(file))
    .flatMap((file) => {
      const code = readFileSync(`${SOURCE}${file}`, "utf8");
      return [...code.matchAll(/(?<!function )\bask(?:Text|Secret|Choices?|YesNo|Field|Settings|Key|PathOrContent)(?=[(<])/g)].map(
        ([name]) => `${file} ${name}`,
      );
    });
  return [...new Set(asked)].sort();
}

const help = new Map<string, Promise<string>>();
function helpOf(command: string): Promise<string> {
  const text = help.get(command) ?? lumiverse([command, "--help"], { cwd: host.cwd }).then(({ stdout }) => stdout);
  help.set(command, text);
  return text;
}

test("every question in the code has an answer in the table", () => {
  expect(questions()).toEqual(Object.keys(ANSWERS).sort());
});

test.each(Object.entries(ANSWERS))("%s has an option", async (_, answers) => {
  for (const [command, option] of answers) expect(await helpOf(command)).toContain(option);
});

test("every command prints JSON", async () => {
  const { stdout } = await lumiverse(["--help"], { cwd: host.cwd });
  const list = stdout.slice(stdout.indexOf("\nCommands:"), stdout.indexOf("\nExamples:"));
  const named = [...list.matchAll(/^ {2}([a-z-]+) /gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
  expect(named.length).toBeGreaterThan(20);
  const without = await Promise.all(named.map(async (name) => ((await helpOf(name)).includes("--json") ? [] : [name])));
  expect(without.flat()).toEqual([]);
});

test("complete prints a script as text or as JSON, and nothing for a shell that it does not know", async () => {
  const text = await lumiverse(["complete", "bash"], { cwd: host.cwd });
  expect(text).toMatchObject({ code: 0, stderr: "" });
  const json = await lumiverse(["complete", "bash", "--json"], { cwd: host.cwd });
  expect(json.code).toBe(0);
  expect(JSON.parse(json.stdout)).toEqual({ shell: "bash", script: text.stdout });
  expect(await lumiverse(["complete", "tcsh"], { cwd: host.cwd })).toMatchObject({ code: 2, stdout: "" });
  const refused = await lumiverse(["complete", "--json"], { cwd: host.cwd });
  expect(refused.code).toBe(2);
  expect(JSON.parse(refused.stdout)).toMatchObject({ error: { message: "the command names no shell" } });
});

test("discover saves the servers that --only or --yes take, without a question", async () => {
  host.server.ownedBy("llamacpp");
  const { base } = host.server;
  const env = { XDG_DATA_HOME: `${host.cwd}/scriptable` };
  const discover = ["discover", "--json", "--port", new URL(base).port];
  const other = await lumiverse([...discover, "--only", "Elsewhere"], { cwd: host.cwd, env });
  expect(other.code).toBe(2);
  expect(JSON.parse(other.stdout)).toMatchObject({ error: { message: "no server called Elsewhere was found" } });
  const found = await lumiverse([...discover, "--only", new URL(base).origin], { cwd: host.cwd, env });
  expect(JSON.parse(found.stdout)).toMatchObject({ saved: [{ provider: "custom", baseURL: base }] });
  const again = await lumiverse([...discover, "--yes"], { cwd: host.cwd, env });
  expect(JSON.parse(again.stdout)).toMatchObject({ saved: [] });
});
