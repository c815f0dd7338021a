/** What hosts, other packages and the file system do to the command line. */
import { existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { outputOf } from "../../core/test/support/programs.ts";
import { openKeyFile } from "../src/commands/key-file.ts";
import { printable, printableJson } from "../src/terminal/printable.ts";
import { openScreen } from "../src/terminal/screen.ts";
import { lumiverse, manifestText } from "./run-lumiverse.ts";
import { testHost } from "./test-host.ts";
import { KEY } from "./test-server.ts";

const host = testHost();

const HIDDEN = [
  "\u001b",
  "\u009b",
  "\u0007",
  "\r",
  "\u202e",
  "\u2066",
  "\u200b",
  "\u200d",
  "\u2060",
  "\ufeff",
  "\u00ad",
  "\u{e0041}",
  "\u2028",
];

describe("printed text", () => {
  test("of several lines is one line on stderr, also where it has very many blanks", () => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    const screen = openScreen(false);
    try {
      const blanks = " ".repeat(1_000_000);
      screen.line(`  one \r\n\n\t two${blanks}three\n`);
      expect(write.mock.calls.map(([text]) => text).join("")).toBe(`  one two${blanks}three\n`);
    } finally {
      screen.release();
      write.mockRestore();
    }
  });
  test.each(HIDDEN)("%j is removed", (hidden) => {
    expect(printable(`a${hidden}b`)).toBe("ab");
  });
  test("emoji and scripts keep their joiners", () => {
    for (const text of ["👩‍👧", "❤️‍🔥", "می‌خواهم", "tab\tand\nline"]) expect(printable(text)).toBe(text);
  });
  test("JSON escapes what would be removed, and loses nothing", () => {
    const text = HIDDEN.join("x");
    expect(printableJson(text)).not.toMatch(/[^\x20-\x7e]/);
    expect(JSON.parse(printableJson(text))).toBe(text);
  });
});

test("no output of a command shows hidden characters of a host", async () => {
  const args = ["--base-url", host.server.base, "--key-env", "K"];
  for (const command of [
    ["chat", "testhost", "--model", "rude", "hello"],
    ["chat", "testhost", "--model", "rude", "--no-stream", "hello"],
    ["models", "testhost"],
    ["check", "testhost"],
  ]) {
    const { stdout, stderr } = await lumiverse([...command, ...args], { cwd: host.cwd, env: { K: KEY } });
    const shown = stdout + stderr;
    expect(printable(shown), command.join(" ")).toBe(shown);
  }
});

test("check and chat never print a key that the host repeats, in text or JSON", async () => {
  for (const key of ["wrong-key-of-somebody-77af", "wrong/key+of=somebody&77af"])
    for (const command of [
      ["check"],
      ["check", "--json"],
      ["chat", "hello"],
      ["chat", "hello", "--json"],
      ["models"],
      ["models", "--json"],
    ]) {
      const [name = "", ...rest] = command;
      const { code, stdout, stderr } = await lumiverse([name, "testhost", ...rest, "--base-url", host.server.base, "--key-env", "K"], {
        cwd: host.cwd,
        env: { K: key },
      });
      expect(code, command.join(" ")).toBe(3);
      expect(stdout + stderr, command.join(" ")).not.toContain(key);
      expect(stdout + stderr, command.join(" ")).not.toContain("77af");
    }
});

