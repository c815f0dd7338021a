import { connect } from "@lumiverse/core";
import { expect, it } from "vitest";
import "../src/index.ts";

it.each(["responses", "chat-completions"] as const)(
  "a prompt that breaks the usage guidelines is content, not a missing permission (%s)",
  async (api) => {
    const error = "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_A";
    const fetch = async (): Promise<Response> =>
      Response.json({ code: "The caller does not have permission to execute the specified operation", error }, { status: 403 });
    const connection = connect("xai", { apiKey: "k", fetch, settings: { api }, retry: false });
    await expect(connection.generate({ model: "grok-4", messages: [{ role: "user", content: "Hi" }] })).rejects.toMatchObject({
      code: "content-filter",
      retryable: false,
    });
  },
);
