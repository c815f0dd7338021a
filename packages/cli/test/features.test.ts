/**
 * Runs the commands of docs/features.md and compares what they print. The first section saves the first connection, and each of the others goes on from there in a
 * copy of its own, so that they run side by side.
 */
import { generateKeyPairSync } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../../core/test/support/programs.ts";
import { environment, shellLine } from "./run-lumiverse.ts";
import { startServer, type TestServer } from "./test-server.ts";
import { startVendors, type Vendors } from "./vendors.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TEXT = readFileSync(join(ROOT, "docs/features.md"), "utf8");

interface Proof {
  /** A file or a folder with fixtures. */
  path: string;
  title?: string;
}

interface Statement {
  section: string;
  /** Its first sentence. */
  title: string;
  commands: { command: string; output: string }[];
  /** The test that fails without the feature. */
  test: Proof | undefined;
  /** What the statement looks like on the page of the console. */
  onPage: boolean;
  /** The walk that shows it in a browser. */
  walk: Proof | undefined;
}

const statements: Statement[] = TEXT.split(/^## /m)
  .slice(1)
  .flatMap((text) => statementsOf(text.slice(0, text.indexOf("\n")), text));

function statementsOf(section: string, sectionText: string): Statement[] {
  const found = sectionText.matchAll(/\n\n([^\n#`][^`]*?(?:`[^`\n]+`[^`]*?)*)\n\n```console\n([\s\S]*?)```\n\n([\s\S]*?)(?=\n\n|\n*$)/g);
  return [...found].map(([, text = "", block = "", after = ""]) => ({
    section,
    title: (text.split(/[.:] |\.\n/)[0] ?? "").replaceAll("\n", " "),
    commands: block
      .split(/^\$ /m)
      .slice(1)
      .map((one) => ({ command: one.slice(0, one.indexOf("\n")), output: one.slice(one.indexOf("\n") + 1) })),
    test: proofIn(after, "Test"),
    onPage: after.includes("**On the page**"),
    walk: proofIn(after, "Walk"),
  }));
}

function proofIn(text: string, word: "Test" | "Walk"): Proof | undefined {
  const [, path, title] = new RegExp(`${word}: \`([^\`]+)\`(?:, "((?:[^"\\\\]|\\\\.)*)")?`).exec(text) ?? [];
  return path === undefined ? undefined : { path, ...(title === undefined ? {} : { title }) };
}

const sections = [...new Set(statements.map(({ section }) => section))];
/** What the commands of each statement printed. */
const printed = new Map(statements.map((statement) => [statement, Promise.withResolvers<string[]>()]));
let folder: string;
let vendors: Vendors;
let server: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lumiverse-features-"));
  vendors = await startVendors();
  server = await startServer();
  server.ownedBy("llamacpp");
  const hook = fileURLToPath(new URL("vendor-redirect.ts", import.meta.url));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "lumiverse"), `#!/bin/sh\nNODE_OPTIONS="--import=${hook}" exec ${shellLine([])} "$@"\n`, {
    mode: 0o755,
  });
  const [first = "", ...others] = sections;
  const home = join(folder, "0");
  mkdirSync(home);
  writeFileSync(join(home, "service-account.json"), JSON.stringify(serviceAccount()));
  const queue = others.map((section, index) => ({ section, copy: join(folder, String(index + 1)) }));
  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      cpSync(home, next.copy, { recursive: true });
      await runSection(next.section, next.copy);
    }
  };
  running = runSection(first, home).then(() => Promise.all(Array.from({ length: AT_ONCE }, work)));
});
afterAll(async () => {
  await running;
  vendors.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}, 300_000);

/** Sections that run at the same time. */
const AT_ONCE = 4;
let running: Promise<unknown> = Promise.resolve();

async function runSection(section: string, home: string): Promise<void> {
  for (const statement of statements.filter((one) => one.section === section)) {
    const outputs: string[] = [];
    // Each command builds on the connections of those before it.
    for (const { command } of statement.commands) outputs.push(await run(command, home));
    printed.get(statement)?.resolve(outputs);
  }
}

function run(command: string, home: string): Promise<string> {
  const { PATH = "", ...others } = environment();
  const env = {
    ...others,
    PATH: `${join(folder, "bin")}:${PATH}`,
    XDG_DATA_HOME: join(home, "data"),
    LUMIVERSE_TEST_VENDORS: vendors.origin,
    LOCAL_SERVER: server.base,
    LOCAL_SERVER_PORT: new URL(server.base).port,
  };
  // An exit code other than 0 is part of some examples.
  return runProgram("bash", ["-c", command], { cwd: home, env }).then(({ stdout, stderr }) => (stdout === "" ? stderr : stdout), String);
}

function serviceAccount(): object {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return {
    type: "service_account",
    project_id: "invented-project",
    private_key_id: "0123456789abcdef",
    private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
    client_email: "tester@invented-project.iam.gserviceaccount.com",
    token_uri: "https://oauth2.googleapis.com/token",
  };
}

describe("docs/features.md", () => {
  test("every command of the page belongs to a statement", () => {
    expect(statements.length).toBeGreaterThan(25);
    expect(statements.flatMap(({ commands }) => commands).length).toBe(TEXT.match(/^\$ /gm)?.length);
  });

  test.each(statements)("$title", { timeout: 300_000 }, async (statement) => {
    const outputs = await printed.get(statement)?.promise;
    expect(statement.commands.map(({ command }, index) => `$ ${command}\n${outputs?.[index]}`)).toEqual(
      statement.commands.map(({ command, output }) => `$ ${command}\n${output}`),
    );
  });

  test.each(statements)("the test named for “$title” exists, and the walk where the page shows it", ({ test: proof, onPage, walk }) => {
    expect(proof).toBeDefined();
    expect(walk?.path.startsWith("packages/console/test/"), "a statement about the page names its walk").toBe(onPage ? true : undefined);
    for (const { path, title } of [proof, walk].filter((one) => one !== undefined)) {
      expect(existsSync(join(ROOT, path)), path).toBe(true);
      if (title !== undefined) expect(readFileSync(join(ROOT, path), "utf8")).toContain(title);
    }
  });
});
