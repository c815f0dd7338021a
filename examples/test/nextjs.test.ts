import { join } from "node:path";
import { type ReplayServer, replay } from "@lumiverse/conformance";
import { Window } from "happy-dom";
import { createElement } from "react";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { POST } from "../nextjs/app/chat/route.ts";
import Page from "../nextjs/app/page.tsx";
import { root } from "./processes.ts";

let vendor: ReplayServer;
const direct = globalThis.fetch;
beforeAll(async () => {
  vendor = await replay({ fixtures: { groq: join(root, "providers/groq/fixtures") }, delayMs: 0 });
  vi.stubEnv("GROQ_API_KEY", "example-key-0001");
  // The page's request reaches the route, the route's request the replay server.
  vi.stubGlobal("fetch", (url: string | URL, init: RequestInit) =>
    String(url) === "/chat"
      ? POST(new Request("http://localhost/chat", init))
      : direct(String(url).replace("https://api.groq.com", `${vendor.origin}/groq`), init),
  );
});
afterAll(() => vendor.close());

test("app/page.tsx shows the question and the answer that app/chat/route.ts streams, twice", async () => {
  // The page's globals stay, because React works on after the test.
  const window = new Window();
  for (const name of ["document", "FormData"] as const) vi.stubGlobal(name, window[name]);
  vi.stubGlobal("window", window);
  const { createRoot } = await import("react-dom/client");
  const page = window.document.createElement("div");
  createRoot(page as never).render(createElement(Page));
  await vi.waitFor(() => expect(page.querySelector("input")).not.toBeNull());
  for (const turns of [1, 2]) {
    const input = page.querySelector("input");
    if (input !== null) input.value = "Is the wheel turning?";
    page.querySelector("form")?.dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
    const shown = ["Is the wheel turning?\nEs dreht sich — 水車.\n", "Is the wheel turning?\nIt turns.\n"].slice(0, turns).join("");
    await vi.waitFor(() => expect(page.querySelector("pre")?.textContent).toBe(shown), 15_000);
  }
});
