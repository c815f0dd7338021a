/** Kills a writer at any instant and compares what is stored with what it acknowledged. LUMIVERSE_KILLS sets how often, LUMIVERSE_SEED repeats a run. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { random } from "@lumiverse/conformance/internals";
import { createProfiles, masterKeyFromText, newMasterKey, openVault, type Profiles, type Store } from "@lumiverse/connections";
import { build } from "esbuild";
import { sql } from "kysely";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { databases, openStore } from "./databases.ts";
import "./providers.ts";
import { inTime } from "../../core/test/support/programs.ts";

const KILLS = Number(process.env["LUMIVERSE_KILLS"] ?? 50);
const SEED = Number(process.env["LUMIVERSE_SEED"] ?? Date.now() % 2 ** 31);
const folder = mkdtempSync(join(tmpdir(), "lumiverse-writer-"));
const WRITER = join(folder, "writer.mjs");

// In one file the writer starts five times faster.
beforeAll(() =>
  build({
    entryPoints: [join(import.meta.dirname, "durability-writer.ts")],
    outfile: WRITER,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@lumiverse/source"],
    external: ["@napi-rs/keyring"],
    // pg is CommonJS and requires Node's modules.
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
  }),
);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Run {
  /** The last change that began. */
  begun: number;
  acknowledged: number;
}

/** Runs a writer until it dies: by its own hand inside a transaction, or by ours after so many milliseconds. */
function runWriter(args: readonly string[], from: number, killAfterMs: number | undefined): Promise<Run> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", WRITER, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  child.stdout.on("data", (chunk: Buffer) => {
    const wasReady = output.includes("ready");
    output += chunk.toString();
    if (killAfterMs !== undefined && !wasReady && output.includes("ready")) setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  });
  const died = new Promise<Run>((resolve, reject) => {
    child.on("close", (_, signal) => {
      if (signal !== "SIGKILL") return reject(new Error(`the writer was not killed: ${errors}`));
      const last = (word: string): number => Number(output.match(new RegExp(`.*^${word} (\\d+)$`, "ms"))?.[1] ?? from);
      resolve({ begun: last("begin"), acknowledged: last("acknowledged") });
    });
  });
  return inTime(child, died);
}

/** PostgreSQL may still store the change that a dead writer had sent. Waits until it has ended every transaction of others. */
async function untilWriterEnded({ kind, read }: Store): Promise<void> {
  if (kind !== "postgres") return;
  const running = sql`select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'`;
  while ((await running.execute(read)).rows.length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** The key and the model of the profile. */
async function readCounter(profiles: Profiles): Promise<{ key: string | undefined; model: string }> {
  const profile = await profiles.find("Counter");
  if (profile === undefined) return { key: undefined, model: "" };
  const { key } = await profiles.source(profile.id);
  return { key, model: profile.model };
}

describe.each(databases)("a writer that is killed, on $kind,", (database) => {
  if (database.missing !== undefined) {
    test.skip(`skipped: ${database.missing}`);
    return;
  }
  beforeAll(() => database.start(), 60_000);
  afterAll(() => database.stop(), 60_000);

  test(`loses nothing that it acknowledged and leaves nothing half written (${KILLS} kills, seed ${SEED})`, {
    timeout: 60_000 + KILLS * 5_000,
  }, async () => {
    const draw = random(SEED);
    const address = database.address();
    const masterKey = newMasterKey();
    const store = await openStore(database.kind, address);
    const vault = await openVault(store, [masterKeyFromText(masterKey)]);
    const profiles = createProfiles({ store, vault });
    let change = 0;
    let between = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const byItself = draw() < 0.5;
      const dieAt = change + 1 + Math.floor(draw() * 4);
      const where = draw() < 0.5 ? "begin" : "end";
      const ms = draw() * 40;
      const args = [database.kind, address, masterKey, String(change), ...(byItself ? [String(dieAt), where] : [])];
      const { begun, acknowledged } = await runWriter(args, change, byItself ? undefined : ms);
      if (begun > acknowledged) between++;
      await untilWriterEnded(store);
      const { key, model } = await readCounter(profiles);
      const stored = Number(model.replace("model-", ""));
      const message = `kill ${kill} of seed ${SEED}: begun ${begun}, acknowledged ${acknowledged}, stored ${stored}`;
      // The change that was under way is there whole or not at all.
      expect(key, message).toBe(`key-${stored}`);
      expect([acknowledged, begun], message).toContain(stored);
      change = stored;
      if ((kill + 1) % 100 === 0) console.log(`${database.kind}: ${kill + 1} of ${KILLS} kills`);
    }
    await store.close();
    console.log(`${database.kind}: ${KILLS} kills, ${between} of them between begin and commit, ${change} changes, seed ${SEED}`);
    expect(between).toBeGreaterThanOrEqual(KILLS / 3);
  });

  test("two processes that write at once lose no update", { timeout: 60_000 }, async () => {
    const address = database.address();
    const masterKey = newMasterKey();
    const store = await openStore(database.kind, address);
    const profiles = createProfiles({ store, vault: await openVault(store, [masterKeyFromText(masterKey)]) });
    const { id } = await profiles.create({
      name: "Counter",
      provider: "custom",
      baseURL: "http://localhost:1/v1",
      key: "key-0",
      model: "model-0",
    });
    const started = await profiles.get(id);
    // Each writer dies inside its 30th change, which is therefore not stored.
    const writers = [0, 1].map(() => runWriter([database.kind, address, masterKey, "0", "30", "end"], 0, undefined));
    const runs = await Promise.all(writers);
    expect(runs.map(({ acknowledged }) => acknowledged)).toEqual([29, 29]);
    expect((await profiles.get(id)).revision).toBe(started.revision + 2 * 29);
    await store.close();
  });
});
