import { igniteModel, type LlmModel, Message } from "multi-llm-ts";
import { type Final, type Options, perBase, question, type Subject, type Turn } from "../src/subject.ts";

const client = (engine: string, path: string, more: object = {}): ((base: string) => LlmModel) =>
  perBase((base) => igniteModel(engine, "bench", { apiKey: "bench-key", baseURL: `${base}${path}`, ...more }));
const chat = client("openai", "/v1");
const thread = (lines: readonly Turn[]): Message[] => lines.map(({ role, content }) => new Message(role, content));

/** Streams have no final response, so this code collects the text. */
function text(model: (base: string) => LlmModel): (base: string, options: Options) => AsyncGenerator<string, Final> {
  return async function* (base, { signal, messages = question }) {
    let text = "";
    for await (const chunk of model(base).generate(thread(messages), { abortSignal: signal, usage: true })) {
      if (chunk.type !== "content" || chunk.text === "") continue;
      text += chunk.text;
      yield chunk.text;
    }
    return { text, response: text };
  };
}

export const subject: Subject = {
  name: "multi-llm",
  text: {
    chat: text(chat),
    responses: text(client("openai", "/v1", { useOpenAIResponsesApi: true })),
    messages: text(client("anthropic", "")),
    generate: text(client("google", "")),
  },
  async small(base, { messages = question }) {
    return (await chat(base).complete(thread(messages))).content ?? "";
  },
  unsupported: { tool: "runs the tool and sends another request" },
};
