import { type ChatRequest, connect } from "@lumiverse/core";
import { describe, expect, it } from "vitest";
import { perplexity } from "../src/provider.ts";

const answer = {
  id: "made-up",
  status: "completed",
  model: "perplexity/sonar",
  output: [
    { type: "search_results", queries: ["moss"], results: [{ id: 1, url: "https://plants.example/moss", title: "On moss" }] },
    { type: "message", id: "m", role: "assistant", content: [{ type: "output_text", text: "Moss [1].", annotations: [] }] },
    { type: "search_results", queries: ["moss"], results: [{ id: 1, url: "https://plants.example/moss", title: "On moss" }] },
  ],
};
const gone = { error: { message: "Sonar is now the Agent API.", type: "chat_completions_not_available", code: 403 } };

/** A host without Sonar. */
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

describe("a Sonar model after Sonar's end", () => {
  it("goes to the Agent API once found out, and from then on directly", async () => {
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

  it("stays under a proxy's own path and version", async () => {
    const { sent, fetch } = host();
    await connect(perplexity, { apiKey: "made-up-key-1", fetch, baseURL: "https://proxy.example/pplx/v1" }).generate(request);
    expect(sent).toEqual(["https://proxy.example/pplx/v1/chat/completions", "https://proxy.example/pplx/v1/agent"]);
  });
});

it("sources stand where the search stood, each once", async () => {
  const { fetch } = host();
  const response = await connect(perplexity, { apiKey: "made-up-key-1", fetch, settings: { api: "agent" } }).generate(request);
  const content = response.message.content;
  expect(typeof content === "string" ? [] : content.map((part) => part.type)).toEqual(["opaque", "source", "text", "opaque"]);
});
