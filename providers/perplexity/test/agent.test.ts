import { connect } from "@lumiverse/core";
import type { ChatRequest } from "@lumiverse/core/provider";
import { describe, expect, it } from "vitest";
import { perplexity } from "../src/provider.ts";

const answer = {
  id: "made-up",
  status: "completed",
  model: "perplexity/sonar",
  usage: { input_tokens: 7, output_tokens: 4 },
  output: [
    { type: "search_results", queries: ["moss"], results: [{ id: 1, url: "https://plants.example/moss", title: "On moss" }] },
    { type: "message", id: "m", role: "assistant", content: [{ type: "output_text", text: "Moss [1].", annotations: [] }] },
    { type: "search_results", queries: ["moss"], results: [{ id: 1, url: "https://plants.example/moss", title: "On moss" }] },
  ],
};
const gone = { error: { message: "Sonar is now the Agent API.", type: "chat_completions_not_available", code: 403 } };

/** A host on which Sonar has ended. */
function host(): { sent: string[]; fetch: typeof fetch } {
  const sent: string[] = [];
  return {
    sent,
    fetch: (input) => {
      const url = String(input);
      sent.push(url);
      return Promise.resolve(url.endsWith("/agent") ? Response.json(answer) : Response.json(gone, { status: 403 }));
    },
  };
}
const request: ChatRequest = { model: "sonar", messages: [{ role: "user", content: "What grows on stones?" }] };

describe("a Sonar model after the end of Sonar", () => {
  it("moves to the Agent API after one refusal and goes there directly from then on", async () => {
    const { sent, fetch } = host();
    const connection = connect(perplexity, { apiKey: "made-up-key-1", fetch });
    const first = await connection.generate(request);
    const second = await connection.generate(request);
    expect(first.notes.map((note) => note.kind)).toEqual(["recovered"]);
    expect(second.text).toBe("Moss [1].");
    expect(sent).toEqual([
      "https://api.perplexity.ai/chat/completions",
      "https://api.perplexity.ai/v1/agent",
      "https://api.perplexity.ai/v1/agent",
    ]);
  });

  it("keeps the path and version of a proxy", async () => {
    const { sent, fetch } = host();
    await connect(perplexity, { apiKey: "made-up-key-1", fetch, baseURL: "https://proxy.example/pplx/v1" }).generate(request);
    expect(sent).toEqual(["https://proxy.example/pplx/v1/chat/completions", "https://proxy.example/pplx/v1/agent"]);
  });
});

it("emits each source once, after the search that found it", async () => {
  const { fetch } = host();
  const response = await connect(perplexity, { apiKey: "made-up-key-1", fetch, settings: { api: "agent" } }).generate(request);
  const content = response.message.content;
  expect(typeof content === "string" ? [] : content.map((part) => part.type)).toEqual(["opaque", "source", "text", "opaque"]);
});
