/** What connect, edit, discover, rm, export and import ask at a terminal. */
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { atTerminal, hasTerminal, type TerminalResult, type TerminalStep } from "./at-terminal.ts";
import { lumiverse } from "./run-lumiverse.ts";
import { testHost } from "./test-host.ts";
import { KEY } from "./test-server.ts";

// Each test starts several processes, and machines are busy.
vi.setConfig({ testTimeout: 120_000 });

const host = testHost();
const DOWN = "\u001b[B";
const UP = "\u001b[A";
let stores = 0;

/** Commands and questions that share an empty store of their own. */
function freshStore(): {
  ask(args: readonly string[], steps: readonly TerminalStep[]): Promise<TerminalResult>;
  saved(): Promise<unknown>;
  connect(name: string): Promise<unknown>;
} {
  const env = { XDG_DATA_HOME: join(host.cwd, `questions-${stores++}`), TESTHOST_BASE: host.server.base };
  const run = (args: readonly string[]): Promise<{ stdout: string }> => lumiverse(args, { cwd: host.cwd, env: { ...env, K: KEY } });
  return {
    ask: (args, steps) => atTerminal(args, steps, { cwd: host.cwd, env }),
    saved: async () => JSON.parse((await run(["connections", "--no-balance", "--json"])).stdout),
    connect: (name) => run(["connect", "testhost", "--name", name, "--key-env", "K", "--no-check"]),
  };
}

/** The question, and not the choice of the same name above it: only the question has two blanks after its mark. */
const KEY_QUESTION = "\u001b[39m  API key";

