/**
 * The vault against a real keychain: GNOME's Secret Service in a D-Bus session of its own, with a keyring in a temporary folder. Where these are not installed, the
 * tests are visible skips.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { hasProgram, runProgram } from "../../core/test/support/programs.ts";

const PROCESS = fileURLToPath(new URL("keychain-process.ts", import.meta.url));
const COMMANDS = ["dbus-run-session", "gnome-keyring-daemon"];
const missing = COMMANDS.filter((command) => !hasProgram(command));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lumiverse-keychain-"));
  mkdirSync(join(folder, "run"), { mode: 0o700 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

const UNLOCKED = "printf canary-password | gnome-keyring-daemon --unlock --components=secrets > /dev/null";

/** Runs a script in a session of its own, where `vault WORDS` runs keychain-process.ts, and returns the lines that it printed. */
async function session(script: string): Promise<string[]> {
  const file = join(folder, "session.sh");
  const node = [process.execPath, "--conditions=@lumiverse/source", PROCESS].map((word) => `'${word}'`).join(" ");
  writeFileSync(file, `vault() { ${node} "$@"; }\n${script}\n`);
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, XDG_RUNTIME_DIR: join(folder, "run"), LUMIVERSE_TEST_FOLDER: folder };
  const { stdout } = await runProgram("dbus-run-session", ["--", "bash", file], { env, limitMs: 50_000 });
  return stdout.trim().split("\n");
}

describe.skipIf(missing.length > 0)(`the keychain of the operating system (needs ${COMMANDS.join(" and ")})`, { timeout: 60_000 }, () => {
  test("keeps the master key over a restart of the keychain, and nothing on disk holds it", async () => {
    const saved = await session(`${UNLOCKED}; vault save sk-canary-1; vault read`);
    expect(saved).toEqual(["saved, with the keychain of the operating system", "read sk-canary-1"]);
    expect(await session(`${UNLOCKED}; vault read; vault key`)).toEqual([
      "read sk-canary-1",
      expect.stringMatching(/^key [A-Za-z0-9+/]{43}=$/),
    ]);
    const [key = ""] = (await session(`${UNLOCKED}; vault key`)).map((line) => line.replace("key ", ""));
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const text = readFileSync(join(file.parentPath, file.name), "latin1");
      expect(text.includes(key) || text.includes("sk-canary-1"), file.name).toBe(false);
    }
  });

  test("is not confused by processes that set up vaults at once: each vault opens with its own key afterwards", async () => {
    const setUp = await session(
      `${UNLOCKED}; for i in 1 2 3; do vault save sk-canary-$i & done; LUMIVERSE_TEST_DATABASE=other vault save sk-other; wait`,
    );
    expect(setUp).toEqual(Array.from({ length: 4 }, () => "saved, with the keychain of the operating system"));
    const read = await session(`${UNLOCKED}; vault read; LUMIVERSE_TEST_DATABASE=other vault read`);
    expect(read[0]?.split(" ").sort()).toEqual(["read", "sk-canary-1", "sk-canary-2", "sk-canary-3"]);
    expect(read[1]).toBe("read sk-other");
  });

  test("is used again after a rotation", async () => {
    expect(await session(`${UNLOCKED}; vault save sk-canary-1; vault rotate; vault read`)).toEqual([
      "saved, with the keychain of the operating system",
      "rotated",
      "read sk-canary-1",
    ]);
  });

  test("locks the vault while it is locked itself, and changes nothing", async () => {
    await session(`${UNLOCKED}; vault save sk-canary-1`);
    // Nobody can answer the question for the password in such a session.
    const [locked] = await session("gnome-keyring-daemon --start --components=secrets > /dev/null; vault read");
    expect(locked).toMatch(/^vault-locked: .*the keychain of the operating system cannot be used/);
    expect(await session(`${UNLOCKED}; vault read`)).toEqual(["read sk-canary-1"]);
  });
});

test("where there is no keychain, no master key is made that a restart of the machine would lose", async () => {
  const { stdout } = await runProgram(process.execPath, ["--conditions=@lumiverse/source", PROCESS, "save", "sk-canary"], {
    env: {
      PATH: "/nowhere",
      HOME: folder,
      XDG_RUNTIME_DIR: join(folder, "run"),
      DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere",
      LUMIVERSE_TEST_FOLDER: folder,
    },
  });
  // macOS and Windows always have one.
  const expected = process.platform === "linux" ? /^vault-locked: .*the keychain of the operating system cannot be used/ : /^saved/;
  expect(stdout).toMatch(expected);
});
