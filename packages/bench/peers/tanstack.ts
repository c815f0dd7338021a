import { type AnyTextAdapter, chat } from "@tanstack/ai";
import { createAnthropicChat } from "@tanstack/ai-anthropic";
import { createOpenaiChat, createOpenaiChatCompletions } from "@tanstack/ai-openai";
import { type Final, noteTool, type Options, perBase, question, type Subject } from "../src/subject.ts";

// The library accepts only known models. The server ignores the name.
const model = "gpt-5-mini";
const completions = perBase((base) => createOpenaiChatCompletions(model, "bench-key", { baseURL: `${base}/v1` }));

/** Streams have no final response, so this code collects the text. */
function text(adapter: (base: string) => AnyTextAdapter): (base: string, options: Options) => AsyncGenerator<string, Final> {
  return async function* (base, { signal, messages = question }) {
    let text = "";
    const abortController = new AbortController();
    signal?.addEventListener("abort", () => abortController.abort(signal.reason), { once: true });
    for await (const event of chat({ adapter: adapter(base), messages: [...messages], abortController })) {
      if (event.type === "RUN_ERROR") throw new Error(event.message);
      if (event.type !== "TEXT_MESSAGE_CONTENT") continue;
      text += event.delta;
      yield event.delta;
    }
    return { text, response: text };
  };
}

export const subject: Subject = {
  name: "tanstack",
  text: {
    chat: text(completions),
    responses: text(perBase((base) => createOpenaiChat(model, "bench-key", { baseURL: `${base}/v1` }))),
    messages: text(perBase((base) => createAnthropicChat("claude-sonnet-4-5", "bench-key", { baseURL: base }))),
  },
  async tool(base) {
    let length = 0;
    const tools = [{ name: noteTool.name, description: noteTool.description, inputSchema: noteTool.parameters }];
    for await (const event of chat({ adapter: completions(base), messages: [...question], tools })) {
      if (event.type === "TOOL_CALL_END") length = (event.input as { note: string }).note.length;
    }
    return length;
  },
  unsupported: { small: "streams every answer" },
};