test("no text of a host begins a line of its own, whatever it is part of", async () => {
  const text = "one\r\nFORGED\nFORGED \u001b[2J";
  const server = createServer((asked, response) => {
    const isList = asked.url?.endsWith("/models") === true;
    response
      .writeHead(isList ? 200 : 418, { "content-type": "application/json" })
      .end(JSON.stringify(isList ? { data: [{ id: text, name: text }] } : { error: { message: text, code: text, type: text } }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo; // listening on TCP
    const at = ["--base-url", `http://127.0.0.1:${port}/v1`];
    const env = { XDG_DATA_HOME: join(host.cwd, "forged"), K: KEY };
    for (const args of [
      ["chat", "custom", "hello", ...at],
      ["check", "custom", "--key-env", "K", ...at],
      ["models", "custom", ...at],
      ["doctor", "custom", "--model", "m", ...at],
      ["connect", "custom", "--name", "Forged", "--yes", "--key-env", "K", ...at],
      ["connections"],
      ["card", "Forged"],
      ["discover", "--port", String(port)],
    ]) {
      const { stdout, stderr } = await lumiverse(args, { cwd: host.cwd, env });
      expect(stdout + stderr, args.join(" ")).not.toMatch(/^\s*FORGED/m);
      expect(stdout + stderr, args.join(" ")).not.toContain("\u001b[2J");
    }
  } finally {
    server.close();
  }
});

describe("a mistyped provider id", () => {
  test("runs no package of a folder above the working folder", async () => {
    const marker = join(host.cwd, "it-ran");
    host.folder.add("lumiverse-provider-other", {
      "package.json": manifestText("lumiverse-provider-other"),
      "lib/main.js": `import { writeFileSync } from "node:fs"; writeFileSync(${JSON.stringify(marker)}, ""); export const nothing = 1;`,
    });
    const inner = join(host.cwd, "project");
    mkdirSync(inner, { recursive: true });
    const { code, stderr } = await lumiverse(["check", "testhots"], { cwd: inner });
    expect(code).toBe(2);
    expect(stderr).toContain('no provider "testhots" is installed');
    expect(existsSync(marker)).toBe(false);
    expect((await lumiverse(["explain", "testhost", "--json", "hi"], { cwd: inner })).code).toBe(0);
  });
});

describe("the file of --save", () => {
  const path = (name: string): string => join(host.cwd, name);
  async function save(name: string, key: string): Promise<string> {
    await (await openKeyFile(path(name), "A_KEY")).save(key);
    return readFileSync(path(name), "utf8");
  }
  test.each([
    ["B=1", "B=1\nA_KEY=k\n"],
    ["B=1\n", "B=1\nA_KEY=k\n"],
    ["B=1\r", "B=1\r\nA_KEY=k\n"],
    ["", "A_KEY=k\n"],
  ])("that holds %j keeps its lines", async (before, after) => {
    writeFileSync(path("some.env"), before);
    expect(await save("some.env", "k")).toBe(after);
  });
  test.each(["a\nEVIL=1", "a\r", "a\u0000", "a'b c", "a\u2028b"])("takes no key like %j, and stays as it is", async (key) => {
    writeFileSync(path("whole.env"), "B=1");
    await expect(save("whole.env", key)).rejects.toThrow("it was not saved");
    expect(readFileSync(path("whole.env"), "utf8")).toBe("B=1");
  });
  test("a key with a special character is quoted", async () => {
    expect(await save("quoted.env", "a#b $c")).toBe("A_KEY='a#b $c'\n");
  });
  test("a path that cannot be written ends the command before the sign-in page is shown", async () => {
    outputOf("mkfifo", [path("pipe")]);
    for (const [name, reason] of [
      ["missing/folder/.env", "does not exist"],
      [".", "the path is a folder"],
      ["pipe", "not a regular file"],
    ]) {
      const { code, stderr } = await lumiverse(["sign-in", "testhost", "--save", name ?? ""], {
        cwd: host.cwd,
        env: { TESTHOST_BASE: host.server.base },
      });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^error: [^\n]+ cannot be written: [^\n]+\nhint: [^\n]+\n$/);
      expect(stderr).toContain(reason);
    }
  });
  test("a sign-in that is cancelled leaves no new file", async () => {
    const args = ["sign-in", "testhost", "--save", "never.env"];
    const { code } = await lumiverse(args, { cwd: host.cwd, env: { TESTHOST_BASE: host.server.base }, interruptAt: "Sign in here" });
    expect(code).toBe(130);
    expect(existsSync(path("never.env"))).toBe(false);
  });
});

test("the server of a sign-in answers 400 to a path that is no URL, and waits on", async () => {
  let statuses: number[] = [];
  let asked = false;
  const { code } = await lumiverse(["sign-in", "testhost", "--print"], {
    cwd: host.cwd,
    env: { TESTHOST_BASE: host.server.base },
    watch(seen) {
      const url = /^(https:\/\/testhost\.test\/auth\?\S+)$/m.exec(seen)?.[1];
      if (url === undefined || asked) return;
      asked = true;
      const callback = new URL(url).searchParams.get("callback") ?? "";
      void (async () => {
        for (const bad of ["//", "http://[", "/\\\\//"]) statuses = [...statuses, await statusOf(callback, bad)];
        await fetch(`${callback}?code=right-code`);
      })();
    },
  });
  expect(statuses.slice(0, 2)).toEqual([400, 400]);
  expect(code).toBe(0);
});

function statusOf(base: string, path: string): Promise<number> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    request({ hostname, port, path, headers: { connection: "close" } }, (response) => resolve(response.resume().statusCode ?? 0))
      .on("error", reject)
      .end();
  });
}

