// A test of an application with the mock provider.
import type { Connection } from "@lumiverse/core";
import { mock } from "@lumiverse/toolkit/mock";
import { expect, test } from "vitest";

async function title(connection: Connection, text: string): Promise<string> {
  const { text: answer } = await connection.generate({ model: "any", messages: [{ role: "user", content: `A title for: ${text}` }] });
  return answer.replaceAll('"', "");
}
test("a title has no quotes, and a busy model is asked again", async () => {
  const { connection, requests } = mock([{ error: "overloaded", retryAfterMs: 1 }, '"Low Tide"'], { connect: { retry: { attempts: 2 } } });
  expect(await title(connection, "the sea went out")).toBe("Low Tide");
  expect(requests).toHaveLength(2);
});
