import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "../../core/test/support/programs.ts";
import { environment, lumiverse, manifestText, shellLine } from "./run-lumiverse.ts";
import { testHost } from "./test-host.ts";
import { KEY, PIECES } from "./test-server.ts";

const host = testHost();

const commands = [
  ...["chat", "connect", "connections", "use", "edit", "copy", "rm", "card", "models", "doctor", "discover", "account", "export", "import"],
  ...["check", "explain", "providers", "sign-in", "demo", "replay", "record", "new", "complete"],
];

test.each(commands)("%s --help shows usage and examples", async (command) => {
  const { code, stdout, stderr } = await lumiverse([command, "--help"], { cwd: host.cwd });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`Usage: lumiverse ${command}`);
  expect(stdout).toContain(`Examples:\n  lumiverse ${command}`);
});

test("--help names every command and the exit codes", async () => {
  const { code, stdout } = await lumiverse(["--help"], { cwd: host.cwd });
  expect(code).toBe(0);
  for (const command of commands) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, "m"));
  expect(stdout).toContain("130 Ctrl-C");
});

test("--version prints the version of the package", async () => {
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  expect(await lumiverse(["--version"], { cwd: host.cwd })).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test("a third-party package is listed like any other provider, and a broken package does not affect the others", async () => {
  host.folder.add("lumiverse-provider-broken", {
    "package.json": manifestText("lumiverse-provider-broken"),
    "lib/main.js": "throw new Error('no good')",
  });
  host.folder.add("@somebody/groq", { "package.json": manifestText("@somebody/groq"), "lib/main.js": OTHER_GROQ });
  host.folder.add("unrelated", { "package.json": JSON.stringify({ name: "unrelated", version: "1.0.0" }), "index.js": "process.exit(7)" });
  const { code, stdout, stderr } = await lumiverse(["providers", "--json"], { cwd: host.cwd });
  expect(code).toBe(0);
  const rows = JSON.parse(stdout);
  expect(rows.find((row: { id: string }) => row.id === "testhost")).toMatchObject({
    name: "Test Host",
    package: "lumiverse-provider-testhost",
    version: "2.0.0",
    bundled: false,
    key: { required: false, env: "TESTHOST_API_KEY" },
    protocols: ["chat-completions"],
    models: 2,
    defaultModel: "fast",
    capabilities: { "input.image": { support: "yes", models: 2, verified: false }, tools: { support: "unknown" } },
  });
  expect(rows.find((row: { id: string }) => row.id === "groq")).toMatchObject({ name: "Groq", bundled: true });
  expect(stderr).toContain("warning: lumiverse-provider-broken: no good");
  expect(stderr).toContain('warning: @somebody/groq: it provides "groq", which @lumiverse/groq already provides');
  const table = await lumiverse(["providers"], { cwd: host.cwd });
  expect(table.stdout).toMatch(/^testhost +Test Host +TESTHOST_API_KEY \(optional\) +chat-completions +2 +yes /m);
});
const OTHER_GROQ = `export const groq = { id: "groq", name: "Not Groq", version: "9.9.9", contract: 1, route() {}, operations: async () => ({}) };`;

test("a package for a newer contract is reported before it is used", async () => {
  host.folder.add("lumiverse-provider-tomorrow", {
    "package.json": manifestText("lumiverse-provider-tomorrow"),
    "lib/main.js": `export const t = { id: "tomorrow", name: "Tomorrow", version: "3.0.0", contract: 99, route() {}, operations: async () => ({}) };`,
  });
  const { stderr } = await lumiverse(["providers", "--json"], { cwd: host.cwd });
  expect(stderr).toContain(
    "warning: lumiverse-provider-tomorrow: tomorrow 3.0.0 needs contract 99; the installed @lumiverse/core has contract 1",
  );
  const chat = await lumiverse(["chat", "tomorrow", "hi"], { cwd: host.cwd });
  expect(chat.code).not.toBe(0);
  expect(chat.stderr).toContain("npm install @lumiverse/core@latest");
});

test("explain needs --model when the provider has no catalogue", async () => {
  const { code, stderr } = await lumiverse(["explain", "custom", "--base-url", "http://127.0.0.1:9/v1", "hi"], { cwd: host.cwd });
  expect(code).not.toBe(0);
  expect(stderr).toContain("Name one with --model");
});

test("a provider is found from a subfolder, and by the name of its package", async () => {
  host.folder.add("../deep/er", { "file.txt": "" });
  const { code, stdout } = await lumiverse(["explain", "lumiverse-provider-testhost", "--json", "hi"], {
    cwd: join(host.cwd, "deep", "er"),
  });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ protocol: "chat-completions" });
});