test("a pipe as an image is one line and does not wait", async () => {
  outputOf("mkfifo", [join(host.cwd, "picture.png")]);
  const { code, stderr } = await lumiverse(["chat", "testhost", "--base-url", host.server.base, "--image", "picture.png", "hello"], {
    cwd: host.cwd,
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/^error: picture.png could not be read: it is not a regular file\n/);
});

test.skipIf(!existsSync("/dev/full"))("a full disk is one line and exit code 1", async () => {
  for (const args of [
    ["chat", "testhost", "--base-url", host.server.base, "hello"],
    ["models", "testhost", "--base-url", host.server.base, "--json"],
  ]) {
    const { code, stderr } = await lumiverse(args, { cwd: host.cwd, stdout: openSync("/dev/full", "w") });
    expect(code).toBe(1);
    expect(stderr).toContain("error: the output could not be written: the disk is full\n");
    expect(stderr).not.toContain("    at ");
  }
});

test("a folder that cannot be written for a recording is one line", async () => {
  writeFileSync(join(host.cwd, "a-file"), "");
  const args = ["record", "testhost", "--base-url", host.server.base, "--name", "greeting", "--out", "a-file", "hello"];
  const { code, stderr } = await lumiverse(args, { cwd: host.cwd });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: [^\n]*a part of the path is not a folder\n$/);
});

test.each([["record", "--name", "slow"], ["chat"], ["check"], ["models"]])(
  "the first Ctrl-C ends %s while the host is silent",
  async (...words) => {
    const [command = "", ...rest] = words;
    const silent = await silentServer();
    try {
      const args = [
        command,
        "testhost",
        ...rest,
        "--base-url",
        silent.base,
        ...(command === "check" || command === "models" ? [] : ["--model", "m", "hello"]),
      ];
      const { code } = await lumiverse(args, { cwd: host.cwd, interruptWhen: () => silent.asked() });
      expect(code).toBe(130);
    } finally {
      await silent.close();
    }
  },
);

test("the first Ctrl-C ends a search for servers, in one line", async () => {
  const silent = await silentServer();
  try {
    const args = ["discover", "--port", new URL(silent.base).port];
    const { code, stderr } = await lumiverse(args, { cwd: host.cwd, interruptWhen: () => silent.asked() });
    expect({ code, stderr }).toEqual({ code: 130, stderr: "error: the command was aborted\n" });
  } finally {
    await silent.close();
  }
});

async function silentServer(): Promise<{ base: string; asked(): boolean; close(): Promise<void> }> {
  let asked = false;
  const server = createServer(() => {
    asked = true;
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    base: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}/v1`,
    asked: () => asked,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

test.skipIf(!existsSync("/dev/full"))("help that does not fit on a full disk is one line and exit code 1", async () => {
  const { code, stderr } = await lumiverse(["--help"], { cwd: import.meta.dirname, stdout: openSync("/dev/full", "w") });
  expect(code).toBe(1);
  expect(stderr).toBe("error: the output could not be written: the disk is full\n");
});
