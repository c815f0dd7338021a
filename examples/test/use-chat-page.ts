import { Window } from "happy-dom";
import { createElement } from "react";
import { expect, vi } from "vitest";
import { Chat } from "../use-chat.tsx";

/** Asks a question in the page of use-chat.tsx. @returns what the page shows, at every call anew */
export async function askInPage(api: string, question: string): Promise<() => string> {
  // The page's globals stay, because React works on after the test.
  const window = new Window();
  vi.stubGlobal("window", window);
  vi.stubGlobal("document", window.document);
  vi.stubGlobal("FormData", window.FormData);
  const { createRoot } = await import("react-dom/client");
  const page = window.document.createElement("div");
  createRoot(page as never).render(createElement(Chat, { api }));
  await vi.waitFor(() => expect(page.querySelector("input")).not.toBeNull());
  const input = page.querySelector("input");
  if (input !== null) input.value = question;
  page.querySelector("form")?.dispatchEvent(new window.Event("submit", { bubbles: true, cancelable: true }));
  return () => page.querySelector("pre")?.textContent ?? "";
}
