import { expect, test, vi } from "vitest";
import { serveExample } from "./processes.ts";
import { askInPage } from "./use-chat-page.ts";

test("use-chat.tsx, with use-chat-server.ts, shows the answer of the provider", async () => {
  await using server = await serveExample("use-chat-server.ts");
  const shows = await askInPage(server.url, "Is the wheel turning?");
  const shown = "Is the wheel turning?\nIt turns.";
  await vi.waitFor(() => expect(shows()).toBe(shown), 15_000);
});