describe.skipIf(!hasTerminal)("at a terminal", () => {
  test("connect asks for what no option gives, hides the key, offers the models and the settings, and checks the key", async () => {
    const { ask, saved } = freshStore();
    const { code, text, seen } = await ask(
      ["connect", "testhost"],
      [
        ["Name of the connection", " at home\r"],
        ["No key", `${UP}${UP}\r`],
        [KEY_QUESTION, `${KEY}\r`],
        ["Model", `${DOWN}\r`],
        ["Change other settings?", "y"],
        ["Which ones?", `${DOWN} \r`],
        ["How it sounds.", `${DOWN}${DOWN}\r`],
        ["Token (empty", "s3cret\r"],
        ["Next: lumiverse chat", ""],
      ],
    );
    expect(code, text).toBe(0);
    for (const secret of [KEY, "s3cret"]) expect(seen).not.toContain(secret);
    expect(await saved()).toMatchObject([
      { name: "Test Host at home", model: "slow", auth: "key", settings: { style: "warm" }, secrets: { key: "set" } },
    ]);
  });

  test("a service account is pasted over several lines and never shown, and what is no service account is asked for again", async () => {
    const { ask, saved } = freshStore();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const account = {
      type: "service_account",
      project_id: "project-7",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      client_email: "tester@project-7.iam.gserviceaccount.com",
    };
    const question = "paste it, or type the path of its file";
    const { code, text, seen } = await ask(
      ["connect", "google-vertex", "--name", "Vertex", "--model", "gemini-3.5-flash-lite", "--no-check"],
      [
        ["Service account JSON", "\r"],
        [question, "nowhere.json\r"],
        ["could not be read", ""],
        [question, '{"type":"authorized_user","refresh_token":"s3cret-of-a-user"}\r'],
        ["authorized_user), not a service account key", ""],
        [question, account.private_key.toString().replaceAll("\n", "\r")],
        ["only the private key", ""],
        [question, `${JSON.stringify(account, null, 2).replaceAll("\n", "\r")}\r`],
        ["Change other settings?", "n"],
        ["Next: lumiverse chat", ""],
      ],
    );
    expect(code, text).toBe(0);
    expect(text).toContain("project: project-7");
    for (const secret of ["PRIVATE KEY", "private_key", "s3cret"]) expect(seen).not.toContain(secret);
    expect(await saved()).toMatchObject([{ name: "Vertex", auth: "key", secrets: { key: "set" } }]);
    const cancelled = await ask(
      ["connect", "google-vertex", "--name", "No"],
      [
        ["Service account JSON", "\r"],
        [question, "\u0003"],
      ],
    );
    expect(cancelled.code).toBe(130);
    expect(await saved()).toHaveLength(1);
  });

  test("a key that looks like an example is used only when the person insists, and from an option with a warning", async () => {
    const { ask, saved } = freshStore();
    const { code, text } = await ask(
      ["connect", "testhost", "--name", "Own", "--model", "fast", "--no-check"],
      [
        ["No key", `${UP}${UP}\r`],
        [KEY_QUESTION, "your-api-key\r"],
        ["looks like an example that stands for a key. Use it all the same?", "\r"],
        [KEY_QUESTION, "$mykey\r"],
        ["Use it all the same?", "y"],
        ["Change other settings?", "n"],
        ["Next: lumiverse chat", ""],
      ],
    );
    expect(code, text).toBe(0);
    expect(await saved()).toMatchObject([{ name: "Own", secrets: { key: "set" } }]);
    const given = await lumiverse(["connect", "openai", "--key-env", "K", "--model", "gpt-5.4", "--no-check"], {
      cwd: host.cwd,
      env: { K: "YOUR_API_KEY" },
    });
    expect(given).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("warning: the key looks like an example that stands for a key\n"),
    });
  });

  test("a refused key is not saved unless the person wants that, and Ctrl-C saves nothing", async () => {
    const { ask, saved } = freshStore();
    const refused = await ask(
      ["connect", "testhost", "--name", "Refused", "--model", "fast"],
      [
        ["No key", `${UP}${UP}\r`],
        [KEY_QUESTION, "wrong-key-of-somebody-77af\r"],
        ["Change other settings?", "n"],
        ["Save the connection all the same?", "\r"],
      ],
    );
    expect(refused.code).toBe(3);
    expect(refused.seen).not.toContain("77af");
    const cancelled = await ask(["connect", "testhost"], [["Name of the connection", "\u0003"]]);
    expect(cancelled).toMatchObject({ code: 130, text: expect.stringContaining("cancelled; nothing was changed") });
    expect(await saved()).toEqual([]);
  });

  test("the code of a sign-in can be pasted where no browser can reach this machine", async () => {
    const { ask, saved } = freshStore();
    const { code, text } = await ask(
      ["connect", "testhost", "--sign-in", "--no-open", "--name", "Pasted", "--model", "fast", "--no-check"],
      [
        ["Change other settings?", "n"],
        ["its code", "right-code\r"],
      ],
    );
    expect(code, text).toBe(0);
    expect(await saved()).toMatchObject([{ name: "Pasted", secrets: { key: "set" } }]);
  });

  test("edit asks with what is stored, and rm asks before it removes", async () => {
    const { ask, saved, connect } = freshStore();
    await connect("Pasted");
    const edited = await ask(
      ["edit", "Pasted"],
      [
        ["Name", " again\r"],
        ["API URL", "\r"],
        ["Model", "\r"],
        ["A new key", "\r"],
        ["Change other settings?", "n"],
      ],
    );
    expect(edited.code, edited.text).toBe(0);
    expect(await saved()).toMatchObject([{ name: "Pasted again", model: "fast", secrets: { key: "set" } }]);
    expect((await ask(["rm", "Pasted again"], [["Remove Pasted again", "\r"]])).code).toBe(130);
    expect(await saved()).toHaveLength(1);
    expect((await ask(["rm", "Pasted again"], [["Remove Pasted again", "y"]])).code).toBe(0);
    expect(await saved()).toEqual([]);
  });

  test("discover asks which servers to save, export asks for a passphrase twice, and import asks what to take", async () => {
    const { ask, saved, connect } = freshStore();
    host.server.ownedBy("llamacpp");
    const found = await ask(["discover", "--port", new URL(host.server.base).port], [["Save connections to", "\r"]]);
    expect(found.code, found.text).toBe(0);
    expect(await saved()).toMatchObject([{ provider: "custom", baseURL: host.server.base }]);
    await connect("At home");
    const written = await ask(
      ["export", "--with-keys", "--out", "all.json"],
      [
        ["Passphrase", "a long passphrase\r"],
        ["again", "a long passphrase\r"],
      ],
    );
    expect(written.code, written.text).toBe(0);
    expect(readFileSync(join(host.cwd, "all.json"), "utf8")).not.toContain(KEY);
    const imported = await ask(
      ["import", "all.json"],
      [
        ["Passphrase", "a long passphrase\r"],
        ["Import", `${DOWN} \r`],
      ],
    );
    expect(imported.code, imported.text).toBe(0);
    expect(await saved()).toMatchObject([{}, {}, { name: "At home (2)", secrets: { key: "set" } }]);
  });
});