test("explain shows the request and sends nothing", async () => {
  const before = host.server.requests.length;
  const args = [
    "explain",
    "testhost",
    "--base-url",
    `${host.server.base}/chat/completions`,
    "--key-env",
    "K",
    "--temperature",
    "9",
    "hello",
  ];
  const { code, stdout } = await lumiverse(args, { cwd: host.cwd, env: { K: KEY } });
  expect(code).toBe(0);
  expect(stdout).toContain(`POST ${host.server.base}/chat/completions\n  protocol: chat-completions\n`);
  expect(stdout).toContain("  authorization: Bearer (key)\n");
  expect(stdout).toMatch(/notes\n {2}note: clamped temperature: /);
  expect(stdout).not.toContain(KEY);
  expect(host.server.requests.length).toBe(before);
});

test("models lists and filters the models of the server, and says that a price is unknown", async () => {
  const { code, stdout } = await lumiverse(["models", "testhost", "--base-url", host.server.base, "--json"], { cwd: host.cwd });
  expect(code).toBe(0);
  expect(JSON.parse(stdout).map((model: { id: string }) => model.id)).toEqual(["fast", "slow"]);
  const { stdout: some } = await lumiverse(["models", "testhost", "SLO", "--base-url", host.server.base], { cwd: host.cwd });
  expect(some).toMatch(/^ID .*\nslow .*unknown .*live\n$/);
});

test("the exit code of check depends on the verdict", async () => {
  const check = ["check", "testhost", "--base-url", host.server.base, "--key-env", "K"];
  expect(await lumiverse(check, { cwd: host.cwd, env: { K: KEY } })).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^testhost: key valid, /),
  });
  const wrong = await lumiverse([...check, "--json"], { cwd: host.cwd, env: { K: "wrong-key-of-somebody-77af" } });
  expect(wrong.code).toBe(3);
  expect(JSON.parse(wrong.stdout)).toMatchObject({ key: "invalid", usable: false });
  expect((await lumiverse(["check", "testhost", "--base-url", "http://127.0.0.1:1"], { cwd: host.cwd })).code).toBe(4);
});

