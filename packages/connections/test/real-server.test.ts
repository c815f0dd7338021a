/**
 * The doctor and discovery with a real server: llama.cpp's, which the script in LUMIVERSE_LLAMA installs and starts. Without the script, or if it cannot install
 * the server, these tests are visibly skipped.
 */
import type { ChildProcess } from "node:child_process";
import {
  type CauseId,
  createProfiles,
  type Diagnosis,
  type DoctorSubject,
  diagnoseSubject,
  discover,
  masterKeyFromText,
  newMasterKey,
  openVault,
} from "@lumiverse/connections";
import { nodeNetwork, openSqliteStore } from "@lumiverse/connections/node";
import { registry } from "@lumiverse/core";
import { afterAll, afterEach, beforeAll, describe, expect, type TestContext, test } from "vitest";
import { installLocalServer, LLAMA, runLocalServer } from "../../../examples/test/local-server.ts";
import "./providers.ts";

const KEY = "key-of-a-local-server-23";
const network = { ...nodeNetwork, isContainer: async () => false };
let missing: string | undefined;
const running: ChildProcess[] = [];

interface Real {
  port: number;
  server: ChildProcess;
}

async function start(...args: string[]): Promise<Real> {
  const { url, process: server } = await runLocalServer(args);
  running.push(server);
  return { port: Number(new URL(url).port), server };
}

/** A signal to stop takes effect when the process runs next. */
async function untilSilent(url: string): Promise<void> {
  const answers = (): Promise<boolean> =>
    fetch(url, { signal: AbortSignal.timeout(500) }).then(
      () => true,
      () => false,
    );
  while (await answers());
}

/** A server that works is waited for, and one that hangs is not. */
const PATIENCE_MS = { working: 30_000, broken: 3000 };

const examine = (
  resolvedURL: string,
  changes: Partial<DoctorSubject["source"]> = {},
  patience: keyof typeof PATIENCE_MS = "broken",
): Promise<Diagnosis> =>
  diagnoseSubject(
    { name: "Local", model: "tiny", source: { provider: registry().get("custom"), resolvedURL, auth: "none", settings: {}, ...changes } },
    { network, timeoutMs: PATIENCE_MS[patience], chatTimeoutMs: PATIENCE_MS[patience] },
  );

describe.skipIf(LLAMA === undefined)("with a real server", () => {
  beforeAll(async () => {
    missing = await installLocalServer();
  }, 300_000);
  afterEach(() => {
    for (const one of running.splice(0)) one.kill("SIGKILL");
  });
  afterAll(() => {
    for (const one of running) one.kill("SIGKILL");
  });
  const present = ({ skip }: TestContext): void => (missing === undefined ? undefined : skip(`it cannot be installed here: ${missing}`));

  test("discover finds it on whatever port, and the profile that it offers chats and is healthy", { timeout: 120_000 }, async (context) => {
    present(context);
    const { port } = await start();
    const found = await discover({ ports: [port], onlyGivenPorts: true });
    expect(found).toMatchObject([
      {
        server: "llama.cpp",
        baseURL: `http://127.0.0.1:${port}/v1`,
        needsKey: false,
        models: ["tiny"],
        profile: { model: "tiny", auth: "none" },
      },
    ]);
    const store = await openSqliteStore(":memory:");
    const profiles = createProfiles({ store, vault: await openVault(store, [masterKeyFromText(newMasterKey())]) });
    const { id } = await profiles.create(found[0]?.profile ?? { name: "none", provider: "none" });
    const connection = await profiles.open(id);
    const { text } = await connection.generate({ model: "tiny", messages: [{ role: "user", content: "hi" }], maxOutputTokens: 8 });
    expect(text.trim()).not.toBe("");
    expect((await examine(`http://127.0.0.1:${port}/v1`, {}, "working")).sentence).toBe(
      "“Local” works: tiny answers, whole and as a stream.",
    );
    await profiles.close();
    await store.close();
  });

  test("a server with a key is found, too, and said to need one", async (context) => {
    present(context);
    const { port } = await start("--api-key", KEY);
    expect(await discover({ ports: [port], onlyGivenPorts: true })).toMatchObject([
      { server: "llama.cpp", needsKey: true, profile: { provider: "custom", auth: "key" } },
    ]);
  });

  test.for<[CauseId, string, string[], (real: Real) => Promise<Diagnosis>]>([
    ["server-wants-key", "no key", ["--api-key", KEY], ({ port }) => examine(`http://127.0.0.1:${port}/v1`)],
    [
      "key-wrong",
      "a wrong key",
      ["--api-key", KEY],
      ({ port }) => examine(`http://127.0.0.1:${port}/v1`, { auth: "key", key: "wrong-key-12345" }),
    ],
    ["plain-server", "https to a plain server", [], ({ port }) => examine(`https://127.0.0.1:${port}/v1`)],
    [
      "setting-refused",
      "a field that it does not accept",
      [],
      ({ port }) => examine(`http://127.0.0.1:${port}/v1`, { settings: { includeBody: { response_format: { type: "nonsense" } } } }),
    ],
    ["wrong-path", "a path that does not exist", [], ({ port }) => examine(`http://127.0.0.1:${port}/nothing/v1`)],
    [
      "nothing-listens",
      "a server that was stopped",
      [],
      async ({ port, server }) => {
        const gone = new Promise((resolve) => server.once("exit", resolve));
        server.kill("SIGKILL");
        await gone;
        return examine(`http://127.0.0.1:${port}/v1`);
      },
    ],
    [
      "chat-timeout",
      "a process that hangs",
      [],
      async ({ port, server }) => {
        server.kill("SIGSTOP");
        await untilSilent(`http://127.0.0.1:${port}/health`);
        return examine(`http://127.0.0.1:${port}/v1`);
      },
    ],
  ])("says %s for %s", { timeout: 60_000 }, async ([cause, , args, broken], context) => {
    present(context);
    const diagnosis = await broken(await start(...args));
    expect(`${diagnosis.cause}: ${diagnosis.sentence}`).toMatch(new RegExp(`^${cause}: `));
  });
});
