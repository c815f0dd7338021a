import { createAnthropic } from "@ai-sdk/anthropic";
import { createGoogle } from "@ai-sdk/google";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { generateText, jsonSchema, type LanguageModel, streamText, tool } from "ai";
import { type Final, noteTool, type Options, perBase, question, type Subject } from "../src/subject.ts";

const apiKey = "bench-key";
const chat = perBase((base) => createOpenAICompatible({ name: "bench", apiKey, baseURL: `${base}/v1` }).chatModel("bench"));

function text(model: (base: string) => LanguageModel): (base: string, options: Options) => AsyncGenerator<string, Final> {
  return async function* (base, { signal, messages = question }) {
    const result = streamText({ model: model(base), messages: [...messages], abortSignal: signal, onError: () => {} });
    yield* result.textStream;
    const response = { text: await result.text, usage: await result.usage, ...(await result.response) };
    return { text: response.text, response };
  };
}

export const subject: Subject = {
  name: "ai-sdk",
  text: {
    chat: text(chat),
    responses: text(perBase((base) => createOpenAI({ apiKey, baseURL: `${base}/v1` }).responses("bench"))),
    messages: text(perBase((base) => createAnthropic({ apiKey, baseURL: `${base}/v1` })("bench"))),
    generate: text(perBase((base) => createGoogle({ apiKey, baseURL: `${base}/v1beta` })("bench"))),
  },
  async tool(base) {
    const note = tool({ description: noteTool.description, inputSchema: jsonSchema<{ note: string }>(noteTool.parameters) });
    const result = streamText({ model: chat(base), messages: [...question], tools: { note } });
    for await (const _ of result.fullStream);
    const call = (await result.toolCalls)[0];
    return call === undefined ? 0 : (call.input as { note: string }).note.length;
  },
  async small(base, { signal, messages = question }) {
    return (await generateText({ model: chat(base), messages: [...messages], abortSignal: signal })).text;
  },
};
