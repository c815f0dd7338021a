import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { freePort } from "../../packages/cli/test/free-port.ts";
import { askInPage } from "./use-chat-page.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const node = join(root, "node_modules", ".bin", "node");
// Every vendor's host is the replay server.
const FLAGS = ["--conditions=@lumiverse/source", "--import", "./tools/src/offline.ts"];

test("use-chat.tsx, with use-chat-server.ts, shows the answer of the provider", async () => {
  const port = await freePort();
  const server = spawn(node, [...FLAGS, "examples/use-chat-server.ts"], {
    cwd: root,
    env: { ...process.env, PORT: String(port) },
  });
  try {
    await new Promise<void>((resolve, reject) => {
      server.stdout.once("data", () => resolve());
      server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    const shows = await askInPage(`http://127.0.0.1:${port}/`, "Is the wheel turning?");
    const shown = "Is the wheel turning?\nIt turns.";
    await vi.waitFor(() => expect(shows()).toBe(shown), 15_000);
  } finally {
    server.kill();
  }
});