test("sign-in receives the key over the loopback address and saves it in the given file", async () => {
  const { code, stdout, stderr } = await signIn(["--save", "my.env"], "right-code");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  expect(stderr).toContain("The key is in my.env, as TESTHOST_API_KEY.");
  expect(stderr).not.toContain("fresh-key");
  const file = join(host.cwd, "my.env");
  expect(readFileSync(file, "utf8")).toBe("TESTHOST_API_KEY=fresh-key-9d2e\n");
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test("sign-in --print prints the key and nothing else on stdout", async () => {
  expect(await signIn(["--print"], "right-code")).toMatchObject({ code: 0, stdout: "fresh-key-9d2e\n" });
});

test("a sign-in code that the vendor refuses is exit code 3", async () => {
  expect(await signIn(["--print"], "stale-code")).toMatchObject({ code: 3, stdout: "" });
});

test("sign-in without --save or --print is refused before it starts", async () => {
  expect(await lumiverse(["sign-in", "testhost"], { cwd: host.cwd })).toMatchObject({ code: 2, stdout: "" });
});

/** Acts as the vendor's page: first an unrelated request arrives, then the redirect with a code. */
async function signIn(args: string[], code: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  let visited = false;
  return lumiverse(["sign-in", "testhost", ...args], {
    cwd: host.cwd,
    env: { TESTHOST_BASE: host.server.base },
    watch(seen) {
      const url = /^(https:\/\/testhost\.test\/auth\?\S+)$/m.exec(seen)?.[1];
      if (url === undefined || visited) return;
      visited = true;
      const callback = new URL(url).searchParams.get("callback") ?? "";
      void fetch(new URL("/favicon.ico", callback))
        .then((response) => expect(response.status).toBe(404))
        .then(() => fetch(`${callback}?code=${code}`));
    },
  });
}

test("demo replays a package's fixtures over a real socket and fails when one fails", async () => {
  host.folder.add("lumiverse-provider-testhost", { "fixtures/text/case.json": caseText(true) });
  const good = await lumiverse(["demo", "--json"], { cwd: host.cwd });
  const row = JSON.parse(good.stdout).find((one: { provider: string }) => one.provider === "testhost");
  expect(row).toMatchObject({
    ok: true,
    case: "text",
    text: "Hi there.",
    finishReason: "stop",
    tokens: { input: 3, output: 2 },
    protocol: "chat-completions",
  });
  host.folder.add("lumiverse-provider-testhost", { "fixtures/text/case.json": caseText(false) });
  const bad = await lumiverse(["demo"], { cwd: host.cwd });
  expect(bad.code).toBe(1);
  expect(bad.stdout).toMatch(/^testhost +Hi there\.failed: testhost: /m);
  expect(bad.stdout).toMatch(/^testhost +failed /m);
});

test("a closed pipe ends demo without a failure", async () => {
  const line = `${shellLine(["demo"])} < /dev/null | head -n 1 > /dev/null; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await runProgram("bash", ["-c", line], { cwd: host.cwd, env: environment() });
  expect({ stdout, stderr }).toEqual({ stdout: "0\n", stderr: "" });
});

test("replay serves the fixtures of a folder until Ctrl-C", async () => {
  host.folder.add("lumiverse-provider-testhost", { "fixtures/text/case.json": caseText(true) });
  let call: Promise<{ stdout: string }> | undefined;
  const fixtures = join(host.cwd, "node_modules", "lumiverse-provider-testhost", "fixtures");
  let done = false;
  const serving = await lumiverse(["replay", fixtures, "--json"], {
    cwd: host.cwd,
    interruptWhen: () => done,
    watch(seen) {
      const base = /"baseURL":"([^"]+)"/.exec(seen)?.[1];
      if (base === undefined || call !== undefined) return;
      call = lumiverse(["chat", "testhost", "--base-url", base, "hi"], { cwd: host.cwd }).finally(() => {
        done = true;
      });
    },
  });
  expect(serving.code).toBe(0);
  expect((await call)?.stdout).toBe("Hi there.\n");
});

function caseText(whole: boolean): string {
  const chunk = (delta: object, finish: string | null): string =>
    `data: ${JSON.stringify({ id: "d1", model: "fast", choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
  const end = `${chunk({}, "stop")}data: {"id":"d1","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\ndata: [DONE]\n\n`;
  return JSON.stringify({
    version: 1,
    title: "a greeting",
    claims: ["streaming"],
    model: "fast",
    request: { messages: [{ role: "user", content: "hi" }] },
    streaming: true,
    expect: { response: { text: "Hi there." } },
    exchanges: [
      {
        request: { method: "POST", url: "https://api.testhost.test/v1/chat/completions", body: { model: "fast" } },
        response: {
          status: 200,
          headers: { "content-type": "text/event-stream" },
          body: chunk({ content: "Hi " }, null) + chunk({ content: "there." }, null) + (whole ? end : ""),
        },
        provenance: { kind: "documented", source: "https://docs.testhost.test", date: "2026-11-01" },
      },
    ],
  });
}

test("record saves a real call as a case without the key", async () => {
  const args = [
    "record",
    "testhost",
    "--base-url",
    host.server.base,
    "--key-env",
    "K",
    "--name",
    "greeting",
    "--claim",
    "streaming",
    "hello",
  ];
  const { code, stdout } = await lumiverse(args, { cwd: host.cwd, env: { K: KEY } });
  expect(code).toBe(0);
  const text = readFileSync(join(host.cwd, stdout.trim(), "case.json"), "utf8");
  expect(JSON.parse(text)).toMatchObject({ model: "fast", streaming: "both", expect: { response: { text: PIECES.join("") } } });
  expect(text).not.toContain(KEY);
});

test("new prints the command that creates a package", async () => {
  expect(await lumiverse(["new", "acme"], { cwd: host.cwd })).toMatchObject({
    code: 0,
    stdout: "npm create lumiverse-provider@latest acme\n",
  });
});
