import { MutationObserver } from "@tanstack/react-query";
import { expect, test, vi } from "vitest";
import { createQueryClient } from "../src/page/api/query-client.ts";

test("what a form has sent does not stay in memory after the form is closed", async () => {
  const client = createQueryClient();
  const form = new MutationObserver(client, { mutationFn: async (_values: { key: string }) => "saved" });
  const close = form.subscribe(() => {});
  await form.mutate({ key: "an-invented-key" });
  expect(client.getMutationCache().getAll()).toHaveLength(1);
  close();
  await vi.waitFor(() => expect(client.getMutationCache().getAll()).toEqual([]));
});
