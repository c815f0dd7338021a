import OpenAI from "openai";
import { noteTool, perBase, question, type Subject } from "../src/subject.ts";

const client = perBase((base) => new OpenAI({ apiKey: "bench-key", baseURL: `${base}/v1` }));

export const subject: Subject = {
  name: "openai",
  text: {
    async chat(base, { signal, first, messages = question }) {
      let deltas = 0;
      const stream = client(base).chat.completions.stream({ model: "bench", messages: [...messages] }, { signal });
      for await (const chunk of stream) if (chunk.choices[0]?.delta.content && deltas++ === 0) first?.();
      const response = await stream.finalChatCompletion();
      return { deltas, characters: response.choices[0]?.message.content?.length ?? 0, response };
    },
    async responses(base, { signal, first, messages = question }) {
      let deltas = 0;
      const stream = client(base).responses.stream({ model: "bench", input: [...messages] }, { signal });
      for await (const event of stream) if (event.type === "response.output_text.delta" && deltas++ === 0) first?.();
      const response = await stream.finalResponse();
      return { deltas, characters: response.output_text.length, response };
    },
  },
  async tool(base) {
    const stream = client(base).chat.completions.stream({
      model: "bench",
      messages: [...question],
      tools: [{ type: "function", function: noteTool }],
    });
    for await (const _ of stream);
    const call = (await stream.finalChatCompletion()).choices[0]?.message.tool_calls?.[0];
    return call?.type === "function" ? JSON.parse(call.function.arguments).note.length : 0;
  },
  async small(base, { signal, messages = question }) {
    const response = await client(base).chat.completions.create({ model: "bench", messages: [...messages] }, { signal });
    return response.choices[0]?.message.content ?? "";
  },
};
