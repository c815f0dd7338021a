/** Runs the commands of docs/features.md and compares what they print. */
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { environment, shellLine } from "./run-lumiverse.ts";
import { startServer, type TestServer } from "./test-server.ts";
import { startVendors, type Vendors } from "./vendors.ts";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const TEXT = readFileSync(join(ROOT, "docs/features.md"), "utf8");

interface Statement {
  /** Its first sentence. */
  title: string;
  commands: { command: string; output: string }[];
  /** The file or folder of the test that it names, and the title in it. */
  proof: { path: string; title?: string };
}

const statements = [
  ...TEXT.matchAll(/\n\n([^\n#`][^`]*?(?:`[^`\n]+`[^`]*?)*)\n\n```console\n([\s\S]*?)```\n\n([\s\S]*?)(?=\n\n|\n*$)/g),
].map(([, text = "", block = "", after = ""]): Statement => {
  const [, path = "", title] = /Test: `([^`]+)`(?:, "((?:[^"\\]|\\.)*)")?/.exec(after) ?? [];
  return {
    title: (text.split(/[.:] |\.\n/)[0] ?? "").replaceAll("\n", " "),
    commands: block
      .split(/^\$ /m)
      .slice(1)
      .map((one) => ({ command: one.slice(0, one.indexOf("\n")), output: one.slice(one.indexOf("\n") + 1) })),
    proof: { path, ...(title === undefined ? {} : { title: title.replaceAll('\\"', '"') }) },
  };
});

let folder: string;
let vendors: Vendors;
let server: TestServer;
let env: Record<string, string>;

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
  writeFileSync(join(folder, "service-account.json"), JSON.stringify(serviceAccount()));
  const { PATH = "", ...others } = environment();
  env = {
    ...others,
    PATH: `${join(folder, "bin")}:${PATH}`,
    XDG_DATA_HOME: join(folder, "data"),
    LUMIVERSE_TEST_VENDORS: vendors.origin,
    LOCAL_SERVER: server.base,
    LOCAL_SERVER_PORT: new URL(server.base).port,
  };
});
afterAll(async () => {
  vendors.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

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

const run = (command: string): Promise<string> =>
  new Promise((resolve) => {
    // An exit code other than 0 is part of some examples.
    execFile("bash", ["-c", command], { cwd: join(folder), env, timeout: 60_000 }, (_, stdout, stderr) =>
      resolve(stdout === "" ? stderr : stdout),
    );
  });

describe("docs/features.md", () => {
  test("every command of the page belongs to a statement", () => {
    expect(statements.length).toBeGreaterThan(25);
    expect(statements.flatMap(({ commands }) => commands).length).toBe(TEXT.match(/^\$ /gm)?.length);
  });

  // The statements build on the connections of those before them.
  test.each(statements)("$title", { timeout: 120_000 }, async ({ commands }) => {
    for (const { command, output } of commands) expect(await run(command), command).toBe(output);
  });

  test.each(statements)("the test named for “$title” exists", ({ proof: { path, title } }) => {
    expect(existsSync(join(ROOT, path)), path).toBe(true);
    if (title !== undefined) expect(readFileSync(join(ROOT, path), "utf8")).toContain(title.replaceAll("\\", ""));
  });
});
