/**
 * The command line against a llama.cpp server, started by the script that LUMIVERSE_LLAMA names. Without the variable, or when the server cannot be
 * installed, the tests are skipped.
 */
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { installLocalServer, LLAMA, runLocalServer } from "../../../examples/test/local-server.ts";
import { lumiverse, type Result } from "./run-lumiverse.ts";

const KEY = "key-of-a-local-server-19";
const running: ChildProcess[] = [];
let missing: string | undefined;

async function start(...args: string[]): Promise<{ base: string; server: ChildProcess }> {
  const { url, process: server } = await runLocalServer(args);
  running.push(server);
  return { base: url, server };
}

describe.skipIf(LLAMA === undefined)("with a real server", () => {
  beforeAll(async () => {
    missing = await installLocalServer();
  }, 300_000);
  afterAll(() => {
    for (const one of running) one.kill("SIGKILL");
  });
  const present = ({ skip }: TestContext): void => (missing === undefined ? undefined : skip(`the server cannot be installed: ${missing}`));
  const cwd = tmpdir();

  test("chat streams text, usage and finish", async (context) => {
    present(context);
    const { base } = await start();
    const { code, stdout, stderr } = await lumiverse(["chat", "custom", "--base-url", base, "--max-tokens", "24", "hello"], { cwd });
    expect(code).toBe(0);
    expect(stdout.trim()).not.toBe("");
    expect(stderr).toMatch(/^tiny · \d+ tokens in.* · 24 out · first token .* · finish length$/m);
    const pasted = await lumiverse(
      ["chat", "custom", "--base-url", `${base}/v1/chat/completions`, "--max-tokens", "8", "--json", "hello"],
      { cwd },
    );
    expect(JSON.parse(pasted.stdout)).toMatchObject({ finishReason: "length", usage: { output: 8, completeness: "exact" } });
    const models = await lumiverse(["models", "custom", "--base-url", base, "--json"], { cwd });
    expect(JSON.parse(models.stdout)).toMatchObject([{ id: "tiny" }]);
  }, 120_000);

  test.each(["responses", "messages"])(
    "the same server answers over %s, streamed and unstreamed",
    async (protocol) => {
      if (missing !== undefined) return;
      const { base } = await start();
      const ask = ["chat", "custom", "--base-url", base, "--setting", `protocol=${protocol}`, "--max-tokens", "8", "--json"];
      for (const how of [[], ["--no-stream"]]) {
        const { code, stdout } = await lumiverse([...ask, ...how, "hello"], { cwd });
        expect(code).toBe(0);
        // On Responses, llama.cpp reports an answer as completed when the token limit has cut it.
        const finishReason = protocol === "responses" ? "stop" : "length";
        expect(JSON.parse(stdout)).toMatchObject({ finishReason, usage: { output: 8, completeness: "exact" } });
      }
    },
    120_000,
  );

  test("a missing key is an error with a hint about --key-env", async (context) => {
    present(context);
    const { base } = await start("--api-key", KEY);
    const ask = ["chat", "custom", "--base-url", base, "--model", "tiny", "--max-tokens", "8", "hello"];
    const without = await lumiverse(ask, { cwd });
    expect(without).toMatchObject({ code: 3, stdout: "" });
    expect(without.stderr).toMatch(/^error: custom: .*\nhint: No key was sent\. .*--key-env NAME/);
    expect(await lumiverse([...ask, "--key-env", "LOCAL_KEY"], { cwd, env: { LOCAL_KEY: KEY } })).toMatchObject({ code: 0 });
    const wrong = await lumiverse([...ask, "--key-env", "LOCAL_KEY"], { cwd, env: { LOCAL_KEY: "another-key-altogether" } });
    expect(wrong.code).toBe(3);
  }, 120_000);

  test("a server that dies during an answer is an error, never a short answer", async (context) => {
    present(context);
    const { base, server } = await start();
    const { code, stdout, stderr } = await lumiverse(["chat", "custom", "--base-url", base, "--max-tokens", "8000", "tell me everything"], {
      cwd,
      watch: () => void server.kill("SIGKILL"),
    });
    expect([4, 6]).toContain(code);
    expect(stdout).not.toBe("");
    expect(stderr).toMatch(/^error: custom: /);
  }, 120_000);

  test("from nothing: discover saves it, chat talks to it, and the doctor names each of six faults", async (context) => {
    present(context);
    const { base, server } = await start("--api-key", KEY);
    const open = await start();
    const store = mkdtempSync(join(tmpdir(), "lumiverse-real-"));
    const run = (...args: string[]): Promise<Result> =>
      lumiverse(args, { cwd: store, env: { XDG_DATA_HOME: store, RIGHT: KEY, WRONG: "another-key-altogether" } });
    // A busy machine needs seconds for a short answer.
    let patience = "60";
    const diagnosed = async (...edit: string[]): Promise<unknown> => {
      expect(await run("edit", "Local", ...edit)).toMatchObject({ code: 0 });
      return JSON.parse((await run("doctor", "Local", "--timeout", patience, "--json")).stdout).cause;
    };
    const port = new URL(open.base).port;
    expect((await run("discover", "--port", port, "--save")).code).toBe(0);
    expect((await run("edit", `llama.cpp (127.0.0.1:${port})`, "--name", "Local")).code).toBe(0);
    expect((await run("chat", "Local", "--max-tokens", "8", "hello")).stdout.trim()).not.toBe("");
    expect(await diagnosed("--base-url", `${open.base}/v1`)).toBeUndefined();
    expect(await diagnosed("--base-url", open.base.replace("http:", "https:"))).toBe("plain-server");
    expect(await diagnosed("--base-url", `${open.base}/nothing/v1`)).toBe("wrong-path");
    expect(await diagnosed("--base-url", `${base}/v1`)).toBe("server-wants-key");
    expect(await diagnosed("--key-env", "WRONG")).toBe("key-wrong");
    expect(await diagnosed("--key-env", "RIGHT", "--setting", 'includeBody={"response_format":{"type":"nonsense"}}')).toBe(
      "setting-refused",
    );
    expect(await diagnosed("--unset", "includeBody")).toBeUndefined();
    server.kill("SIGSTOP");
    patience = "4";
    expect(await diagnosed("--model", "tiny")).toBe("chat-timeout");
    server.kill("SIGKILL");
    rmSync(store, { recursive: true, force: true });
  }, 240_000);
});
