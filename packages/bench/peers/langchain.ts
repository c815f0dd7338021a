import type { AIMessageChunk } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { type Final, noteTool, type Options, perBase, question, type Subject, type Turn } from "../src/subject.ts";

const client = (useResponsesApi: boolean): ((base: string) => ChatOpenAI) =>
  perBase((base) => new ChatOpenAI({ model: "bench", apiKey: "bench-key", configuration: { baseURL: `${base}/v1` }, useResponsesApi }));
const chat = client(false);
const turns = (lines: readonly Turn[]): [Turn["role"], string][] => lines.map(({ role, content }) => [role, content]);

/** The documentation builds the whole answer with `concat`. */
function text(model: (base: string) => ChatOpenAI): (base: string, options: Options) => AsyncGenerator<string, Final> {
  return async function* (base, { signal, messages = question }) {
    let whole: AIMessageChunk | undefined;
    for await (const chunk of await model(base).stream(turns(messages), { signal })) {
      whole = whole === undefined ? chunk : whole.concat(chunk);
      yield chunk.text;
    }
    return { text: whole?.text ?? "", response: whole };
  };
}

export const subject: Subject = {
  name: "langchain",
  text: { chat: text(chat), responses: text(client(true)) },
  async tool(base) {
    let whole: AIMessageChunk | undefined;
    const model = chat(base).bindTools([{ type: "function", function: noteTool }]);
    for await (const chunk of await model.stream(turns(question))) whole = whole === undefined ? chunk : whole.concat(chunk);
    return (whole?.tool_calls?.[0]?.args["note"] ?? "").length;
  },
  async small(base, { signal, messages = question }) {
    return (await chat(base).invoke(turns(messages), { signal })).text;
  },
};
