import { connect } from "@lumiverse/core";
import { expect, test } from "vitest";
import { openai } from "../src/provider.ts";

test("an error as the first event of a stream with status 200 is retried, and the caller sees only the second answer", async () => {
  const events = (list: readonly { type: string }[]): string =>
    list.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  const response = (more: object): object => ({ id: "resp_again_01", object: "response", model: "gpt-5.4", output: [], ...more });
  const message = {
    id: "msg_again_01",
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text: "Here.", annotations: [] }],
  };
  const bodies = [
    events([
      { type: "response.created", ...{ response: response({ status: "in_progress" }) } },
      { type: "error", ...{ code: "server_error", message: "The lamp fell over.", param: null } },
    ]),
    events([{ type: "response.completed", ...{ response: response({ status: "completed", output: [message] }) } }]),
  ];
  const served: typeof fetch = () => Promise.resolve(new Response(bodies.shift(), { headers: { "content-type": "text/event-stream" } }));
  const connection = connect(openai, { apiKey: "sk-test-000", fetch: served, retry: { attempts: 2 } });
  const answer = await connection.stream({ model: "gpt-5.4", messages: [{ role: "user", content: "Who is here?" }] }).response();
  expect(answer.text).toBe("Here.");
  expect(answer.attempts.map((attempt) => attempt.error)).toEqual(["server", undefined]);
});
