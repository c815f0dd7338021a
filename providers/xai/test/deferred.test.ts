import { connect } from "@lumiverse/core";
import type { ChatRequest, Message } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { xai } from "../src/provider.ts";

const done = {
  id: "made-up",
  model: "grok-4.3",
  choices: [{ index: 0, message: { role: "assistant", content: "Too many." }, finish_reason: "stop" }],
};

/** A host that returns a request id, then 202, then the answer. */
function host(): { sent: string[]; fetch: typeof fetch } {
  const answers = [Response.json({ request_id: "receipt/1" }), new Response(null, { status: 202 }), Response.json(done)];
  const sent: string[] = [];
  return {
    sent,
    fetch: (input, init) => {
      sent.push(`${init?.method} ${String(input)}`);
      return Promise.resolve(answers.shift() ?? new Response(null, { status: 500 }));
    },
  };
}

describe("a deferred answer", () => {
  const request: ChatRequest = { model: "grok-4.3", messages: [{ role: "user", content: "Count the stars." }] };

  it("is requested again while it is not ready, also after its message was stored as JSON", async () => {
    const { sent, fetch } = host();
    const connection = connect(xai, { apiKey: "made-up-key-1", fetch, settings: { deferred: true } });
    const receipt = await connection.generate(request);
    expect(receipt.finishReason).toBe("pause");
    const stored = JSON.parse(JSON.stringify([...request.messages, receipt.message])) as Message[]; // just written from messages
    const answer = await connection.generate({ ...request, messages: stored });
    expect(answer.text).toBe("Too many.");
    expect(sent).toEqual([
      "POST https://api.x.ai/v1/chat/completions",
      "GET https://api.x.ai/v1/chat/deferred-completion/receipt%2F1",
      "GET https://api.x.ai/v1/chat/deferred-completion/receipt%2F1",
    ]);
  });

  it("is never streamed, and a note says that it arrives whole", async () => {
    const { fetch } = host();
    const connection = connect(xai, { apiKey: "made-up-key-1", fetch, settings: { deferred: true } });
    const receipt = await connection.stream(request).response();
    expect(receipt.notes.map((note) => note.field)).toContain("stream");
  });
});
