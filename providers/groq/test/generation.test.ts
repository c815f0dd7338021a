import { connect } from "@lumiverse/core";
import type { LumiverseError } from "@lumiverse/core/provider";
import { expect, test } from "vitest";
import { groq } from "../src/provider.ts";

test("the error contains the generation that Groq refused", async () => {
  const generation = '{"name": "grind", "arguments": {"grain": 7}}';
  const error = {
    message: "The call does not fit.",
    type: "invalid_request_error",
    code: "tool_use_failed",
    failed_generation: generation,
  };
  const refused: typeof fetch = () => Promise.resolve(Response.json({ error }, { status: 400 }));
  const connection = connect(groq, { apiKey: "gsk-test-000", fetch: refused, retry: false });
  const thrown: unknown = await connection
    .generate({ model: "openai/gpt-oss-20b", messages: [{ role: "user", content: "Grind the rye." }] })
    .catch((reason: unknown) => reason);
  expect((thrown as LumiverseError).generation).toBe(generation); // every failure of a call is a LumiverseError
});
