import { anthropic } from "@lumiverse/anthropic/provider";
import { type ChatRequest, type Connection, connect, type Provider } from "@lumiverse/core";
import { google } from "@lumiverse/google/provider";
import { openai } from "@lumiverse/openai/provider";
import type { Wire } from "../streams.ts";
import type { Subject } from "../subject.ts";

const request: ChatRequest = { model: "bench", messages: [{ role: "user", content: "Tell me of the tide." }] };
const providers: Record<Wire, { provider: Provider<never>; settings?: object }> = {
  "chat-completions": { provider: openai as unknown as Provider<never>, settings: { api: "chat-completions" } },
  responses: { provider: openai as unknown as Provider<never>, settings: { api: "responses" } },
  messages: { provider: anthropic as unknown as Provider<never> },
  "generate-content": { provider: google as unknown as Provider<never> },
};
const connections = new Map<string, Connection>();
function connection(wire: Wire, base: string): Connection {
  const id = `${wire} ${base}`;
  let found = connections.get(id);
  if (found === undefined) {
    const { provider, settings } = providers[wire];
    found = connect(provider as unknown as Provider, {
      apiKey: "bench-key",
      baseURL: `${base}/v1`,
      ...(settings === undefined ? {} : { settings }),
    });
    connections.set(id, found);
  }
  return found;
}

export const subject: Subject = {
  name: "lumiverse",
  text: (wire) => async (base) => {
    let deltas = 0;
    const stream = connection(wire, base).stream(request);
    for await (const event of stream) if (event.type === "text") deltas++;
    return { deltas, characters: (await stream.response()).text.length };
  },
  async tool(base) {
    const response = await connection("chat-completions", base).stream(request).response();
    return response.toolCalls[0]?.arguments.length ?? 0;
  },
  async small(base) {
    return (await connection("chat-completions", base).generate(request)).text;
  },
  async first(base, first) {
    let seen = false;
    for await (const event of connection("chat-completions", base).stream(request)) {
      if (seen || event.type !== "text") continue;
      seen = true;
      first();
    }
  },
};
