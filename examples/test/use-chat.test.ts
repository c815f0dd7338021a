import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Window } from "happy-dom";
import { createElement } from "react";
import { expect, test, vi } from "vitest";
import { Chat } from "../use-chat.tsx";
import { freePort } from "./free-port.ts";

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
    // The page's globals stay, because React works on after the test.
    const window = new Window();
    vi.stubGlobal("window", window);
    vi.stubGlobal("document", window.document);
    vi.stubGlobal("FormData", window.FormData);
    const { createRoot } = await import("react-dom/client");
    const page = window.document.createElement("div");
    createRoot(page as never).render(createElement(Chat, { api: `http://127.0.0.1:${port}/` }));
    await vi.waitFor(() => expect(page.querySelector("input")).not.toBeNull());
    const input = page.querySelector("input");
    if (input !== null) input.value = "Is the wheel turning?";
    page.querySelector("form")?.dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
    const shown = "Is the wheel turning?\nIt turns.";
    await vi.waitFor(() => expect(page.querySelector("pre")?.textContent).toBe(shown), 15_000);
  } finally {
    server.kill();
  }
});
