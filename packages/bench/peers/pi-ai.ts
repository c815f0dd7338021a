import { type Api, type AssistantMessageEventStream, type Model, normalizeContext, type TranscriptContext } from "@earendil-works/pi-ai";
import { stream as messages } from "@earendil-works/pi-ai/api/anthropic-messages";
import { stream as generate } from "@earendil-works/pi-ai/api/google-generative-ai";
import { stream as completions } from "@earendil-works/pi-ai/api/openai-completions";
import { stream as responses } from "@earendil-works/pi-ai/api/openai-responses";
import { type Final, noteTool, type Options, question, type Subject, type Turn } from "../src/subject.ts";

function model<A extends Api>(api: A, baseUrl: string): Model<A> {
  return {
    id: "bench",
    name: "bench",
    api,
    provider: "bench",
    baseUrl,
    reasoning: false,
    input: ["text"],
    cost: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 },
    contextWindow: 1_000_000,
    maxTokens: 64_000,
  } as Model<A>;
}
function context(lines: readonly Turn[], tools?: object[]): TranscriptContext {
  const messages = lines.map(({ role, content }) =>
    role === "user" ? { role, content, timestamp: 1 } : { role, content: [{ type: "text", text: content }], timestamp: 1 },
  );
  return normalizeContext({ messages, tools } as never);
}

type Start = (base: string, context: TranscriptContext, options: { apiKey: string; signal?: AbortSignal }) => AssistantMessageEventStream;
function text(start: Start): (base: string, options: Options) => AsyncGenerator<string, Final> {
  return async function* (base, { signal, messages = question }) {
    const stream = start(base, context(messages), { apiKey: "bench-key", signal });
    for await (const event of stream) if (event.type === "text_delta") yield event.delta;
    const response = await stream.result();
    if (response.stopReason === "error" || response.stopReason === "aborted") throw new Error(response.errorMessage);
    const part = response.content[0];
    return { text: part?.type === "text" ? part.text : "", response };
  };
}

export const subject: Subject = {
  name: "pi-ai",
  text: {
    chat: text((base, context, options) => completions(model("openai-completions", `${base}/v1`), context, options)),
    responses: text((base, context, options) => responses(model("openai-responses", `${base}/v1`), context, options)),
    messages: text((base, context, options) => messages(model("anthropic-messages", base), context, options)),
    generate: text((base, context, options) => generate(model("google-generative-ai", `${base}/v1beta`), context, options)),
  },
  async tool(base) {
    const stream = completions(model("openai-completions", `${base}/v1`), context(question, [noteTool]), { apiKey: "bench-key" });
    for await (const _ of stream);
    const part = (await stream.result()).content[0];
    return part?.type === "toolCall" ? String(part.arguments["note"]).length : 0;
  },
  unsupported: { small: "streams every answer" },
};
